import { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";

/** What OpenSSL makes of the first bytes of a connection: the name it would serve, no name, or no handshake. */
export type OpensslReading = { kind: "name"; name: string } | { kind: "nameless" } | { kind: "refused" };

/** Node's own TLS server as the second reader, one that agrees to as much as OpenSSL can be brought to agree to. */
export async function createOpensslReader(): Promise<(bytes: Buffer) => Promise<OpensslReading>> {
  const authority = await createAuthority();
  const own = await Promise.all([createServer(authority, ["a.test"]), createServer(authority, ["a.test"], { keyType: "RSA-2048" })]);
  const context = createSecureContext({
    cert: own.map(({ certificate }) => certificate),
    key: own.map(({ key }) => key),
    minVersion: "TLSv1",
    ciphers: "ALL:@SECLEVEL=0",
  });
  return (bytes) => read(context, bytes);
}

function read(secureContext: SecureContext, bytes: Buffer): Promise<OpensslReading> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read() {},
      write(answer: Buffer, _encoding, done) {
        // A handshake record is the ServerHello of a client without a name; an alert is anything else.
        settle(answer[0] === 22 ? { kind: "nameless" } : { kind: "refused" });
        done();
      },
    });
    const socket = new TLSSocket(wire, { isServer: true, secureContext, SNICallback: (name) => settle({ kind: "name", name }) });
    for (const event of ["error", "end", "close"]) socket.on(event, () => settle({ kind: "refused" }));
    socket.resume();
    wire.push(bytes);
    wire.push(null);

    function settle(reading: OpensslReading): void {
      resolve(reading);
      socket.destroy();
      wire.destroy();
    }
  });
}
