import { randomUUID } from 'node:crypto';
import type { Store } from './connection.js';
import type {} from './stored-documents.js';

/** What keeps answers made of the data, and drops those with certain tags. */
export interface Invalidates {
  /** @throws when it is not certain that the answers were dropped. */
  invalidate(tags: readonly string[]): Promise<void>;
}

/** A change of the data that makes cached answers out of date. */
export interface Change<T> {
  /** Tags of every answer that may be out of date after it. */
  tags: readonly string[];
  write: () => Promise<T>;
  /** Tags of those that are, which the result tells more exactly; by default all. */
  stale?: (result: T) => readonly string[];
}

/**
 * Changes the data and drops the cached answers about it. Every change goes through here: it is written down first, so that
 * whoever dies in the middle, and whatever is away, {@link openInvalidationSweep} drops them within seconds.
 *
 * @param cache - null where there is none at hand: the sweep does it.
 * @returns what `write` returns. Its failure passes through; that of the cache never does.
 */
export async function withInvalidation<T>(
  store: Store,
  cache: Invalidates | null,
  { tags, write, stale = () => tags }: Change<T>,
): Promise<T> {
  const pending = store.collection('cache_invalidations');
  const _id = randomUUID();
  await pending.insertOne({ _id, tags: [...tags], written: false });
  let due = tags;
  try {
    const result = await write();
    due = stale(result);
    return result;
  } finally {
    // A write that failed may have been done all the same. What goes wrong here is left to the sweep.
    await settle(store, cache, _id, due).catch(() => undefined);
  }
}

async function settle(store: Store, cache: Invalidates | null, _id: string, due: readonly string[]): Promise<void> {
  const pending = store.collection('cache_invalidations');
  const dropped =
    due.length === 0 ||
    (await cache?.invalidate(due).then(
      () => true,
      () => false,
    ));
  if (dropped) await pending.deleteOne({ _id });
  else await pending.updateOne({ _id }, { $set: { tags: [...due], written: true } });
}

/** After that no command of a writer that died can still be under way: its connection gives up after two minutes. */
const WRITER_ENDED_MS = 150_000;
const MOST_AT_ONCE = 1000;

/**
 * Makes up for invalidations that nobody confirmed. To be called about every second by each process that answers from the
 * cache; what it finds twice without its writer's word has one that is slow, or that died: until no write of it can come any
 * more, the answers are dropped each time.
 */
export function openInvalidationSweep(store: Store, cache: Invalidates): () => Promise<void> {
  const pending = store.collection('cache_invalidations');
  /** By this process's own clock: those of others may be wrong. */
  let firstSeen = new Map<string, number>();

  return async () => {
    const now = performance.now();
    const found = await pending.find().limit(MOST_AT_ONCE).toArray();
    const due = found.filter(({ _id, written }) => written || firstSeen.has(_id));
    firstSeen = new Map(found.map(({ _id }) => [_id, firstSeen.get(_id) ?? now]));
    if (due.length === 0) return;
    await cache.invalidate([...new Set(due.flatMap(({ tags }) => tags))]);
    const ended = due.filter(({ _id, written }) => written || now - (firstSeen.get(_id) ?? now) > WRITER_ENDED_MS);
    await pending.deleteMany({ _id: { $in: ended.map(({ _id }) => _id) } });
  };
}
