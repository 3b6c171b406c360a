import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectSecurely } from "node:tls";
import { onTestFinished } from "vitest";
import { type CertificateOptions, createAuthority, createServer } from "#e2e/pki/authority.ts";
import type { ConsoleCertificate } from "#lib/console/certificate.ts";
import { closeFrontDoor, createFrontDoor, type FrontDoorOptions } from "#lib/console/front-door.ts";

import { readCertificate } from "#lib/pki/certificate.ts";

export type Arrival = { method?: string | undefined; url?: string | undefined; headers: IncomingHttpHeaders };

/** For tests: a front door on loopback that writes down what it lets in, and a way to send it any bytes. */
export async function openDoor({
  whileAnswering,
  host = "127.0.0.1",
  ...options
}: Partial<FrontDoorOptions> & { whileAnswering?: () => Promise<void>; host?: string } = {}) {
  const arrivals: Arrival[] = [];
  const errors: unknown[] = [];
  const door = createFrontDoor({
    answer: async ({ method, url, headers }, response) => {
      arrivals.push({ method, url, headers });
      await whileAnswering?.();
      response.end("page");
    },
    onError: (error) => errors.push(error),
    ...options,
  });
  door.server.listen(0, host);
  await once(door.server, "listening");
  onTestFinished(() => closeFrontDoor(door.server, 100));
  const { port } = door.server.address() as AddressInfo;
  const dial = () =>
    options.certificate ? connectSecurely({ port, host: "127.0.0.1", rejectUnauthorized: false }) : connect(port, "127.0.0.1");

  /** Sends these lines as they are, "PORT" replaced, and answers everything that comes back. */
  async function send(...lines: string[]): Promise<{ status: number; text: string }> {
    const socket = dial();
    socket.write(`${[...lines, "Connection: close"].join("\r\n").replaceAll("PORT", String(port))}\r\n\r\n`);
    const answer = await text(socket);
    return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), text: answer };
  }
  return { ...door, port, arrivals, errors, dial, send };
}

/** For tests: a certificate of the console as the files would give it. */
export async function consoleCertificate(names = ["console.test"], options: CertificateOptions = {}): Promise<ConsoleCertificate> {
  const { certificate, key } = await createServer(await createAuthority(), names, options);
  const reading = readCertificate({ der: new X509Certificate(certificate).raw });
  if ("finding" in reading) throw new Error(reading.finding.message);
  return { leaf: reading.certificate, cert: certificate, key };
}
