import { LRUCache } from 'lru-cache';
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
  const entries = new LRUCache<string, Entry>({
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_PART)),
    sizeCalculation: ({ answer }) => Math.max(1, answer.body.length),
  });
  return {
    get: (key) => entries.get(key),
    // A copy of its own: a slice would keep the whole buffer alive that it was received in.
    set: (key, entry) =>
      void entries.set(key, { ...entry, answer: { ...entry.answer, body: Buffer.from(entry.answer.body) } }),
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}
