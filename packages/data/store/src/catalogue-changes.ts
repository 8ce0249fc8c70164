import { setTimeout as wait } from 'node:timers/promises';
import { type CatalogueContent, isSameContent, keepConfirmed } from '@ecobalyse/product-documents';
import type { AnyBulkWriteOperation } from 'mongodb';
import type { Store } from './connection.js';
import { onlyDuplicates } from './impacts.js';
import type { CatalogueChange, CatalogueHistoryEntry, CatalogueProduct } from './stored-documents.js';

/**
 * Changes of the products of catalogues. A product is one document that holds what it is, what it was before and which change
 * made it so: a change is a single write of it, done or not. What the document says of the change before is moved to the history
 * first. Writers that meet find that the product is not what they read, and look again; one that dies and comes back
 * finds what it has done by the name of its change.
 */

const productsOf = (store: Store) => store.collection('catalogue_products');
const historyOf = (store: Store) => store.collection('catalogue_history');
const changesOf = (store: Store) => store.collection('catalogue_changes');

const MAX_TRIES = 10;
/** Writers of one product that meet again and again part by chance, the longer the more of them there are. */
const PAUSE_MS = 10;
const UNDONE_AT_ONCE = 500;
const MOST_CONFLICTS = 1000;

/** What a product is to become. */
export interface WantedProduct {
  /** Of the product. */
  id: string;
  reference: string;
  /** Line of the file. */
  line: number | null;
  /** Null to take it away. */
  content: CatalogueContent | null;
  /** The version that it was made from; undefined where it does not depend on one. */
  madeFrom?: number;
  /** It is the same to its owner: the change before can still be taken back. */
  isRescored?: boolean;
}

/**
 * What a change did with a product. `repeated`: an earlier line of the same file says something else of it; `outdated`: it is another by
 * now than it was made from, and stays so.
 */
export type ProductStep = 'added' | 'changed' | 'deleted' | 'existing' | 'missing' | 'repeated' | 'outdated';

/** A change to be made. */
export type NewChange = Omit<CatalogueChange, 'undone_by'>;
type Moment = Pick<NewChange, '_id' | 'catalogue' | 'at'>;

/** Begins a change; one that has begun already stays as it is. */
export async function beginChange(store: Store, change: NewChange): Promise<void> {
  const { _id, ...facts } = change;
  await changesOf(store).updateOne({ _id }, { $setOnInsert: { ...facts, undone_by: null } }, { upsert: true });
}

/** Others were faster each time: nothing was changed. */
export class TooManyWritersError extends Error {
  override readonly name = 'TooManyWritersError';
}

/** Changes that this process has begun. */
const begun = new WeakSet<NewChange>();

const entryId = (change: string, product: string) => `${change}:${product}`;

function historyEntry(product: CatalogueProduct): CatalogueHistoryEntry {
  const { _id, catalogue, reference, change, line, version, simulations, previous, content, updated_at } = product;
  const step = { catalogue, reference, change, line, version, simulations };
  return { _id: entryId(change, _id), product: _id, ...step, at: updated_at, before: previous, after: content };
}

/** The document of a product after a change. */
function nextVersion(
  before: CatalogueProduct | undefined,
  { id, reference, line, content, isRescored }: WantedProduct,
  { _id: change, catalogue, at }: Moment,
): CatalogueProduct {
  const previous = before?.content ?? null;
  const simulations = [content?.md5_id, previous?.md5_id].filter((md5Id) => md5Id !== undefined);
  return {
    _id: id,
    catalogue,
    reference,
    live: content !== null,
    content,
    previous,
    change,
    line,
    version: (before?.version ?? 0) + 1,
    simulations: [...new Set(simulations)],
    ...(isRescored && before && { over: before.over ?? before.change }),
    created_at: before?.created_at ?? at,
    updated_at: at,
  };
}

interface Replacement {
  before: CatalogueProduct | undefined;
  after: CatalogueProduct;
}

/** Puts versions in the place of others; false when somebody else was faster with one of them. */
async function replaceProducts(store: Store, replacements: readonly Replacement[]): Promise<boolean> {
  const passed = replacements.flatMap(({ before }) => (before ? [historyEntry(before)] : []));
  const unlessDuplicates = (error: unknown) => {
    if (!onlyDuplicates(error)) throw error;
    return null;
  };
  if (passed.length > 0) await historyOf(store).insertMany(passed, { ordered: false }).catch(unlessDuplicates);
  const writes = replacements.map(
    ({ before, after }): AnyBulkWriteOperation<CatalogueProduct> =>
      before
        ? { replaceOne: { filter: { _id: after._id, version: before.version }, replacement: after } }
        : { insertOne: { document: after } },
  );
  const written = await productsOf(store).bulkWrite(writes, { ordered: false }).catch(unlessDuplicates);
  return written !== null && written.insertedCount + written.matchedCount === replacements.length;
}

/** What a change has done with a product already. */
type Done = Pick<CatalogueHistoryEntry, 'line' | 'before' | 'after'>;

const doneBy = ({ line, previous, content }: CatalogueProduct): Done => ({ line, before: previous, after: content });

function stepOf({ before, after }: Pick<Done, 'before' | 'after'>): ProductStep {
  if (after === null) return 'deleted';
  return before === null ? 'added' : 'changed';
}

/**
 * Gives products of a catalogue what a change wants them to be; one that changes nothing is not remembered. Doing it again, also after it was broken off anywhere or by
 * two at once, changes nothing more and tells the same.
 *
 * @returns what was done with each, in their order.
 */
export async function applyChange(
  store: Store,
  change: NewChange,
  wanted: readonly WantedProduct[],
): Promise<ProductStep[]> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (tries > 0) await wait(Math.random() * PAUSE_MS * tries);
    const ids = [...new Set(wanted.map(({ id }) => id))];
    const products = await productsOf(store)
      .find({ _id: { $in: ids } })
      .toArray();
    const stored = new Map(products.map((product) => [product._id, product]));
    const others = products.filter(({ change: last }) => last !== change._id);
    const passed =
      others.length === 0
        ? []
        : await historyOf(store)
            .find({ _id: { $in: others.map(({ _id }) => entryId(change._id, _id)) } })
            .toArray();
    const done = new Map<string, Done>([
      ...products.filter(({ change: last }) => last === change._id).map((one) => [one._id, doneBy(one)] as const),
      ...passed.map((entry) => [entry.product, entry] as const),
    ]);
    const replacements: Replacement[] = [];
    const steps = wanted.map((one): ProductStep => {
      const before = done.get(one.id);
      if (before) {
        if (before.line === one.line) return stepOf(before);
        return isSameContent(before.after, one.content) ? 'existing' : 'repeated';
      }
      const present = stored.get(one.id);
      const was = present?.content ?? null;
      if (was === null && one.content === null) return 'missing';
      if (one.madeFrom !== undefined && one.madeFrom !== present?.version) return 'outdated';
      if (was !== null && isSameContent(was, one.content)) return 'existing';
      const after = nextVersion(present, { ...one, content: keepConfirmed(was, one.content) }, change);
      replacements.push({ before: present, after });
      done.set(one.id, doneBy(after));
      return stepOf({ before: was, after: one.content });
    });
    if (replacements.length === 0) return steps;
    if (!begun.has(change)) await beginChange(store, change);
    begun.add(change);
    if (await replaceProducts(store, replacements)) return steps;
  }
  throw new TooManyWritersError(`the products of catalogue ${change.catalogue} change too fast`);
}

/**
 * The same for a change that somebody may take back meanwhile: whoever does so says it first and looks for its products then; one of
 * us sees the other.
 */
export async function applyOpenChange(
  store: Store,
  change: NewChange,
  wanted: readonly WantedProduct[],
): Promise<ProductStep[]> {
  const steps = await applyChange(store, change, wanted);
  const undo = (await findChange(store, change._id))?.undone_by;
  if (undo) await takeBack(store, change._id, { _id: undo, catalogue: change.catalogue, at: new Date() });
  return steps;
}

/** What products were before a change that they were only scored anew since, by product. */
async function beforeChange(store: Store, change: string, products: readonly CatalogueProduct[]) {
  const ids = products.filter(({ over }) => over === change).map(({ _id }) => entryId(change, _id));
  if (ids.length === 0) return new Map<string, CatalogueContent | null>();
  const entries = await historyOf(store)
    .find({ _id: { $in: ids } })
    .toArray();
  return new Map(entries.map(({ product, before }) => [product, before]));
}

/**
 * Takes back what a change did: each product whose last change it is, but for being scored anew, becomes what it was before. To be
 * done again when it was broken off.
 */
export async function takeBack(store: Store, change: string, undo: Moment): Promise<void> {
  for (;;) {
    const found = await productsOf(store)
      .find({ $or: [{ change }, { catalogue: undo.catalogue, over: change }] })
      .limit(UNDONE_AT_ONCE)
      .toArray();
    if (found.length === 0) return;
    const passed = await beforeChange(store, change, found);
    await replaceProducts(
      store,
      found.map((before) => {
        const { _id: id, reference, previous } = before;
        const content = passed.has(id) ? (passed.get(id) ?? null) : previous;
        return { before, after: nextVersion(before, { id, reference, line: null, content }, undo) };
      }),
    );
  }
}

/** Says that a change is being taken back, by whatever undoing was said first. */
export async function markUndone(store: Store, change: string, undo: string): Promise<string | null> {
  await changesOf(store).updateOne({ _id: change, undone_by: null }, { $set: { undone_by: undo } });
  return (await findChange(store, change))?.undone_by ?? null;
}

/** Products that a change touched and an undoing of it did not, since they were changed in between; not more than a thousand. */
export async function findConflicts(store: Store, change: string, undo: string) {
  const touched = historyOf(store)
    .find({ change })
    .project<{ product: string; reference: string }>({ _id: 0, product: 1, reference: 1 })
    .sort({ reference: 1 });
  const conflicts: { product: string; reference: string }[] = [];
  const isUndone = async (product: string) =>
    (await productsOf(store).findOne({ _id: product, change: undo }, { projection: { _id: 1 } })) !== null ||
    (await historyOf(store).findOne({ _id: entryId(undo, product) }, { projection: { _id: 1 } })) !== null;
  for await (const entry of touched) {
    if (await isUndone(entry.product)) continue;
    conflicts.push(entry);
    if (conflicts.length === MOST_CONFLICTS) break;
  }
  return conflicts;
}

/** How many products a change touched. */
export async function countTouched(store: Store, change: string): Promise<number> {
  const [last, earlier] = await Promise.all([
    productsOf(store).countDocuments({ change }),
    historyOf(store).countDocuments({ change }),
  ]);
  return last + earlier;
}

/** A change; null when there is none. */
export const findChange = (store: Store, change: string): Promise<CatalogueChange | null> =>
  changesOf(store).findOne({ _id: change });

/** Some changes, by id. */
export async function findChanges(store: Store, ids: readonly string[]): Promise<Map<string, CatalogueChange>> {
  const found = await changesOf(store)
    .find({ _id: { $in: [...ids] } })
    .toArray();
  return new Map(found.map((change) => [change._id, change]));
}

/** A page of the changes of a catalogue, newest first, and how many there are. */
export async function listChanges(store: Store, catalogue: string, offset: number, limit: number) {
  const [total, items] = await Promise.all([
    changesOf(store).countDocuments({ catalogue }),
    limit === 0
      ? []
      : changesOf(store).find({ catalogue }).sort({ at: -1, _id: -1 }).skip(offset).limit(limit).toArray(),
  ]);
  return { total, items };
}

/** A page of what happened to a product, the last first, and how much there is. */
export async function listHistory(store: Store, product: CatalogueProduct, offset: number, limit: number) {
  const { _id, version } = product;
  const last = offset === 0 && limit > 0 ? [historyEntry(product)] : [];
  const passed =
    limit <= last.length
      ? []
      : await historyOf(store)
          .find({ product: _id, version: { $lt: Math.min(version, version - offset + 1) } })
          .sort({ version: -1 })
          .limit(limit - last.length)
          .toArray();
  return { total: version, items: [...last, ...passed] };
}
