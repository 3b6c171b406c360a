import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DemoOrigin, startDemoOrigin } from "#e2e/demo/demo-origin.ts";
import { createDemoPki, type DemoPki, writeDemoPki } from "#e2e/demo/demo-pki.ts";
import { addDemoSites, siteNames } from "#e2e/demo/demo-sites.ts";
import { type Product, startProduct } from "#e2e/product.ts";

/** The product with everything that the demo needs, in a folder of its own that `close` removes. */
export type DemoWorld = {
  folder: string;
  /** Where the certificates lie. */
  pkiFolder: string;
  product: Product;
  pki: DemoPki;
  origin: DemoOrigin;
  admin: { email: string; password: string };
  close(): Promise<void>;
};

export type DemoOptions = {
  /** The folder stays when the demo ends. */
  isKept?: boolean;
  /** Any free ports; else those that stand in the demo's printed lines whenever they are free. */
  isOnFreePorts?: boolean;
  /** Hears what is being prepared. */
  say?: (text: string) => void;
};

const usualPorts = { CONSOLE_PORT: 3100, SENSOR_HTTP_PORT: 8180, SENSOR_HTTPS_PORT: 8543, SENSOR_ADMIN_PORT: 9190 };

/** What a person may have set for the product that is no business of the demo's. */
const foreignVariables = [
  "CONSOLE_HOST",
  "CONSOLE_TLS_CERT",
  "CONSOLE_TLS_KEY",
  "CONSOLE_TRUSTED_PROXIES",
  "CONSOLE_URL",
  "LEDGER_DAYS",
  "PUBLIC_HTTPS_PORT",
  "SECRETS_KEY_FILE",
  "TESSERA_PROGRAM",
];

export async function startDemo({ isKept = false, isOnFreePorts = false, say }: DemoOptions = {}): Promise<DemoWorld> {
  const folder = await mkdtemp(join(tmpdir(), "tessera-demo-"));
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.toReversed()) await end();
    if (!isKept) await rm(folder, { recursive: true, force: true });
  };
  try {
    const pki = await createDemoPki(Object.values(siteNames));
    const pkiFolder = join(folder, "pki");
    await writeDemoPki(pki, pkiFolder);
    const origin = await startDemoOrigin(pki);
    closing.push(origin.close);
    const admin = { email: "admin@acme.test", password: createPassword() };
    for (const name of foreignVariables) delete process.env[name];
    const variables = {
      ...(isOnFreePorts ? {} : await choosePorts()),
      ORIGIN_ALLOW: "127.0.0.0/8",
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
    };
    const product = await startProduct(variables, { dataDir: join(folder, "data"), say });
    closing.push(product.stop);
    await addDemoSites(product.dataDir, pki, origin);
    return { folder, pkiFolder, product, pki, origin, admin, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

/** Twenty letters and digits without those that look alike. */
function createPassword(): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
  const groups = Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join(""));
  return groups.join("-");
}

/** A port that the environment names stays; a usual one that somebody else has becomes any free one. */
async function choosePorts(): Promise<Record<string, string>> {
  const chosen = Object.entries(usualPorts).map(async ([name, usual]) => [
    name,
    process.env[name] ?? ((await isFree(usual)) ? String(usual) : "0"),
  ]);
  return Object.fromEntries(await Promise.all(chosen));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    if (server.listening) await once(server.close(), "close");
  }
}
