import type { SecureContext, Server } from "node:tls";

/**
 * Frees a context that no handshake will use any more, or a server's own: tens of kilobytes outside the heap, which otherwise
 * stay until a collection that nothing hurries. Connections over it go on, since OpenSSL counts them. Whoever dials or serves
 * with it afterwards ends the process: Node checks nothing.
 */
export function closeContext(holder: SecureContext | Server): void {
  const { context, _sharedCreds } = holder as Handles;
  context?.close();
  _sharedCreds?.context?.close();
}

/** What Node itself closes after a connection with a context of its own (`singleUse`); its types know nothing of it. */
type Handle = { close(): void };
type Handles = { context?: Handle; _sharedCreds?: { context?: Handle } };
