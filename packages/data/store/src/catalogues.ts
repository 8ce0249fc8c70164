import { dropUnusedSimulations } from './catalogue-simulations.js';
import { isDuplicateKey, type Store } from './connection.js';
import { removeProductJobs } from './product-jobs.js';
import type { SearchBounds } from './search-bounds.js';
import { boundsOf } from './search-bounds.js';
import type { Catalogue } from './stored-documents.js';

const cataloguesOf = (store: Store) => store.collection('catalogues');

/** Sees the catalogues of all keys. */
export const SEES_ALL = Symbol('sees all catalogues');
/** Who looks: a key by its name, which sees its own catalogues and those of no key, or whoever sees all. */
export type Viewer = string | typeof SEES_ALL;

/** Catalogues that somebody sees. Those of before had no owner. */
const seenBy = (viewer: Viewer) => (viewer === SEES_ALL ? {} : { owner: { $in: [viewer, null] } });

/** Takes a write whose name is another catalogue's for one that was not done. */
const unlessTaken = (write: Promise<unknown>): Promise<boolean> =>
  write.then(
    () => true,
    (error: unknown) => {
      if (isDuplicateKey(error)) return false;
      throw error;
    },
  );

/** Adds a catalogue; false when another one of its owner that is not in the bin has its name. */
export const createCatalogue = (store: Store, catalogue: Omit<Catalogue, 'deleted_at'>): Promise<boolean> =>
  unlessTaken(cataloguesOf(store).insertOne({ ...catalogue, deleted_at: null }));

const inBin = (deleted: boolean) => ({ deleted_at: deleted ? { $ne: null } : null });

/** A page of the catalogues that somebody sees, or of those in the bin, by name. */
export const listCatalogues = async (
  store: Store,
  viewer: Viewer,
  deleted: boolean,
  { offset, limit }: { offset: number; limit: number },
): Promise<Catalogue[]> =>
  limit === 0
    ? []
    : cataloguesOf(store)
        .find({ ...seenBy(viewer), ...inBin(deleted) })
        .sort({ name: 1, _id: 1 })
        .skip(offset)
        .limit(limit)
        .toArray();

/** How many catalogues somebody sees, or how many of those are in the bin. */
export const countCatalogues = (store: Store, viewer: Viewer, deleted: boolean): Promise<number> =>
  cataloguesOf(store).countDocuments({ ...seenBy(viewer), ...inBin(deleted) });

/** How many catalogues a key has, or no key, those in the bin too. */
export const countOwnedCatalogues = (store: Store, owner: string | null): Promise<number> =>
  cataloguesOf(store).countDocuments({ owner });

/** A catalogue, also one in the bin; null when there is none that its viewer sees. */
export const findCatalogue = (store: Store, viewer: Viewer, id: string): Promise<Catalogue | null> =>
  cataloguesOf(store).findOne({ _id: id, ...seenBy(viewer) });

/** Ids of the catalogues that somebody sees, those in the bin too, or without them. */
export async function visibleCatalogues(store: Store, viewer: Viewer, alsoDeleted = true): Promise<string[]> {
  const found = cataloguesOf(store).find(
    { ...seenBy(viewer), ...(alsoDeleted ? {} : inBin(false)) },
    { projection: { _id: 1 } },
  );
  return (await found.toArray()).map(({ _id }) => _id);
}

/** Gives a catalogue another name or owner; false when another one of that owner has that name. */
export const changeCatalogue = (
  store: Store,
  id: string,
  change: Partial<Pick<Catalogue, 'name' | 'owner'>>,
): Promise<boolean> => unlessTaken(cataloguesOf(store).updateOne({ _id: id }, { $set: change }));

/** Puts a catalogue into the bin, with all that is in it; one that is there stays as it is. */
export async function deleteCatalogue(store: Store, id: string): Promise<void> {
  await cataloguesOf(store).updateOne({ _id: id, deleted_at: null }, { $set: { deleted_at: new Date() } });
}

/** Takes a catalogue out of the bin; false when another one of its owner has its name now. */
export const restoreCatalogue = (store: Store, id: string): Promise<boolean> =>
  unlessTaken(cataloguesOf(store).updateOne({ _id: id }, { $set: { deleted_at: null } }));

/** Forgets a catalogue and all that is in it, with the ended jobs that filled it. Whatever ends it in the middle, doing it again does the rest. */
export async function purgeCatalogue(store: Store, id: string): Promise<void> {
  const jobs = await store
    .collection('product_jobs')
    .find({ catalogue: id, endedAt: { $ne: null } }, { projection: { _id: 1 } })
    .toArray();
  await removeProductJobs(
    store,
    jobs.map(({ _id }) => _id),
  );
  await store.collection('catalogue_products').deleteMany({ catalogue: id });
  await store.collection('catalogue_history').deleteMany({ catalogue: id });
  await store.collection('catalogue_changes').deleteMany({ catalogue: id });
  await store.collection('catalogue_method_changes').deleteMany({ catalogue: id });
  await store.collection('model_checks').deleteMany({ catalogue: id });
  await dropUnusedSimulations(store);
  await cataloguesOf(store).deleteOne({ _id: id });
}

/** Whether a job that adds to a catalogue comes, waits or goes on. */
export async function isCatalogueBusy(store: Store, id: string): Promise<boolean> {
  const status = { $in: ['receiving' as const, 'queued' as const, 'running' as const] };
  const found = await store.collection('product_jobs').findOne({ status, catalogue: id }, { projection: { _id: 1 } });
  return found !== null;
}

/** How many products each of some catalogues has, by id; in one query. */
export async function countProductsOf(
  store: Store,
  catalogues: readonly string[],
  bounds: SearchBounds = {},
): Promise<ReadonlyMap<string, number>> {
  if (catalogues.length === 0) return new Map();
  const groups = await store
    .collection('catalogue_products')
    .aggregate<{ _id: string; count: number }>(
      [
        { $match: { catalogue: { $in: [...catalogues] }, live: true } },
        { $group: { _id: '$catalogue', count: { $sum: 1 } } },
      ],
      boundsOf(bounds),
    )
    .toArray();
  return new Map(groups.map(({ _id, count }) => [_id, count]));
}

/** How many products a catalogue has. */
export const countCatalogueProducts = (store: Store, catalogue: string, bounds: SearchBounds = {}): Promise<number> =>
  store.collection('catalogue_products').countDocuments({ catalogue, live: true }, boundsOf(bounds));
