import { expect, test } from "vitest";
import { emailSchema, newPasswordSchema } from "#lib/account/credentials.ts";

test("an email address is known in one form", () => {
  expect(emailSchema.parse(" Ana@Example.COM ")).toBe("ana@example.com");
});

test.each(["", "ana", "ana@", "ana@localhost", `${"a".repeat(250)}@x.test`, "ana@x.test\n<b>", "ana @x.test"])(
  "%j is no email address",
  (text) => {
    expect(emailSchema.safeParse(text).success).toBe(false);
  },
);

test.each([
  ["twelve chars", true],
  ["eleven char", false],
  ["correct horse battery staple", true],
  ["aaaaaaaaaaaaaaaaaaaa", false],
  ["123123123123", false],
  ["ääääööööüüüü ß", true],
  ["x".repeat(60) + "yz1".repeat(30), false],
])("the password %j may be chosen: %s", (password, expected) => {
  expect(newPasswordSchema.safeParse(password).success).toBe(expected);
});
