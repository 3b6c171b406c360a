/** The connections that one worker holds, counted by their clients' addresses. */
export type Held = {
  count(): number;
  add(address: string): void;
  /** False when none is held from there: then nothing is over. */
  remove(address: string): boolean;
  /** Ends all: one address for each connection that was held. */
  clear(): string[];
};

export function createHeld(): Held {
  const open = new Map<string, number>();
  let count = 0;
  return {
    count: () => count,
    add(address) {
      count += 1;
      open.set(address, (open.get(address) ?? 0) + 1);
    },
    remove(address) {
      const held = open.get(address);
      if (held === undefined) return false;
      count -= 1;
      if (held === 1) open.delete(address);
      else open.set(address, held - 1);
      return true;
    },
    clear() {
      const addresses = [...open].flatMap(([address, held]) => Array<string>(held).fill(address));
      open.clear();
      count = 0;
      return addresses;
    },
  };
}
