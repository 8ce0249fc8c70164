import type { ImpactDocument } from '@ecobalyse/schema';
import type { Store } from './connection.js';
import { impactQuery } from './impact-filter.js';
import { onlyDuplicates } from './impacts.js';
import type { CatalogueProduct, ModelCheck, ModelWatch } from './stored-documents.js';

/** Predictions of models beside the costs of products that arrived later, and what they say of the model. */

const checksOf = (store: Store) => store.collection('model_checks');
const watchesOf = (store: Store) => store.collection('model_watches');
/** Sorted by it, the last arrivals come first. */
const LAST_FIRST = { at: -1, _id: -1 } as const;

/** A product that arrived, as somebody asked for it. */
export interface Arrival {
  md5_id: string;
  product_id: string;
  /** Whose it is; null for a product without a catalogue. */
  catalogue: string | null;
  query: Record<string, unknown>;
  /** Cost in Pts. */
  ecs: number;
  at: Date;
}

/**
 * The products that arrived last, of those that count, that tell what was asked, and that are by a version of the method or tell none.
 *
 * @param since - when they arrived at the earliest.
 * @param methodVersion - null: those that tell none.
 * @param most - products that are looked at, the last ones; no more are read however many arrived.
 */
export async function findArrivals(
  store: Store,
  since: Date,
  methodVersion: string | null,
  most: number,
): Promise<Arrival[]> {
  const last = store
    .collection('impacts')
    .aggregate<Pick<ImpactDocument, 'md5_id' | 'product_id' | '_platform'> & { impacts: { ecs: number } }>([
      { $match: { '_platform.createdAt': { $gte: since.toISOString() } } },
      { $sort: { '_platform.createdAt': -1, md5_id: -1 } },
      { $limit: most },
      {
        $match: {
          ...impactQuery({ state: 'counted' }),
          '_platform.source': { $in: ['extraction', 'api'] },
          '_platform.methodVersion': { $in: [null, methodVersion] },
        },
      },
      {
        $project: {
          ...{ _id: 0, md5_id: 1, product_id: 1, 'impacts.ecs': 1 },
          ...{ '_platform.query': 1, '_platform.createdAt': 1 },
        },
      },
    ]);
  return (await last.toArray()).map(({ md5_id, product_id, impacts: { ecs }, _platform: { query, createdAt } }) => ({
    ...{ md5_id, product_id, catalogue: null, ecs, query: query as Record<string, unknown>, at: new Date(createdAt) },
  }));
}

/**
 * The same of the products of catalogues that were added or changed last. Models learn from none of them; those that are described as a
 * document of `impacts` are left out, since models may have learnt from that.
 */
export async function findCatalogueArrivals(
  store: Store,
  since: Date,
  methodVersion: string | null,
  most: number,
): Promise<Arrival[]> {
  const last = await store
    .collection('catalogue_products')
    .find({ updated_at: { $gte: since } })
    .sort({ updated_at: -1, _id: -1 })
    .limit(most)
    .project<Pick<CatalogueProduct, 'catalogue' | 'content' | 'updated_at'>>({
      ...{ _id: 0, catalogue: 1, updated_at: 1, 'content.md5_id': 1, 'content.product_id': 1, 'content.query': 1 },
      ...{ 'content.ecs': 1, 'content.state': 1, 'content.method_version': 1 },
    })
    .toArray();
  const arrivals = last.flatMap(({ catalogue, content, updated_at: at }): Arrival[] => {
    // Of one that is gone nothing is left of what was projected.
    if (!content || content.ecs === null || content.product_id === null) return [];
    const { md5_id, product_id, query, ecs, state, method_version } = content;
    if (state === 'to-check' || ![null, methodVersion].includes(method_version ?? null)) return [];
    return [{ md5_id, product_id, catalogue, query, ecs, at }];
  });
  if (arrivals.length === 0) return [];
  const ids = arrivals.map(({ md5_id }) => md5_id);
  const stored = new Set(await store.collection('impacts').distinct('md5_id', { md5_id: { $in: ids } }));
  return arrivals.filter(({ md5_id }) => !stored.has(md5_id));
}

const checkId = (model: string, md5Id: string) => `${model}:${md5Id}`;

/**
 * Those of some products that a model was not checked by yet.
 *
 * @param model - name and version, here and below: several models may be registered, each with a version 1.
 */
export async function uncheckedOf<One extends Pick<Arrival, 'md5_id'>>(
  store: Store,
  model: string,
  arrivals: readonly One[],
): Promise<One[]> {
  if (arrivals.length === 0) return [];
  const ids = arrivals.map(({ md5_id }) => checkId(model, md5_id));
  const done = await checksOf(store).distinct('_id', { _id: { $in: ids } });
  return arrivals.filter(({ md5_id }) => !done.includes(checkId(model, md5_id)));
}

/**
 * Keeps checks of a model; those that are there already stay, and of all the last arrivals.
 *
 * @param most - checks of the model that are kept.
 */
export async function addModelChecks(
  store: Store,
  model: string,
  checks: readonly Omit<ModelCheck, '_id' | 'model'>[],
  most: number,
): Promise<void> {
  if (checks.length === 0) return;
  const documents = checks.map((check) => ({ _id: checkId(model, check.md5_id), model, ...check }));
  await checksOf(store)
    .insertMany(documents, { ordered: false })
    .catch((error: unknown) => {
      // Another process checked it at the same time, to the same effect.
      if (!onlyDuplicates(error)) throw error;
    });
  const older = await checksOf(store)
    .find({ model }, { projection: { _id: 1 } })
    .sort(LAST_FIRST)
    .skip(most)
    .toArray();
  if (older.length > 0) await checksOf(store).deleteMany({ _id: { $in: older.map(({ _id }) => _id) } });
}

/** The checks of a model, the last arrival first. */
export const listModelChecks = (store: Store, model: string): Promise<ModelCheck[]> =>
  checksOf(store).find({ model }).sort(LAST_FIRST).toArray();

/** What is known of the promise of a model; null when it never predicted. */
export const findModelWatch = (store: Store, model: string): Promise<ModelWatch | null> =>
  watchesOf(store).findOne({ _id: model });

/** The model that predicts now, with what is known of its promise; null before the first. */
export const findServedModel = (store: Store): Promise<ModelWatch | null> =>
  watchesOf(store).findOne({}, { sort: { since: -1, _id: -1 } });

/** Notes what the checks of the model that predicts now say. */
export async function noteModelWatch(
  store: Store,
  { _id, ...verdict }: Omit<ModelWatch, 'since'>,
  at: Date,
): Promise<void> {
  const served = await findServedModel(store);
  const begun = served?._id === _id ? {} : { since: at };
  await watchesOf(store).updateOne({ _id }, { $set: { ...verdict, ...begun } }, { upsert: true });
}

/** Forgets the checks of a model. */
export async function forgetModelChecks(store: Store, model: string): Promise<void> {
  await checksOf(store).deleteMany({ model });
  await watchesOf(store).deleteOne({ _id: model });
}
