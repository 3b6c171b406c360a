import { Agent, request } from "node:https";
import { connect } from "node:tls";
import type { Identity } from "#e2e/pki/authority.ts";

/** One full handshake with a request; answers its status, 0 when it failed. */
export function askOnce(port: number, hostName: string, client: Identity): Promise<number> {
  return new Promise((resolve) => {
    const credentials = { cert: client.certificate, key: client.key, rejectUnauthorized: false };
    const socket = connect({ host: "127.0.0.1", port, servername: hostName, ...credentials });
    let head = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      head += text;
    });
    socket.once("error", () => resolve(0)).once("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0)));
    socket.write(`GET / HTTP/1.1\r\nHost: ${hostName}\r\nConnection: close\r\n\r\n`);
  });
}

/** What a client met while it asked again and again. `lost` were closed unanswered on a kept connection and asked again. */
export type Asked = { requests: number; failed: number; lost: number };

/** Asks again and again until told to stop: over kept connections, or with a handshake each. */
export function askOn(port: number, hostName: string, client: Identity, isKept: boolean): { stop(): Promise<Asked> } {
  const asked: Asked = { requests: 0, failed: 0, lost: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  let isOver = false;
  const lane = async () => {
    while (!isOver) {
      const status = isKept ? await askKept(agent, port, hostName, client, asked) : await askOnce(port, hostName, client);
      asked.requests += 1;
      if (status !== 200) asked.failed += 1;
    }
  };
  const lanes = Promise.all([lane(), lane()]);
  return {
    async stop() {
      isOver = true;
      await lanes;
      agent.destroy();
      return asked;
    },
  };
}

function askKept(agent: Agent, port: number, hostName: string, client: Identity, asked: Asked): Promise<number> {
  const to = { host: "127.0.0.1", port, servername: hostName, headers: { host: hostName }, agent, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const sent = request({ ...to, cert: client.certificate, key: client.key }, (response) => {
      response.once("error", () => resolve(0)).once("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.once("error", () => {
      if (!sent.reusedSocket) return resolve(0);
      asked.lost += 1;
      resolve(askKept(agent, port, hostName, client, asked));
    });
    sent.end();
  });
}
