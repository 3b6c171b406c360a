export type ServerCache<Key, Value> = {
  /** The value of `key`, built when it is not kept from an earlier call. */
  take(key: Key, build: () => Value): Value;
  /** Keeps it no longer. */
  forget(key: Key): void;
};

/** Keeps the most recently used `limit` values; what falls out is only forgotten, whoever holds it goes on using it. */
export function createServerCache<Key, Value>(limit: number): ServerCache<Key, Value> {
  const kept = new Map<Key, Value>();
  return { take, forget: (key) => void kept.delete(key) };

  function take(key: Key, build: () => Value): Value {
    const value = kept.get(key) ?? build();
    kept.delete(key);
    kept.set(key, value);
    const [oldest] = kept.keys();
    if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
    return value;
  }
}
