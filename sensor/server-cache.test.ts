import { describe, expect, it } from "vitest";
import { createServerCache } from "#sensor/server-cache.ts";

function countingCache(limit: number) {
  const cache = createServerCache<string, object>(limit);
  let built = 0;
  const take = (key: string) =>
    cache.take(key, () => {
      built += 1;
      return {};
    });
  return { ...cache, take, built: () => built };
}

describe("the cache of TLS servers", () => {
  it("builds each once", () => {
    const cache = countingCache(2);
    expect(cache.take("a")).toBe(cache.take("a"));
    expect(cache.built()).toBe(1);
  });

  it("lets go of the one that was not used for longest", () => {
    const cache = countingCache(2);
    for (const key of ["a", "b", "a", "c", "a", "b"]) cache.take(key);
    expect(cache.built()).toBe(4);
  });

  it("forgets one that is not wanted any more, and has its place for another", () => {
    const cache = countingCache(2);
    for (const key of ["a", "b"]) cache.take(key);
    cache.forget("b");
    for (const key of ["c", "a"]) cache.take(key);
    expect(cache.built()).toBe(3);
  });
});
