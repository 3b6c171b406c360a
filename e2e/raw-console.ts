import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import type { Product } from "#e2e/product.ts";
import { root, workFolder } from "#scripts/project.mjs";
import { consoleSources, hashSources } from "#scripts/source-hash.mjs";

export type RawAnswer = { status: number; headers: IncomingMessage["headers"]; body: string };

/** One request to the console, byte for byte what a client would send; Host and Origin are right unless said otherwise. */
export async function ask(
  product: Product,
  path: string,
  { method = "GET", headers = {}, body = "" }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<RawAnswer> {
  const all = {
    host: new URL(product.url).host,
    ...(method === "GET" ? {} : { origin: product.url, "content-length": Buffer.byteLength(body) }),
    ...headers,
  };
  const outgoing = request({
    host: "127.0.0.1",
    port: product.ports.CONSOLE_PORT,
    path,
    method,
    agent: new Agent({ keepAlive: false }),
    // A header that is undefined is left out.
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  incoming.setEncoding("utf8");
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: text };
}

/** The server actions of the build that tests run: each one's id and the file that holds it, by exported name. */
export function serverActions(): Map<string, { id: string; file: string }> {
  const manifest = `${workFolder}/builds/${hashSources(consoleSources, root)}/server/server-reference-manifest.json`;
  const { node } = JSON.parse(readFileSync(manifest, "utf8")) as {
    node: Record<string, { exportedName: string; filename: string }>;
  };
  return new Map(Object.entries(node).map(([id, { exportedName, filename }]) => [exportedName, { id, file: filename }]));
}

/** Calls a server action as a page does. */
export function callAction(
  product: Product,
  {
    id,
    path,
    input,
    cookie = "",
    headers = {},
  }: { id: string; path: string; input: unknown; cookie?: string; headers?: OutgoingHttpHeaders },
): Promise<RawAnswer> {
  const sent = {
    "next-action": id,
    "content-type": "text/plain;charset=UTF-8",
    accept: "text/x-component",
    ...(cookie && { cookie }),
    ...headers,
  };
  return ask(product, path, { method: "POST", headers: sent, body: JSON.stringify([input]) });
}

/** Signs in by the action alone; answers the cookie that a browser would send from then on. */
export async function cookieOf(product: Product, email: string, password: string): Promise<string> {
  const id = serverActions().get("signInAction")?.id ?? "";
  const answer = await callAction(product, { id, path: "/login", input: { email, password } });
  const cookies = answer.headers["set-cookie"]?.map((cookie) => cookie.split(";")[0] ?? "") ?? [];
  if (cookies.length === 0) throw new Error(`${email} could not sign in: ${answer.status} ${answer.body}`);
  return cookies.join("; ");
}
