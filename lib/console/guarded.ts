const guarded = new WeakMap<object, { name: string; access: string }>();

/** Remembers that a server action or route handler goes through the wrapper, under which name and for whom. */
export function guard<Guarded extends object>(entrance: Guarded, name: string, access: string): Guarded {
  guarded.set(entrance, { name, access });
  return entrance;
}

/** What the wrapper says of a server action or route handler, null for one that nobody has wrapped. */
export function guardOf(entrance: object): { name: string; access: string } | null {
  return guarded.get(entrance) ?? null;
}
