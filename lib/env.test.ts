import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { childEnvironment, readEnvironment } from "#lib/env.ts";

test("an empty environment gives the defaults", () => {
  expect(readEnvironment({})).toEqual({
    dataDir: resolve("data"),
    consoleHost: "127.0.0.1",
    consolePort: 3000,
    consoleTls: undefined,
    consoleUrl: undefined,
    consoleTrustedProxies: [],
    sensorHost: undefined,
    sensorHttpPort: 8080,
    sensorHttpsPort: 8443,
    publicHttpsPort: undefined,
    sensorAdminPort: 9090,
    sensorWorkers: availableParallelism(),
    sensorLimits: {
      connections: 20_000,
      connectionsPerAddress: 1_000,
      handshakesPerAddress: 200,
      connectionsPerSite: 10_000,
      requestsPerAddress: 1_000,
      requestsPerSite: 5_000,
      helloBytes: 16_777_216,
      headerBytes: 16_384,
      headers: 100,
      streams: 100,
      resets: 20,
    },
    sensorTimeouts: { helloMs: 10_000, headMs: 15_000, idleMs: 75_000, drainMs: 20_000, unusedSiteMs: 600_000 },
    ledgerDays: 30,
    originAllow: ["127.0.0.0/8", "::1/128"],
    secretsKeyFile: resolve("data/secrets.key"),
    productPorts: [],
    program: undefined,
    consoleBuild: undefined,
    sensorBuild: undefined,
    isDevelopment: false,
  });
});

test("the key file lies in the data folder unless it is named", () => {
  expect(readEnvironment({ DATA_DIR: "/srv/tessera" }).secretsKeyFile).toBe(join("/srv/tessera", "secrets.key"));
  expect(readEnvironment({ DATA_DIR: "/srv/tessera", SECRETS_KEY_FILE: "/etc/keys" }).secretsKeyFile).toBe("/etc/keys");
});

test("an empty ORIGIN_ALLOW allows no local origin", () => {
  expect(readEnvironment({ ORIGIN_ALLOW: "" }).originAllow).toEqual([]);
  expect(readEnvironment({ ORIGIN_ALLOW: "10.0.0.0/8, fd00::/8" }).originAllow).toEqual(["10.0.0.0/8", "fd00::/8"]);
});

test("several ports may be 0", () => {
  expect(readEnvironment({ CONSOLE_PORT: "0", SENSOR_HTTP_PORT: "0", SENSOR_HTTPS_PORT: "0" })).toMatchObject({ consolePort: 0 });
});

test.each(["127.0.0.1", "127.8.9.10", "::1", "localhost"])("the console may listen on %s", (host) => {
  expect(readEnvironment({ CONSOLE_HOST: host }).consoleHost).toBe(host);
});

test.each([
  [{ CONSOLE_TLS_CERT: "/tls/a.crt", CONSOLE_TLS_KEY: "/tls/a.key" }, { consoleTls: { certFile: "/tls/a.crt", keyFile: "/tls/a.key" } }],
  [
    { CONSOLE_URL: "https://console.example.com/", CONSOLE_TRUSTED_PROXIES: "10.0.0.5/32" },
    { consoleUrl: "https://console.example.com", consoleTrustedProxies: ["10.0.0.5/32"] },
  ],
])("beyond this machine the console listens with %j", (values, read) => {
  for (const host of ["0.0.0.0", "::", "192.168.1.4"])
    expect(readEnvironment({ CONSOLE_HOST: host, ...values })).toMatchObject({ consoleHost: host, ...read });
});

test("half of what HTTPS takes stops the start, and the missing half is named", () => {
  expect(() => readEnvironment({ CONSOLE_TLS_CERT: "/tls/a.crt" })).toThrow(/^CONSOLE_TLS_KEY is missing; allowed: [^\n]+$/);
  expect(() => readEnvironment({ CONSOLE_TLS_KEY: "/tls/a.key" })).toThrow(/^CONSOLE_TLS_CERT is missing; allowed: [^\n]+$/);
  expect(() => readEnvironment({ CONSOLE_TLS_CERT: "", CONSOLE_TLS_KEY: "/tls/a.key" })).toThrow(/^CONSOLE_TLS_CERT is empty; /);
  expect(() => readEnvironment({ CONSOLE_TRUSTED_PROXIES: "10.0.0.5/32" })).toThrow(
    /^CONSOLE_URL is missing beside CONSOLE_TRUSTED_PROXIES; /,
  );
});

const refused: [name: string, value: string, allowed: string][] = [
  ["DATA_DIR", "", "a path"],
  ["DATA_DIR", "  ", "a path"],
  ["SECRETS_KEY_FILE", "", "a path"],
  ["CONSOLE_HOST", "0.0.0.0", "CONSOLE_TLS_CERT"],
  ["CONSOLE_HOST", "::", "CONSOLE_TLS_CERT"],
  ["CONSOLE_HOST", "::ffff:127.0.0.1", "CONSOLE_TLS_CERT"],
  ["CONSOLE_HOST", "192.168.1.4", "CONSOLE_TRUSTED_PROXIES"],
  ["CONSOLE_HOST", "127.evil.test", "IP address"],
  ["CONSOLE_HOST", "127.1", "IP address"],
  ["CONSOLE_HOST", "", "IP address"],
  ["CONSOLE_URL", "", "https://console.example.com"],
  ["CONSOLE_URL", "console.example.com", "https://console.example.com"],
  ["CONSOLE_URL", "http://console.example.com", "https://console.example.com"],
  ["CONSOLE_URL", "https://console.example.com/tessera", "https://console.example.com"],
  ["CONSOLE_URL", "https://user@console.example.com/", "https://console.example.com"],
  ["CONSOLE_URL", "https://Console.example.com", "https://console.example.com"],
  ["CONSOLE_URL", "https://console.example.com", "CONSOLE_TRUSTED_PROXIES"],
  ["CONSOLE_TRUSTED_PROXIES", "10.0.0.5", "CIDRs"],
  ["CONSOLE_TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0", "10.0.0.5/32"],
  ["CONSOLE_TRUSTED_PROXIES", "::/0", "10.0.0.5/32"],
  ["CONSOLE_TRUSTED_PROXIES", "::ffff:0:0/96", "10.0.0.5/32"],
  ["CONSOLE_PORT", "65536", "0 to 65535"],
  ["CONSOLE_PORT", "-1", "0 to 65535"],
  ["CONSOLE_PORT", "80a", "0 to 65535"],
  ["CONSOLE_PORT", "0x50", "0 to 65535"],
  ["CONSOLE_PORT", "8e2", "0 to 65535"],
  ["CONSOLE_PORT", " 80", "0 to 65535"],
  ["CONSOLE_PORT", "", "0 to 65535"],
  ["FORCE_FETCH_PATH", "true", "take it out of the environment"],
  ["SENSOR_WORKERS", "0", "1 to 256"],
  ["SENSOR_WORKERS", "two", "1 to 256"],
  ["SENSOR_MAX_CONNECTIONS", "0", "1 to 1000000"],
  ["SENSOR_MAX_HELLO_BYTES", "1", "1048576 to 1073741824"],
  ["SENSOR_MAX_HEADERS", "1e2", "10 to 1000"],
  ["SENSOR_IDLE_TIMEOUT", "0", "1 to 3600"],
  ["SENSOR_DRAIN_TIMEOUT", "", "1 to 3600"],
  ["SENSOR_UNUSED_SITE_TIMEOUT", "0", "1 to 86400"],
  ["SENSOR_HTTP_PORT", "http", "0 to 65535"],
  ["SENSOR_HTTPS_PORT", "8443.5", "0 to 65535"],
  ["SENSOR_ADMIN_PORT", "99999", "0 to 65535"],
  ["PUBLIC_HTTPS_PORT", "0", "1 to 65535"],
  ["SENSOR_HOST", "sensor.test", "IP address"],
  ["SENSOR_HOST", "", "IP address"],
  ["ORIGIN_ALLOW", "10.0.0.1", "CIDRs"],
  ["ORIGIN_ALLOW", "10.0.0.0/33", "CIDRs"],
  ["ORIGIN_ALLOW", "10.0.0.0/8,", "CIDRs"],
  ["ORIGIN_ALLOW", "10.0.0.0/8/8", "CIDRs"],
  ["ORIGIN_ALLOW", "fe80::1%eth0/64", "CIDRs"],
  ["ORIGIN_ALLOW", "::/129", "CIDRs"],
  ["TESSERA_PRODUCT_PORTS", "3000,x", "1 to 65535"],
];

test.each(refused)("%s %j stops the start with one line that says what is allowed", (name, value, allowed) => {
  const read = () => readEnvironment({ [name]: value });
  expect(read).toThrow(expect.objectContaining({ code: "environment.invalid" }));
  expect(read).toThrow(new RegExp(`^${name} [^\\n]+; allowed: [^\\n]*${allowed.replaceAll(".", "\\.")}[^\\n]*$`));
});

test("a value with line breaks still makes one line", () => {
  expect(() => readEnvironment({ CONSOLE_PORT: "1\n2" })).toThrow(/^CONSOLE_PORT is "1\\n2"; [^\n]+$/);
});

test("two equal ports are refused, and both variables are named", () => {
  expect(() => readEnvironment({ CONSOLE_PORT: "8080" })).toThrow(/^SENSOR_HTTP_PORT is 8080, which CONSOLE_PORT has already/);
  expect(() => readEnvironment({ SENSOR_HTTPS_PORT: "9090" })).toThrow(/^SENSOR_ADMIN_PORT is 9090, which SENSOR_HTTPS_PORT has already/);
});

test("a child's environment is ours with the changes, without what is taken away", () => {
  const own = { NODE_ENV: "test", PATH: "/bin", SECRETS_KEY_FILE: "/keys" } as const;
  expect(childEnvironment({ CONSOLE_PORT: "1", SECRETS_KEY_FILE: undefined }, own)).toEqual({
    NODE_ENV: "test",
    PATH: "/bin",
    CONSOLE_PORT: "1",
  });
  expect(own.SECRETS_KEY_FILE).toBe("/keys");
});

test("the first admin is both or neither, and a password that is refused is not repeated", () => {
  const both = { ADMIN_EMAIL: " Ana@Example.com ", ADMIN_PASSWORD: "correct horse battery" };
  expect(readEnvironment(both).firstAdmin).toEqual({ email: "ana@example.com", password: "correct horse battery" });
  expect(readEnvironment({}).firstAdmin).toBeUndefined();
  expect(() => readEnvironment({ ADMIN_EMAIL: "ana@example.com" })).toThrow(
    /^ADMIN_PASSWORD is missing beside ADMIN_EMAIL; allowed: [^\n]+$/,
  );
  expect(() => readEnvironment({ ADMIN_PASSWORD: "x" })).toThrow(/^ADMIN_EMAIL is missing beside ADMIN_PASSWORD; allowed: [^\n]+$/);
  expect(() => readEnvironment({ ...both, ADMIN_EMAIL: "ana" })).toThrow(/^ADMIN_EMAIL is "ana"; allowed: an email address\.$/);
  expect(() => readEnvironment({ ...both, ADMIN_PASSWORD: "hunter2" })).toThrow(/^ADMIN_PASSWORD is too easy to guess; allowed: 12 to 128/);
  expect(() => readEnvironment({ ...both, ADMIN_PASSWORD: "hunter2" })).not.toThrow(/hunter2/);
});
