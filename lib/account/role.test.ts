import { expect, test } from "vitest";
import { includesRole, roleIn } from "#lib/account/role.ts";

const ana = { isChannelAdmin: false, memberships: [{ tenantId: "a", tenantName: "A", role: "Read-Only" as const }] };

test("somebody has the role of their membership, and elsewhere none", () => {
  expect(roleIn(ana, "a")).toBe("Read-Only");
  expect(roleIn(ana, "b")).toBeNull();
});

test("a Channel Admin is Admin in every tenant, whatever the membership says", () => {
  expect(roleIn({ ...ana, isChannelAdmin: true }, "a")).toBe("Admin");
  expect(roleIn({ ...ana, isChannelAdmin: true }, "b")).toBe("Admin");
});

test.each([
  ["Admin", "Admin", true],
  ["Admin", "Read-Only", true],
  ["Read-Only", "Read-Only", true],
  ["Read-Only", "Admin", false],
] as const)("%s may do what %s may do: %s", (role, needed, expected) => {
  expect(includesRole(role, needed)).toBe(expected);
});
