import { onTestFinished } from "vitest";
import { type Answered, type Cookie, hashPassword, openAuthenticator, type Visitor } from "#lib/store/authenticator.ts";
import { ensureConsoleSecret, readConsoleSecret } from "#lib/store/console-secret.ts";
import { peopleFixture } from "#lib/store/people-fixture.ts";

export const password = "correct horse battery staple";
const passwordHash = await hashPassword(password);

/** For tests: an authenticator on a real store, in which Ben is Read-Only in Default and has `password`. */
export async function authenticatorFixture() {
  const people = await peopleFixture();
  ensureConsoleSecret(people.dataDir);
  const authenticator = openAuthenticator(people.dataDir, () => readConsoleSecret(people.dataDir));
  onTestFinished(() => authenticator.close());
  const email = "ben@tessera.test";
  const benId = await people.join(email, [[people.tenantId, "Read-Only"]], passwordHash);
  const { join } = people;
  return { ...people, join: (...[who, places]: Parameters<typeof join>) => join(who, places, passwordHash), authenticator, email, benId };
}

export const nobody: Visitor = { cookie: "", address: "192.0.2.1", userAgent: "test", isSecure: false };

/** For tests: a browser after an answer; what it was told to keep it sends from now on. */
export function browserAfter({ cookies }: { cookies: Cookie[] }, before = nobody): Visitor {
  const jar = new Map(before.cookie.split("; ").flatMap((pair) => (pair ? [pair.split("=", 2) as [string, string]] : [])));
  for (const { name, value, maxAgeS } of cookies) {
    if (maxAgeS === 0) jar.delete(name);
    else jar.set(name, encodeURIComponent(value));
  }
  return { ...before, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
}

/** For tests: the value of an answer that must not be a refusal. */
export function granted<T>({ value }: Answered<T>): T {
  if (value === null) throw new Error("refused");
  return value;
}
