import { expect, it } from "vitest";
import { checkAgainstOpenssl, checkReadings } from "#e2e/fuzz/hello-rules.ts";

it("a million mutated hellos never make the reader throw, wait for ever or answer differently when they are cut differently", () => {
  const tally = checkReadings(1_000_000);
  for (const met of ["name", "hello", "malformed", "incomplete", "too-large"]) expect(tally[met]).toBeGreaterThan(10_000);
});

it("100,000 mutated hellos are read as OpenSSL reads them, or refused", async () => {
  const tally = await checkAgainstOpenssl(100_000);
  for (const met of ["hello / name", "hello / nameless", "hello / refused", "malformed / refused"])
    expect(tally[met]).toBeGreaterThan(1_000);
});
