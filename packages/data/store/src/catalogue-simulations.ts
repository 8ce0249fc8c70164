import type { FlatSource } from '@ecobalyse/product-documents';
import type { ImpactDocument } from '@ecobalyse/schema';
import type { Document } from 'mongodb';
import type { Store } from './connection.js';
import { projectionOf, TABLE_FIELDS } from './impact-search.js';
import { onlyDuplicates } from './impacts.js';

/**
 * The upstream's answers for products of catalogues, in the form of `impacts`. They stand apart, so that no search, statistic or
 * training over `impacts` meets what belongs to somebody's catalogue.
 */

const simulationsOf = (store: Store) => store.collection('catalogue_simulations');
const LOOKED_AT_ONCE = 1000;

/** Keeps answers; those that are there already stay. */
export async function keepSimulations(store: Store, documents: readonly ImpactDocument[]): Promise<void> {
  if (documents.length === 0) return;
  const kept = documents.map((document) => ({ ...document, _id: document.md5_id }));
  await simulationsOf(store)
    .insertMany(kept, { ordered: false })
    .catch((error: unknown) => {
      if (!onlyDuplicates(error)) throw error;
    });
}

/** What is known of the cost of some products, by identity; what only `impacts` has is copied first. */
export async function findSimulations(store: Store, md5Ids: readonly string[]): Promise<Map<string, FlatSource>> {
  const find = async (ids: readonly string[]) =>
    simulationsOf(store)
      .find<FlatSource & { md5_id: string }>({ _id: { $in: [...ids] } }, { projection: projectionOf(TABLE_FIELDS) })
      .toArray();
  const found = new Map((await find(md5Ids)).map((one): [string, FlatSource] => [one.md5_id, one]));
  const missing = md5Ids.filter((id) => !found.has(id));
  if (missing.length === 0) return found;
  const elsewhere = await store
    .collection('impacts')
    .find({ md5_id: { $in: missing } }, { projection: { _id: 0 } })
    .toArray();
  await keepSimulations(store, elsewhere);
  for (const one of elsewhere) found.set(one.md5_id, { ...one });
  return found;
}

/** The detailed answer for a product, without what the platform adds; null when there is none. */
export const findSimulation = (store: Store, md5Id: string): Promise<Document | null> =>
  simulationsOf(store).findOne<Document>({ _id: md5Id }, { projection: { _id: 0, _platform: 0 } });

/** Forgets the answers that no product needs, neither as it is nor as it was. */
export async function dropUnusedSimulations(store: Store): Promise<void> {
  for (let after = ''; ; ) {
    const some = await simulationsOf(store)
      .find({ _id: { $gt: after } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(LOOKED_AT_ONCE)
      .toArray();
    const ids = some.map(({ _id }) => _id);
    if (ids.length === 0) return;
    const needed = new Set<string>();
    for (const name of ['catalogue_products', 'catalogue_history'] as const) {
      const users = store
        .collection(name)
        .find({ simulations: { $in: ids } })
        .project<{ simulations: string[] }>({ _id: 0, simulations: 1 });
      for await (const { simulations } of users) for (const id of simulations) needed.add(id);
    }
    await simulationsOf(store).deleteMany({ _id: { $in: ids.filter((id) => !needed.has(id)) } });
    after = ids.at(-1) as string;
  }
}
