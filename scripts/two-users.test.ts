import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { childEnvironment } from "#lib/env.ts";
import { root } from "#scripts/project.mjs";

const users = {
  console: { uid: 64_901, gid: 64_900 },
  sensor: { uid: 64_902, gid: 64_900 },
  stranger: { uid: 64_903, gid: 64_903 },
};
type User = keyof typeof users;

/** Only root can become other users, and these must be able to read the program for the tests to say anything. */
const isPossible = process.geteuid?.() === 0 && everybodyMayRead(root);

function everybodyMayRead(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o005) === 0o005;
  return isOpen && (folder === path.dirname(folder) || everybodyMayRead(path.dirname(folder)));
}

let folder: string;
let dataDir: string;
let launchers: ChildProcess[];

beforeEach(({ skip }) => {
  if (!isPossible) skip("only root can become other users");
  launchers = [];
  folder = mkdtempSync(path.join(tmpdir(), "tessera-users-"));
  dataDir = path.join(folder, "data");
  chmodSync(folder, 0o755);
  writeFileSync(
    path.join(folder, "program.mjs"),
    `const ports = { CONSOLE_PORT: 4000, SENSOR_HTTP_PORT: 4001, SENSOR_HTTPS_PORT: 4002, SENSOR_ADMIN_PORT: 4003 };
     process.on("SIGTERM", () => process.exit(0)); process.on("disconnect", () => process.exit(0)); setInterval(() => {}, 1e6);
     process.send({ type: "ready", ports });`,
  );
  mkdirSync(dataDir);
  chownSync(dataDir, 0, users.console.gid);
  chmodSync(dataDir, 0o3770);
});

afterEach(async () => {
  for (const launcher of launchers) {
    if (launcher.exitCode === null) launcher.kill("SIGTERM");
    if (launcher.exitCode === null) await once(launcher, "exit");
  }
  if (isPossible) rmSync(folder, { recursive: true });
});

/** Starts one program's launcher as its user, with a stand-in for the program; answers the first line it prints. */
async function launch(program: Exclude<User, "stranger">): Promise<string> {
  const script = `import { launchProduct } from "#scripts/launch-product.ts";
    const standIn = ${JSON.stringify(path.join(folder, "program.mjs"))};
    try { await launchProduct({ console: standIn, sensor: standIn }); } catch (error) { console.log(error.message); }
    process.exit();`;
  const launcher = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    env: childEnvironment({ DATA_DIR: dataDir, TESSERA_PROGRAM: program }),
    ...users[program],
  });
  launchers.push(launcher);
  const [line] = await once(launcher.stdout, "data");
  return String(line).trim().split("\n")[0] ?? "";
}

/** Runs a piece of a program with one user's rights; answers what it prints, or the code of what stopped it. */
function as(user: User, code: string): string {
  const script = `const [dataDir] = process.argv.slice(1); const fs = await import("node:fs");
    try { ${code} } catch (error) { console.log(error.code); }`;
  const options = { cwd: root, encoding: "utf8", ...users[user] } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, dataDir], options);
  return (stdout + stderr).trim();
}

const save = `const { openConsoleStore, newSiteId } = await import("#lib/store/store.ts");
  const { newSite } = await import("#lib/site/schema.ts");
  const store = openConsoleStore(dataDir);
  const [tenant] = await store.tenants.list();
  const [site] = await store.sites.list(tenant.id);
  const change = { tenantId: tenant.id, siteId: site?.id ?? newSiteId(), basedOn: site?.revision ?? null, author: "ana", address: null, now: new Date() };
  const saved = await store.sites.save({ ...change, site: { ...newSite, hostName: "shop.test", maxBodySizeMb: 1 + (site?.revision ?? 0) }, keys: [] });
  console.log(saved.ok && saved.value.revision);`;
const follow = `const { openSensorStore } = await import("#lib/store/store.ts");
  const store = openSensorStore(dataDir);
  const { sites: [site] } = await store.changes.since(0);
  await store.acknowledgements.record({ siteId: site.siteId, revision: site.revision, state: "serving", problems: [], fallbackRevision: null, at: new Date() });
  console.log(await store.acknowledgements.newestServing(site.siteId));`;
const read = (name: string) => `console.log(fs.readFileSync(dataDir + "/${name}").length > 0);`;
/** A sensor's channel that answers every question with its own name. */
const channel = `import { openChannel } from "#sensor/channel.ts";
  import { createLogger } from "#lib/log.ts";
  const log = createLogger("sensor", () => {});
  await openChannel({ dataDir: process.argv[1], log, ask: async ({ name }) => JSON.stringify({ ok: true, value: name }) });
  console.log("open");`;
const ask = `const { askSensor } = await import("#lib/console/ask-sensor.ts");
  const { z } = await import("zod");
  const kind = ["echo", { input: z.null(), answer: z.string(), withinMs: 5_000 }];
  const result = await askSensor({ kind, tenantId: crypto.randomUUID(), input: null, dataDir });
  console.log(result.ok ? result.value : result.problems[0].code);`;
const replace = (name: string) =>
  `fs.writeFileSync(dataDir + "/mine", ""); fs.renameSync(dataDir + "/mine", dataDir + "/${name}"); console.log("replaced");`;

describe("two users of one data folder", { timeout: 120_000 }, () => {
  it("start one program each, follow each other's database, and keep their keys to themselves", async () => {
    expect(await launch("sensor"), "the sensor waits for the console's first start").toContain("console.db cannot be used");
    expect(await launch("console")).toMatch(/^Tessera's console is ready: open http:\/\/127\.0\.0\.1:4000/);
    expect(await launch("sensor")).toMatch(/^Tessera's sensor is ready \(traffic: HTTP on port 4001/);

    expect(as("console", save)).toBe("1");
    expect(as("sensor", follow)).toBe("1");
    expect(as("console", save)).toBe("2");
    expect(as("sensor", follow)).toBe("2");

    expect(as("sensor", read("secrets.key"))).toBe("true");
    expect(as("console", read("secrets.key"))).toBe("EACCES");
    expect(as("console", read("console.key"))).toBe("true");
    expect(as("sensor", read("console.key"))).toBe("EACCES");

    for (const name of ["secrets.key", "sensor.db"]) expect(as("console", replace(name)), name).toMatch(/^E(PERM|ACCES)$/);
    for (const name of ["console.key", "console.db"]) expect(as("sensor", replace(name)), name).toMatch(/^E(PERM|ACCES)$/);
    chmodSync(dataDir, 0o2770);
    expect(as("console", replace("secrets.key")), "without the sticky bit").toBe("replaced");
  });

  it("talk over the sensor's socket, which is closed to everybody else and which the console cannot take", async () => {
    const sensor = spawn(process.execPath, ["--input-type=module", "-e", channel, dataDir], { cwd: root, ...users.sensor });
    launchers.push(sensor);
    await once(sensor.stdout, "data");
    expect(as("console", ask)).toBe("echo");
    // The line of the log, and the answer: which of the two comes out first is the system's.
    expect(as("stranger", ask).split("\n").toSorted()).toEqual(["sensor.forbidden", expect.stringMatching(/^{.*}$/)]);
    expect(as("console", replace("sensor.sock"))).toMatch(/^E(PERM|ACCES)$/);
    expect(as("console", ask)).toBe("echo");
  });

  it("do not open a key to the group through a link in a database's place", async () => {
    await launch("console");
    expect(as("sensor", `fs.writeFileSync(dataDir + "/secret", "", { mode: 0o600 });`)).toBe("");
    symlinkSync(path.join(dataDir, "secret"), path.join(dataDir, "sensor.db"));
    expect(await launch("sensor")).toMatch(/cannot be written \(ELOOP\)/);
    expect(statSync(path.join(dataDir, "secret")).mode & 0o777).toBe(0o600);
  });
});
