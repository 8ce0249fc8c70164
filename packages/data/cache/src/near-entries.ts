import type { Entry } from './entry.js';

/** Entries kept in this process, the least recently used of which go first. */
export interface NearEntries {
  get(key: string): Entry | undefined;
  set(key: string, entry: Entry): void;
  delete(key: string): void;
  clear(): void;
}

/** No entry takes more than this part of the room. */
const LARGEST_PART = 1 / 16;

/**
 * @param maxBytes - room for all bodies together; 0 keeps nothing.
 */
export function openNearEntries(maxBytes: number): NearEntries {
  // A map iterates in the order of insertion: an entry that is used is inserted anew.
  const entries = new Map<string, Entry>();
  let bytes = 0;

  function remove(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    bytes -= entry.answer.body.length;
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    set(key, entry) {
      remove(key);
      const { body } = entry.answer;
      if (body.length > maxBytes * LARGEST_PART) return;
      // A copy of its own: a slice would keep the whole buffer alive that it was received in.
      entries.set(key, { ...entry, answer: { ...entry.answer, body: Buffer.from(body) } });
      bytes += body.length;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}
