export type RecentUses<Key> = {
  /** It is used now: whatever was not used for longest goes, where there are too many. */
  use(key: Key): void;
  forget(key: Key): void;
  /** Lets go of what was not used for too long. Called by a timer. */
  sweep(): void;
};

export type RecentUsesOptions<Key> = {
  most: number;
  /** In milliseconds. */
  unusedMs: number;
  /** Gives up what the key stands for; false when that is busy, and counts as used. */
  letGo: (key: Key) => boolean;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
};

/** Remembers what was used and when: at most `most`, none unused for longer than `unusedMs`, and of both more where they are busy. */
export function createRecentUses<Key>({ most, unusedMs, letGo, now = () => performance.now() }: RecentUsesOptions<Key>): RecentUses<Key> {
  /** The one used last stands last. */
  const usedAt = new Map<Key, number>();

  return { use, forget: (key) => void usedAt.delete(key), sweep };

  function use(key: Key): void {
    usedAt.delete(key);
    usedAt.set(key, now());
    // A few of the oldest are asked, however many are busy.
    if (usedAt.size > most) for (const oldest of [...usedAt.keys().take(3)]) if (oldest !== key && end(oldest)) break;
  }

  function sweep(): void {
    const at = now();
    for (const [key, since] of usedAt) {
      if (at - since < unusedMs) break;
      end(key);
    }
  }

  function end(key: Key): boolean {
    usedAt.delete(key);
    const isGone = letGo(key);
    if (!isGone) usedAt.set(key, now());
    return isGone;
  }
}
