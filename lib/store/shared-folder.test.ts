import { spawnSync } from "node:child_process";
import { chmodSync, statSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ensureConsoleSecret } from "#lib/store/console-secret.ts";
import { ensureKeyring } from "#lib/store/keyring.ts";
import { shareDataFolder } from "#lib/store/shared-folder.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

const users = { console: { uid: 64_901, gid: 64_900 }, sensor: { uid: 64_902, gid: 64_900 } };
const root = path.join(import.meta.dirname, "../..");

/** Other users must be able to read the program for these tests to say anything. */
const isPossible = process.geteuid?.() === 0 && everybodyMayRead(root);

function everybodyMayRead(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o005) === 0o005;
  return isOpen && (folder === "/" || everybodyMayRead(path.dirname(folder)));
}

let dataDir: string;
let tenantId: string;

beforeEach(async ({ skip }) => {
  if (!isPossible) skip("only root can become other users");
  const fixture = await storeFixture();
  ({ dataDir, tenantId } = fixture);
  await ensureKeyring(fixture.store, path.join(dataDir, "secrets.key"));
  ensureConsoleSecret(dataDir);
  accepted(await fixture.save({ hostName: "shop.test" }));
  fixture.store.close();
  fixture.sensor.close();
  shareDataFolder(dataDir, path.join(dataDir, "secrets.key"), users);
});

/** Runs a piece of a program with one user's rights; answers what it prints, or the code of what stopped it. */
function as(user: keyof typeof users, code: string): string {
  const script = `const [dataDir, tenantId] = process.argv.slice(1);
    try { ${code} } catch (error) { console.log(error.code); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, dataDir, tenantId], {
    cwd: root,
    encoding: "utf8",
    ...users[user],
  });
  return (stdout + stderr).trim();
}

const list = `const { openConsoleStore } = await import("#lib/store/store.ts");
  const store = openConsoleStore(dataDir);
  const [site] = await store.sites.list(tenantId);`;
const save = `${list}
  const change = { tenantId, siteId: site.id, basedOn: site.revision, author: "ana", address: null, now: new Date() };
  const saved = await store.sites.save({ ...change, site: { ...site.site.value, maxBodySizeMb: site.revision + 1 }, keys: [] });
  console.log(saved.ok && saved.value.revision);`;
const follow = `const { openSensorStore } = await import("#lib/store/store.ts");
  const store = openSensorStore(dataDir);
  const { sites: [site] } = await store.changes.since(0);
  await store.acknowledgements.record({ siteId: site.siteId, revision: site.revision, state: "serving", problems: [], fallbackRevision: null, at: new Date() });
  console.log(await store.acknowledgements.newestServing(site.siteId));`;

describe("a data folder of two users", { timeout: 60_000 }, () => {
  it("lets the console save and the sensor follow and acknowledge, whoever opened the database first", () => {
    expect(as("sensor", follow)).toBe("1");
    expect(as("console", save)).toBe("2");
    expect(as("sensor", follow)).toBe("2");
    expect(as("console", save)).toBe("3");
  });

  it("shows the keyring to the sensor alone, and the console's key to the console alone", () => {
    const read = (name: string) => `console.log((await import("node:fs")).readFileSync(dataDir + "/${name}").length > 0);`;
    expect(as("sensor", read("secrets.key"))).toBe("true");
    expect(as("console", read("secrets.key"))).toBe("EACCES");
    expect(as("console", read("console.key"))).toBe("true");
    expect(as("sensor", read("console.key"))).toBe("EACCES");
  });

  it("lets neither put a file in the place of the other's", () => {
    const replace = (name: string) => `const fs = await import("node:fs");
      fs.writeFileSync(dataDir + "/mine", ""); fs.renameSync(dataDir + "/mine", dataDir + "/${name}"); console.log("replaced");`;
    expect(as("console", replace("secrets.key"))).toMatch(/^E(PERM|ACCES)$/);
    expect(as("console", replace("sensor.db"))).toMatch(/^E(PERM|ACCES)$/);
    expect(as("sensor", replace("console.db"))).toMatch(/^E(PERM|ACCES)$/);
    chmodSync(dataDir, 0o2770);
    expect(as("console", replace("secrets.key")), "without the sticky bit").toBe("replaced");
  });

  it("is closed to everybody else", () => {
    expect(statSync(dataDir).mode & 0o7777).toBe(0o3770);
    for (const name of ["console.db", "sensor.db"]) expect(statSync(path.join(dataDir, name)).mode & 0o777).toBe(0o660);
  });
});
