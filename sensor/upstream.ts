import { KeyObject } from "node:crypto";
import { Agent, type ClientRequestArgs } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkServerIdentity, connect, createSecureContext, type SecureContext } from "node:tls";
import { AppError } from "#lib/app-error.ts";
import type { OriginSide } from "#lib/site/origin-side.ts";
import { closeContext } from "#sensor/close-context.ts";
import type { Dialer, DialOptions } from "#sensor/dialer.ts";
import type { HandshakeTap } from "#sensor/handshake-tap.ts";
import { createOriginPool, type OriginPool } from "#sensor/origin-pool.ts";

/** The connections to the origin of one revision of one site; no other site or revision ever borrows them. */
export type Upstream = {
  readonly pool: OriginPool;
  /** For upgrades, whose connections serve nothing else. */
  readonly freshAgent: Agent;
  /** Closes what is open and connects no more. */
  destroy(): void;
};

export type UpstreamOptions = {
  compiled: OriginSide;
  upstreamKey: KeyObject | string | null;
  dialer: Dialer;
  /** For a test of the origin: whose memory of failing addresses is used, and who listens to the handshake. */
  scope?: string;
  tap?: HandshakeTap;
};

/** Throws AppError `upstream.unusable` when certificate, key or CAs cannot be loaded: the site then fails closed. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { compiled, dialer, tap } = options;
  const isTls = compiled.tls !== null && !compiled.isTerminateOnly;
  let isEnded = false;
  const context = isTls ? contextOf(options) : null;
  const dial = {
    destination: compiled.origin,
    port: isTls ? compiled.originHttpsPort : compiled.originHttpPort,
    timeoutMs: Math.min(longestConnectMs, compiled.sendTimeoutMs),
    // A name is one site's at a time; what its revisions learnt about its addresses holds for the next one.
    scope: options.scope ?? compiled.hostName,
    ...(context === null ? {} : { secure: whileItLasts(secureWith(compiled.originTls, context, tap)) }),
  };
  /** Between its connect and its handshake a dial may outlive the revision, whose context is closed then. */
  function whileItLasts(secure: NonNullable<DialOptions["secure"]>): NonNullable<DialOptions["secure"]> {
    return async (socket) => {
      if (!isEnded) return secure(socket);
      socket.destroy();
      throw new AppError("upstream.ended", "The revision has ended.");
    };
  }
  const connectNow = async (signal: AbortSignal | undefined) => {
    const socket = await dialer.dial({ ...dial, signal });
    if (!isEnded) return socket;
    socket.destroy();
    throw new AppError("upstream.ended", "The revision has ended.");
  };
  const pool = createOriginPool(connectNow);
  const freshAgent = new OriginAgent(connectNow);
  return {
    pool,
    freshAgent,
    destroy() {
      isEnded = true;
      pool.destroy();
      freshAgent.destroy();
      if (context !== null) closeContext(context);
    },
  };
}

const longestConnectMs = 10_000;

/** What a request may tell the agent beyond Node's own options. */
export type ConnectOptions = { dialSignal?: AbortSignal };

/** Node's way to a connection, over the one dialer; a connection is handed to it only when it is ready, TLS included. */
class OriginAgent extends Agent {
  readonly #connect: (signal: AbortSignal | undefined) => Promise<Socket>;

  constructor(connectNow: (signal: AbortSignal | undefined) => Promise<Socket>) {
    super({ keepAlive: false });
    this.#connect = connectNow;
  }

  override createConnection(
    options: ClientRequestArgs & ConnectOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#connect(options.dialSignal).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as never),
    );
  }
}

/**
 * The name is checked against the configured one whatever was dialled, also an address (RFC 9525). No session is ever
 * offered, so that none made under another revision's trust can resume.
 */
export function secureWith(
  originTls: Pick<OriginSide["originTls"], "isVerified" | "serverName">,
  secureContext: SecureContext,
  tap?: HandshakeTap,
): NonNullable<DialOptions["secure"]> {
  const { isVerified, serverName } = originTls;
  return (socket) => {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const secured = connect({
      socket: tap?.wrap(socket) ?? socket,
      secureContext,
      // RFC 6066 §3 allows no address as server name.
      servername: isIP(serverName) === 0 ? serverName : "",
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: isVerified,
      checkServerIdentity: (_dialled, certificate) => checkServerIdentity(serverName, certificate),
    });
    tap?.listen(secured);
    secured.on("error", reject);
    secured.once("secureConnect", () => resolve(secured));
    return promise;
  };
}

/** One context for the revision; with CAs of its own a site trusts nothing else, and an intermediate alone anchors. */
function contextOf({ compiled, upstreamKey }: Pick<UpstreamOptions, "compiled" | "upstreamKey">): SecureContext {
  const { ca } = compiled.originTls;
  if (ca?.length === 0) throw new AppError("upstream.unusable", "The list of the origin's CAs is empty.");
  try {
    return createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca: [...ca], allowPartialTrustChain: true }),
      ...clientCredentials(compiled, upstreamKey),
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("upstream.unusable", "The credentials for the origin cannot be loaded.", { cause });
  }
}

function clientCredentials(compiled: OriginSide, key: KeyObject | string | null): { cert?: string; key?: string } {
  if (compiled.upstream === null) return {};
  if (key === null) throw new AppError("upstream.unusable", "Upstream mTLS is on without its private key.");
  const pem = key instanceof KeyObject ? key.export({ type: "pkcs8", format: "pem" }).toString() : key;
  return { cert: compiled.upstream.certificateChain, key: pem };
}
