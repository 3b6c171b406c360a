import { expect, test } from "vitest";
import { localPath, signInPath } from "#lib/console/sign-in-path.ts";

test.each([
  "https://evil.test/",
  "//evil.test/",
  "/\\evil.test/",
  "\\/evil.test",
  "/\t/evil.test",
  "/settings\\..\\x",
  // What is left when a browser has resolved the dots begins with two slashes.
  "/.//evil.test/",
  "/settings/..//evil.test/",
  "/%2e//evil.test/",
  "/settings/%2E%2e//evil.test/",
  "javascript:alert(1)",
  "settings",
  "",
  "/login?next=/login",
  "/setup",
  ["/settings/sites"],
  undefined,
  null,
])("after signing in nobody is sent to %j", (path) => {
  expect(localPath(path)).toBeNull();
});

test.each(["/settings/sites", "/settings/sites/3f1?x=1", "/settings/audit-log?search=a%20b", "/settings/users%2f"])(
  "%s is a way back",
  (path) => {
    expect(localPath(path)).toBe(path);
  },
);

test("the way to sign in carries the way back, unless there is none worth it", () => {
  expect(signInPath("/settings/sites/1?tab=2")).toBe("/login?next=%2Fsettings%2Fsites%2F1%3Ftab%3D2");
  expect(signInPath("/")).toBe("/login");
  expect(signInPath("//evil.test")).toBe("/login");
  expect(signInPath(null)).toBe("/login");
});
