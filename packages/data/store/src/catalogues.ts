import { dropUnusedSimulations } from './catalogue-simulations.js';
import { isDuplicateKey, type Store } from './connection.js';
import type { SearchBounds } from './search-bounds.js';
import { boundsOf } from './search-bounds.js';
import type { Catalogue } from './stored-documents.js';

const cataloguesOf = (store: Store) => store.collection('catalogues');

/** Takes a write whose name is another catalogue's for one that was not done. */
const unlessTaken = (write: Promise<unknown>): Promise<boolean> =>
  write.then(
    () => true,
    (error: unknown) => {
      if (isDuplicateKey(error)) return false;
      throw error;
    },
  );

/** Adds a catalogue; false when another one that is not in the bin has its name. */
export const createCatalogue = (store: Store, catalogue: Omit<Catalogue, 'deleted_at'>): Promise<boolean> =>
  unlessTaken(cataloguesOf(store).insertOne({ ...catalogue, deleted_at: null }));

const inBin = (deleted: boolean) => ({ deleted_at: deleted ? { $ne: null } : null });

/** A page of the catalogues, or of those in the bin, by name. */
export const listCatalogues = async (
  store: Store,
  deleted: boolean,
  { offset, limit }: { offset: number; limit: number },
): Promise<Catalogue[]> =>
  limit === 0
    ? []
    : cataloguesOf(store).find(inBin(deleted)).sort({ name: 1, _id: 1 }).skip(offset).limit(limit).toArray();

/** How many catalogues there are, those in the bin too, or only one kind of them. */
export const countCatalogues = (store: Store, deleted?: boolean): Promise<number> =>
  cataloguesOf(store).countDocuments(deleted === undefined ? {} : inBin(deleted));

/** A catalogue, also one in the bin; null when there is none. */
export const findCatalogue = (store: Store, id: string): Promise<Catalogue | null> =>
  cataloguesOf(store).findOne({ _id: id });

/** Gives a catalogue another name; false when that is another one's. */
export const renameCatalogue = (store: Store, id: string, name: string): Promise<boolean> =>
  unlessTaken(cataloguesOf(store).updateOne({ _id: id }, { $set: { name } }));

/** Puts a catalogue into the bin, with all that is in it; one that is there stays as it is. */
export async function deleteCatalogue(store: Store, id: string): Promise<void> {
  await cataloguesOf(store).updateOne({ _id: id, deleted_at: null }, { $set: { deleted_at: new Date() } });
}

/** Takes a catalogue out of the bin; false when another one has its name now. */
export const restoreCatalogue = (store: Store, id: string): Promise<boolean> =>
  unlessTaken(cataloguesOf(store).updateOne({ _id: id }, { $set: { deleted_at: null } }));

/** Forgets a catalogue and all that is in it. Whatever ends it in the middle, doing it again does the rest. */
export async function purgeCatalogue(store: Store, id: string): Promise<void> {
  await store.collection('catalogue_products').deleteMany({ catalogue: id });
  await store.collection('catalogue_history').deleteMany({ catalogue: id });
  await store.collection('catalogue_changes').deleteMany({ catalogue: id });
  await dropUnusedSimulations(store);
  await cataloguesOf(store).deleteOne({ _id: id });
}

/** Whether a job that adds to a catalogue comes, waits or goes on. */
export async function isCatalogueBusy(store: Store, id: string): Promise<boolean> {
  const status = { $in: ['receiving' as const, 'queued' as const, 'running' as const] };
  const found = await store.collection('product_jobs').findOne({ status, catalogue: id }, { projection: { _id: 1 } });
  return found !== null;
}

/** How many products a catalogue has. */
export const countCatalogueProducts = (store: Store, catalogue: string, bounds: SearchBounds = {}): Promise<number> =>
  store.collection('catalogue_products').countDocuments({ catalogue, live: true }, boundsOf(bounds));
