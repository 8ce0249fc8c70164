import type { Words } from '@ecobalyse/schema';
import { type Viewer, visibleCatalogues } from './catalogues.js';
import { isDuplicateKey, type Store } from './connection.js';
import type { Incident } from './stored-documents.js';

/** Incidents: each begins once, is told once, and ends when what it is about is over. */

const incidentsOf = (store: Store) => store.collection('incidents');
/** Times that telling is tried, the first after 30 seconds, then each after twice as long, an hour at most. */
const MOST_TRIES = 12;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Begins an incident; one that goes on stays as it is. */
export async function beginIncident(store: Store, id: string, message: Words, at: Date): Promise<void> {
  const begun = { since: at, ended_at: null, told_at: null, tries: 0, error: null, next_try_at: at };
  const incidents = incidentsOf(store);
  const { matchedCount } = await incidents.updateOne(
    { _id: id, ended_at: { $ne: null } },
    { $set: { message, ...begun } },
  );
  if (matchedCount > 0) return;
  await incidents
    .updateOne({ _id: id }, { $setOnInsert: { message, ...begun } }, { upsert: true })
    .catch((error: unknown) => {
      // Another process began it at the same moment.
      if (!isDuplicateKey(error)) throw error;
    });
}

/** Ends an incident that goes on. */
export async function endIncident(store: Store, id: string, at: Date): Promise<void> {
  await incidentsOf(store).updateOne({ _id: id, ended_at: null }, { $set: { ended_at: at } });
}

/** Those that go on, the newest first, and those that ended since a moment. */
export async function listIncidents(store: Store, endedSince: Date): Promise<Incident[]> {
  const found = await incidentsOf(store)
    .find({ $or: [{ ended_at: null }, { ended_at: { $gte: endedSince } }] })
    .sort({ since: -1, _id: 1 })
    .toArray();
  return [...found.filter(({ ended_at }) => ended_at === null), ...found.filter(({ ended_at }) => ended_at !== null)];
}

/**
 * An incident that somebody has to be told of, and that no other process tells of now; what its teller does not answer
 * for by then is tried again.
 */
export async function claimIncident(store: Store, now: Date): Promise<Incident | null> {
  return incidentsOf(store).findOneAndUpdate(
    { ended_at: null, told_at: null, tries: { $lt: MOST_TRIES }, next_try_at: { $lte: now } },
    { $set: { next_try_at: new Date(now.getTime() + LONGEST_WAIT_MS) } },
    { sort: { since: 1 }, returnDocument: 'after' },
  );
}

/** Notes what became of telling. @param error - why it failed; null when it was taken. */
export async function noteTold(
  store: Store,
  { _id, since, tries }: Incident,
  at: Date,
  error: string | null,
): Promise<void> {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS);
  await incidentsOf(store).updateOne(
    { _id, since },
    {
      $set:
        error === null
          ? { told_at: at, error: null }
          : { error, tries: tries + 1, next_try_at: new Date(at.getTime() + wait) },
    },
  );
}

/** Products that somebody has to confirm or correct: those without a catalogue, and of the catalogues that somebody sees. */
export async function countDoubtful(store: Store, viewer: Viewer): Promise<number> {
  const bounds = { maxTimeMS: 30_000 };
  const catalogue = { $in: await visibleCatalogues(store, viewer, false) };
  const [stored, own] = await Promise.all([
    store.collection('impacts').countDocuments({ '_platform.state': 'to-check' }, bounds),
    store
      .collection('catalogue_products')
      .countDocuments({ catalogue, live: true, 'content.state': 'to-check' }, bounds),
  ]);
  return stored + own;
}
