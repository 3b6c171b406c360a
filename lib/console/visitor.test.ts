import { expect, test } from "vitest";
import { ownCookies } from "#lib/console/visitor.ts";

test("over HTTPS only cookies count that no other host and no plain HTTP can have set", () => {
  const planted = "tessera.session_token=planted; __Host-tessera.session_token=ours; theme=dark";
  expect(ownCookies(planted, true)).toBe("tessera.session_token=ours");
  expect(ownCookies("tessera.session_token=planted", true)).toBe("");
});

test("in clear text on this machine cookies have no prefix, and one that has is not taken for ours", () => {
  expect(ownCookies("theme=dark; tessera.session_token=ours; __Host-tessera.session_token=other", false)).toBe(
    "theme=dark; tessera.session_token=ours",
  );
});
