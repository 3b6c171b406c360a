import { randomBytes, randomUUID } from "node:crypto";
import { globSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, test } from "#e2e/fixtures.ts";
import { databaseOf, type Population, password, populate } from "#e2e/people.ts";
import type { Product } from "#e2e/product.ts";
import { ask, callAction, cookieOf, serverActions } from "#e2e/raw-console.ts";
import { newSite } from "#lib/site/schema.ts";

// From outside, with nothing but sockets: every action and every route, asked by every kind of caller.

type Caller = "nobody" | "forged" | "expired" | "stranger" | "readOnly" | "admin";
const hostName = "guarded.authorisation.test";

let people: Population;
let defaultId: string;
let betaId: string;
let siteId: string;
const cookies: Record<Caller, string> = { nobody: "", forged: "", expired: "", stranger: "", readOnly: "", admin: "" };

test.beforeAll(async ({ product }) => {
  people = await populate(product);
  defaultId = await people.tenantId("Default");
  betaId = await people.addTenant("Authorisation Beta");
  siteId = await people.addSite(defaultId, hostName);
  await people.addPerson("stranger@authorisation.test", [[betaId, "Admin"]]);
  await people.addPerson("read-only@authorisation.test", [[defaultId, "Read-Only"]]);
  await people.addPerson("admin@authorisation.test", [[defaultId, "Admin"]]);
  cookies.stranger = await cookieOf(product, "stranger@authorisation.test", password);
  cookies.readOnly = await cookieOf(product, "read-only@authorisation.test", password);
  cookies.admin = await cookieOf(product, "admin@authorisation.test", password);
  cookies.expired = await cookieOf(product, "admin@authorisation.test", password);
  cookies.forged = `${cookies.admin.slice(0, cookies.admin.lastIndexOf("."))}.${randomBytes(32).toString("base64")}`;
  expire(product, cookies.expired);
});

test.afterAll(() => people.store.close());

/** Lets a session's time run out, as twelve hours would. */
function expire(product: Product, cookie: string) {
  const [, token] = /session_token=([^.]+)\./.exec(cookie) ?? [];
  const database = new Sqlite(databaseOf(product));
  const { changes } = database.prepare("UPDATE sessions SET expires_at = 1 WHERE token = ?").run(token);
  database.close();
  expect(changes).toBe(1);
}

const keep = { change: "keep" };
const draft = () => ({ ...newSite, hostName, origin: "127.0.0.1", sslCredentials: keep, upstreamMtlsCredentials: keep });
const member = () => ({ tenantId: defaultId, userId: randomUUID() });
const publicKeySha256 = "0".repeat(64);

/** For each action: for whom it is, where its page is, and inputs that the right caller would get past the door with. */
const actions: Record<string, { who: "Admin" | "Channel Admin" | "signed in" | "anyone"; path: string; inputs: () => unknown[] }> = {
  saveSiteAction: {
    who: "Admin",
    path: "/settings/sites/new",
    inputs: () => [
      { siteId, tenantId: defaultId, basedOn: 99, draft: draft() },
      // A site's own row decides, not the tenant that the caller names.
      { siteId, tenantId: betaId, basedOn: 99, draft: draft() },
      { siteId: null, tenantId: defaultId, basedOn: null, draft: { ...draft(), origin: "" } },
    ],
  },
  testOriginAction: {
    who: "Admin",
    path: "/settings/sites/new",
    inputs: () => [
      { siteId, tenantId: defaultId, basedOn: 99, draft: draft() },
      { siteId, tenantId: betaId, basedOn: 99, draft: draft() },
      { siteId: null, tenantId: defaultId, basedOn: null, draft: { ...draft(), origin: "" } },
    ],
  },
  restoreSiteAction: { who: "Admin", path: "/settings/sites/new", inputs: () => [{ siteId, basedOn: 99, number: 1 }] },
  destroyKeyAction: {
    who: "Admin",
    path: "/settings/sites/new",
    inputs: () => [{ siteId, field: "sslCredentials", publicKeySha256, typedName: "wrong" }],
  },
  deleteSiteAction: { who: "Admin", path: "/settings/sites/new", inputs: () => [{ siteId, basedOn: 1, typedName: "wrong" }] },
  testClientAction: {
    who: "Admin",
    path: "/settings/sites/new",
    inputs: () => [
      { siteId, tenantId: betaId, authorities: "", client: "" },
      { siteId: null, tenantId: defaultId, authorities: "", client: "" },
    ],
  },
  inviteAction: {
    who: "Admin",
    path: "/settings/users",
    inputs: () => [{ tenantId: defaultId, email: "admin@authorisation.test", role: "Admin" }],
  },
  withdrawInvitationAction: {
    who: "Admin",
    path: "/settings/users",
    inputs: () => [{ tenantId: defaultId, invitationId: randomUUID() }],
  },
  setRoleAction: { who: "Admin", path: "/settings/users", inputs: () => [{ ...member(), role: "Admin" }] },
  removeUserAction: { who: "Admin", path: "/settings/users", inputs: () => [member()] },
  resetPasswordAction: { who: "Admin", path: "/settings/users", inputs: () => [member()] },
  resetTwoFactorAction: { who: "Admin", path: "/settings/users", inputs: () => [member()] },
  setDeactivatedAction: { who: "Admin", path: "/settings/users", inputs: () => [{ ...member(), isDeactivated: true }] },
  switchFeatureAction: {
    who: "Admin",
    path: "/settings/features",
    inputs: () => [{ tenantId: defaultId, name: "site-config-mtls", isOn: true }],
  },
  setWebhookAction: {
    who: "Admin",
    path: "/settings/certificates",
    inputs: () => [{ tenantId: defaultId, url: "http://not-https.authorisation.test/" }],
  },
  removeWebhookAction: { who: "Admin", path: "/settings/certificates", inputs: () => [{ tenantId: defaultId }] },
  testWebhookAction: { who: "Admin", path: "/settings/certificates", inputs: () => [{ tenantId: defaultId }] },
  createTenantAction: { who: "Channel Admin", path: "/settings/sites", inputs: () => [{ name: "Made by nobody" }] },
  switchTenantAction: { who: "signed in", path: "/settings/sites", inputs: () => [{ tenantId: defaultId }] },
  changePasswordAction: {
    who: "signed in",
    path: "/settings/profile",
    inputs: () => [{ password: "wrong password", newPassword: "another long password" }],
  },
  beginTwoFactorAction: { who: "signed in", path: "/settings/profile", inputs: () => [{ password: "wrong password" }] },
  confirmTwoFactorAction: { who: "signed in", path: "/settings/profile", inputs: () => [{ code: "000000" }] },
  endTwoFactorAction: { who: "signed in", path: "/settings/profile", inputs: () => [{ password: "wrong password" }] },
  renewRecoveryCodesAction: { who: "signed in", path: "/settings/profile", inputs: () => [{ password: "wrong password" }] },
  revokeSessionAction: { who: "signed in", path: "/settings/profile", inputs: () => [{ sessionId: "of nobody" }] },
  signInAction: { who: "anyone", path: "/login", inputs: () => [] },
  enterCodeAction: { who: "anyone", path: "/login", inputs: () => [] },
  signOutAction: { who: "anyone", path: "/settings/sites", inputs: () => [] },
  setUpAction: { who: "anyone", path: "/setup", inputs: () => [] },
  showInvitationAction: { who: "anyone", path: "/invitation", inputs: () => [] },
  acceptInvitationAction: { who: "anyone", path: "/invitation", inputs: () => [] },
  showResetAction: { who: "anyone", path: "/reset", inputs: () => [] },
  redeemResetAction: { who: "anyone", path: "/reset", inputs: () => [] },
};

/** What stops whom; null: nothing about who they are. */
const refusals: Record<"Admin" | "Channel Admin" | "signed in", Record<Caller, string | null>> = {
  Admin: {
    nobody: "session.missing",
    forged: "session.missing",
    expired: "session.missing",
    stranger: "not-found",
    readOnly: "role.read-only",
    admin: null,
  },
  "Channel Admin": {
    nobody: "session.missing",
    forged: "session.missing",
    expired: "session.missing",
    stranger: "role.channel-admin",
    readOnly: "role.channel-admin",
    admin: "role.channel-admin",
  },
  "signed in": {
    nobody: "session.missing",
    forged: "session.missing",
    expired: "session.missing",
    stranger: null,
    readOnly: null,
    admin: null,
  },
};
const callers = Object.keys(refusals.Admin) as Caller[];
const aboutRights = [...new Set(Object.values(refusals).flatMap((row) => Object.values(row)))].filter((code) => code !== null);

test("the table names every action of the build", () => {
  expect(Object.keys(actions).sort()).toEqual([...serverActions().keys()].sort());
});

for (const [name, { who, path, inputs }] of Object.entries(actions)) {
  if (who === "anyone") continue;
  test(`${name} is for: ${who}; whoever else calls it is refused and changes nothing`, async ({ product }) => {
    const id = serverActions().get(name)?.id ?? "";
    for (const input of inputs()) {
      for (const caller of callers) {
        const before = await people.store.audit.head();
        const answer = await callAction(product, { id, path, input, cookie: cookies[caller] });
        const refusal = name === "switchTenantAction" && caller === "stranger" ? "not-found" : refusals[who][caller];
        const found = aboutRights.filter((code) => answer.body.includes(`"code":"${code}"`));
        expect({ caller, status: answer.status, found }).toEqual({ caller, status: 200, found: refusal === null ? [] : [refusal] });
        if (refusal !== null) expect(await people.store.audit.head(), `${caller} changed nothing`).toEqual(before);
        if (caller !== "admin" && caller !== "readOnly") expect(answer.body).not.toContain(`"hostName":"${hostName}"`);
      }
    }
  });
}

test("an action is refused through whatever page it is posted to, and with an id that nobody has nothing is run", async ({ product }) => {
  const id = serverActions().get("deleteSiteAction")?.id ?? "";
  const input = { siteId, basedOn: 1, typedName: hostName };
  for (const path of ["/login", "/settings/sites", "/invitation", "/no/such/page"]) {
    const answer = await callAction(product, { id, path, input });
    expect(answer.body, path).not.toContain('"ok":true');
  }
  for (const forged of [randomBytes(21).toString("hex"), `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`, "../../x", "constructor"]) {
    const answer = await callAction(product, { id: forged, path: "/settings/sites", input, cookie: cookies.admin });
    expect(answer.status, forged).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain('"ok":true');
  }
  expect(await people.store.sites.get(defaultId, siteId)).not.toBeNull();
});

test("a body that is no action's is the sender's fault, said in one line of the log, and nothing is run", async ({ product }) => {
  const id = serverActions().get("deleteSiteAction")?.id ?? "";
  for (const body of ["", "a secret that is no reply", '["$F1"]']) {
    const before = product.output().length;
    const headers = { cookie: cookies.admin, "next-action": id, "content-type": "text/plain;charset=UTF-8" };
    const answer = await ask(product, "/settings/sites/new", { method: "POST", headers, body });
    expect({ body, status: answer.status }).toEqual({ body, status: 400 });
    const line = () => product.output().slice(before);
    await expect.poll(line).toContain("a server action was sent a body that cannot be read");
    expect(line()).not.toContain("secret");
  }
});

test("with the Admin's cookie from another origin, null or none, nothing is run", async ({ product }) => {
  const id = serverActions().get("deleteSiteAction")?.id ?? "";
  const input = { siteId, basedOn: 1, typedName: hostName };
  const origins = ["null", "https://evil.test", `${product.url}.evil.test`, product.url.replace("localhost", "127.0.0.1"), undefined];
  for (const origin of origins) {
    const headers = { origin, "x-forwarded-host": "evil.test" };
    const answer = await callAction(product, { id, path: "/settings/sites", input, cookie: cookies.admin, headers });
    expect(answer.status, String(origin)).toBe(403);
  }
  expect(await people.store.sites.get(defaultId, siteId)).not.toBeNull();
});

/** For each route: how it is asked, and the status for each kind of caller. */
const signedInOnly = { nobody: 401, forged: 401, expired: 401, stranger: 200, readOnly: 200, admin: 200 };
const inOwnTenant = { ...signedInOnly, stranger: 404 };
const routes: Record<string, { method: "GET" | "POST"; path: () => string; body?: string; expected: Record<Caller, number> }> = {
  "app/api/health/route.ts": {
    method: "GET",
    path: () => "/api/health",
    expected: { nobody: 200, forged: 200, expired: 200, stranger: 200, readOnly: 200, admin: 200 },
  },
  "app/api/sites/inspect/route.ts": {
    method: "POST",
    path: () => "/api/sites/inspect",
    body: JSON.stringify({ field: "originCaCertificates", text: "" }),
    expected: signedInOnly,
  },
  "app/api/sensors/route.ts": { method: "GET", path: () => "/api/sensors", expected: signedInOnly },
  "app/api/sites/[siteId]/route.ts": { method: "GET", path: () => `/api/sites/${siteId}`, expected: inOwnTenant },
  "app/api/sites/[siteId]/serving/route.ts": { method: "GET", path: () => `/api/sites/${siteId}/serving`, expected: inOwnTenant },
  "app/api/sites/[siteId]/locked-out/route.ts": {
    method: "POST",
    path: () => `/api/sites/${siteId}/locked-out`,
    expected: { ...inOwnTenant, readOnly: 403 },
  },
  "app/api/sites/[siteId]/activity/route.ts": { method: "GET", path: () => `/api/sites/${siteId}/activity?since=0`, expected: inOwnTenant },
  "app/api/sites/[siteId]/activity/export/route.ts": {
    method: "GET",
    path: () => `/api/sites/${siteId}/activity/export?format=json`,
    expected: inOwnTenant,
  },
  "app/api/tenants/[tenantId]/serving/route.ts": { method: "GET", path: () => `/api/tenants/${defaultId}/serving`, expected: inOwnTenant },
  "app/api/tenants/[tenantId]/audit-log/route.ts": {
    method: "GET",
    path: () => `/api/tenants/${defaultId}/audit-log`,
    expected: inOwnTenant,
  },
};

test("the table names every route", () => {
  expect(Object.keys(routes).sort()).toEqual(globSync("app/**/route.ts").sort());
});

for (const [file, { method, path, body, expected }] of Object.entries(routes)) {
  test(`${file} answers each caller as it should`, async ({ product }) => {
    for (const caller of callers) {
      const answer = await ask(product, path(), { method, headers: { cookie: cookies[caller] }, body });
      expect({ caller, status: answer.status }).toEqual({ caller, status: expected[caller] });
      if (answer.status >= 400) expect(answer.body).not.toContain("authorisation");
    }
  });
}

test("how the sensors are is for everybody signed in, figures of all tenants and of the machine for Channel Admins alone", async ({
  product,
  adminSession,
}) => {
  for (const caller of ["stranger", "readOnly", "admin"] as const) {
    const answer = await ask(product, "/api/sensors", { headers: { cookie: cookies[caller] } });
    const { sensors, hasFigures } = JSON.parse(answer.body);
    expect({ caller, hasFigures, figures: sensors[0].figures }).toEqual({ caller, hasFigures: false, figures: null });
    expect(Object.keys(sensors[0]).sort()).toEqual(["behindSince", "figures", "lastSeenAt", "startedAt", "state"]);
  }
  const { cookies: jar } = await adminSession();
  const cookie = jar.map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = JSON.parse((await ask(product, "/api/sensors", { headers: { cookie } })).body);
  expect(answer.sensors[0].figures).toMatchObject({ workers: { wanted: expect.any(Number) }, connections: expect.any(Number) });
});

test("another tenant's site is answered like one that never was", async ({ product }) => {
  for (const path of [
    "/api/sites/ID",
    "/api/sites/ID/serving",
    "/settings/sites/ID",
    "/settings/sites/ID/history",
    "/api/sites/ID/activity",
    "/settings/sites/ID/activity",
  ]) {
    const [theirs, none] = await Promise.all(
      [siteId, randomUUID()].map((id) => ask(product, path.replace("ID", id), { headers: { cookie: cookies.stranger } })),
    );
    expect(theirs?.status, path).toBe(404);
    expect(none?.status).toBe(404);
    expect(theirs?.body).not.toContain(hostName);
  }
});

test("whoever may only read sees a site's activity as well", async ({ product }) => {
  const answer = await ask(product, `/settings/sites/${siteId}/activity`, { headers: { cookie: cookies.readOnly } });
  expect(answer.status).toBe(200);
  expect(answer.body).toContain(hostName);
});

test("every page sends whoever is not signed in to sign in, and shows nothing on the way", async ({ product }) => {
  const open = [
    "app/login/page.tsx",
    "app/invitation/page.tsx",
    "app/reset/page.tsx",
    "app/setup/page.tsx",
    "app/page.tsx",
    "app/settings/page.tsx",
  ];
  const pages = globSync("app/**/page.tsx").filter((file) => !open.includes(file));
  expect(pages.length).toBeGreaterThan(5);
  for (const file of pages) {
    const path = file.replace(/^app/, "").replace("/page.tsx", "").replace("[siteId]", siteId);
    for (const caller of ["nobody", "forged", "expired"] as const) {
      const answer = await ask(product, path, { headers: { cookie: cookies[caller] } });
      expect({ path, caller, status: answer.status, location: answer.headers.location }).toEqual({
        path,
        caller,
        status: 307,
        location: `/login?next=${encodeURIComponent(path)}`,
      });
      expect(answer.body).not.toContain(hostName);
    }
    const flight = await ask(product, path, { headers: { rsc: "1" } });
    expect(flight.body, `${path} as a client navigation`).not.toContain(hostName);
  }
});

test("headers that once switched checks off in Next change nothing", async ({ product }) => {
  const value = "middleware:middleware:middleware:middleware:middleware";
  for (const name of ["x-middleware-subrequest", "x-middleware-invoke", "x-middleware-rewrite", "x-tessera-inner", "x-tessera-path"]) {
    const headers = { [name]: value };
    expect((await ask(product, "/settings/sites", { headers })).headers.location, name).toBe("/login?next=%2Fsettings%2Fsites");
    expect((await ask(product, `/api/sites/${siteId}`, { headers })).status, name).toBe(401);
  }
});

test("nothing of better-auth can be reached", async ({ product }) => {
  const paths = [
    "ok",
    "get-session",
    "sign-in/email",
    "sign-up/email",
    "two-factor/verify-totp",
    "two-factor/enable",
    "list-sessions",
    "error",
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST"]) {
      const answer = await ask(product, `/api/auth/${path}`, {
        method,
        headers: { cookie: cookies.admin, "content-type": "application/json" },
      });
      expect({ path, method, status: answer.status }).toEqual({ path, method, status: 404 });
    }
  }
});

test("nobody ends a session that is not theirs", async ({ product }) => {
  const id = serverActions().get("revokeSessionAction")?.id ?? "";
  const admin = await people.store.accounts.byEmail("admin@authorisation.test");
  const sessions = await people.store.accounts.sessions.list(admin?.id ?? "", new Date());
  expect(sessions.length).toBeGreaterThan(0);
  for (const { id: sessionId } of sessions) {
    const answer = await callAction(product, { id, path: "/settings/profile", input: { sessionId }, cookie: cookies.readOnly });
    expect(answer.body).toContain("session.not-found");
  }
  expect((await ask(product, `/api/sites/${siteId}`, { headers: { cookie: cookies.admin } })).status).toBe(200);
});

test("once somebody has an account, set-up is a page that is not there and an action that does nothing", async ({ product }) => {
  expect((await ask(product, "/setup")).status).toBe(404);
  const id = serverActions().get("setUpAction")?.id ?? "";
  const input = { token: randomBytes(32).toString("base64url"), email: "eve@authorisation.test", password };
  const answer = await callAction(product, { id, path: "/login", input });
  expect(answer.body).not.toContain('"ok":true');
  expect(await people.store.accounts.byEmail("eve@authorisation.test")).toBeNull();
});
