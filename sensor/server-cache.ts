/** Keeps the most recently used `limit` values; what falls out is only forgotten, whoever holds it goes on using it. */
export function createServerCache<Key, Value>(limit: number): (key: Key, build: () => Value) => Value {
  const kept = new Map<Key, Value>();
  return (key, build) => {
    const value = kept.get(key) ?? build();
    kept.delete(key);
    kept.set(key, value);
    const [oldest] = kept.keys();
    if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
