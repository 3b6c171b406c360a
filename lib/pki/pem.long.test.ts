import { expect, it } from "vitest";
import { checkAgainstNode, checkReadings } from "#e2e/fuzz/pem-rules.ts";

it("a million mutated texts never make the reader throw or pass over a stray line", () => {
  const tally = checkReadings(1_000_000);
  for (const met of ["whole", "refused"]) expect(tally[met]).toBeGreaterThan(50_000);
});

it("100,000 mutated texts hold for Node the very certificates and keys that were read, and no key that is stored for all to see", () => {
  const tally = checkAgainstNode(100_000);
  for (const met of ["whole", "whole with a key", "refused with a key"]) expect(tally[met]).toBeGreaterThan(2_000);
});
