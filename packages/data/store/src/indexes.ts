import { coveredImpacts } from '@ecobalyse/product-documents';
import type { Collection, Document, IndexDescription, IndexDescriptionInfo } from 'mongodb';
import { MongoServerError } from 'mongodb';
import type { CollectionName } from './collections.js';
import { isDuplicateKey, type Store } from './connection.js';

/** Indexes of each collection, named after the query that they serve. */
const INDEXES = {
  api_keys: [{ name: 'key_by_name', key: { name: 1 }, unique: true }],
  api_key_days: [{ name: 'days_of_key', key: { key: 1, day: 1 } }],
  audit_lines: [
    { name: 'audit_by_age', key: { at: -1, _id: -1 } },
    { name: 'audit_of_key', key: { key: 1, at: -1, _id: -1 } },
  ],
  catalogues: [{ name: 'catalogue_by_name', key: { owner: 1, name: 1, deleted_at: 1 }, unique: true }],
  catalogue_products: [
    { name: 'products_by_reference', key: { catalogue: 1, live: 1, reference: 1 } },
    { name: 'products_by_cost', key: { catalogue: 1, live: 1, 'content.ecs': 1, reference: 1 } },
    { name: 'products_by_age', key: { catalogue: 1, live: 1, updated_at: 1, reference: 1 } },
    { name: 'products_last_changed', key: { updated_at: -1, _id: -1 } },
    { name: 'products_of_change', key: { change: 1 } },
    { name: 'products_of_simulation', key: { simulations: 1 } },
    { name: 'products_by_gtin', key: { 'content.gtins': 1 } },
  ],
  catalogue_history: [
    { name: 'history_of_product', key: { product: 1, version: -1 } },
    { name: 'history_of_change', key: { change: 1 } },
    { name: 'history_of_simulation', key: { simulations: 1 } },
  ],
  catalogue_changes: [{ name: 'changes_of_catalogue', key: { catalogue: 1, at: -1 } }],
  catalogue_method_changes: [{ name: 'rescored_of_catalogue', key: { catalogue: 1, _id: 1 } }],
  countries: [{ name: 'country_by_code', key: { code: 1 }, unique: true }],
  materials: [{ name: 'material_by_id', key: { id: 1 }, unique: true }],
  products: [{ name: 'product_by_id', key: { id: 1 }, unique: true }],
  fabricProcess: [{ name: 'fabric_process_by_id', key: { id: 1 }, unique: true }],
  products_details: [{ name: 'garment_by_product_and_label', key: { product: 1, label: 1 }, unique: true }],
  impacts: [
    { name: 'impact_by_md5_id', key: { md5_id: 1 }, unique: true },
    { name: 'impacts_of_product', key: { product_id: 1, md5_id: 1 } },
    { name: 'impacts_of_product_in_country', key: { product_id: 1, 'inputs.countryFabric.code': 1, md5_id: 1 } },
    {
      name: 'impacts_of_product_best_first',
      key: { product_id: 1, '_platform.coveredCount': -1, '_platform.averageImpacts': 1, md5_id: 1 },
    },
    {
      name: 'impacts_of_product_worst_first',
      key: { product_id: 1, '_platform.coveredCount': -1, '_platform.averageImpacts': -1, md5_id: -1 },
    },
    { name: 'impacts_of_product_by_cost', key: { product_id: 1, 'impacts.ecs': 1, md5_id: 1 } },
    { name: 'impacts_by_cost', key: { 'impacts.ecs': 1, md5_id: 1 } },
    { name: 'impacts_by_age', key: { '_platform.createdAt': 1, md5_id: 1 } },
    { name: 'impacts_of_scenario', key: { '_platform.scenario': 1, md5_id: 1 } },
    { name: 'impacts_of_material', key: { 'inputs.materials.material.id': 1, md5_id: 1 } },
    { name: 'impacts_by_version', key: { '_platform.methodVersion': 1 } },
    // Both tell the statistics what there is, without a look at the documents.
    {
      name: 'impacts_by_content',
      key: { md5_id: 1, '_platform.answerHash': 1, '_platform.createdAt': 1, '_platform.methodVersion': 1 },
    },
    { name: 'impacts_by_state', key: { '_platform.state': 1, md5_id: 1 } },
    // Those that another platform wrote have none, and are looked for every second.
    { name: 'impacts_by_coverage', key: { '_platform.coveredCount': 1 } },
  ],
  impact_versions: [{ name: 'versions_of_impact', key: { md5_id: 1 } }],
  method_changes: [
    { name: 'changes_of_type', key: { to: 1, from: 1, product_id: 1 } },
    { name: 'changes_of_impact', key: { md5_id: 1 } },
  ],
  impacts_documentation: [{ name: 'impact_documentation_by_code', key: { code: 1 }, unique: true }],
  model_checks: [{ name: 'checks_of_model', key: { model: 1, at: -1, _id: -1 } }],
  pipeline_runs: [
    { name: 'runs_of_pipeline', key: { pipeline: 1, createdAt: -1 } },
    { name: 'runs_by_state', key: { state: 1, createdAt: -1 } },
  ],
  product_jobs: [
    { name: 'newest_product_jobs', key: { createdAt: -1 } },
    { name: 'product_jobs_by_status', key: { status: 1, createdAt: -1 } },
  ],
  product_job_chunks: [{ name: 'chunks_of_product_job', key: { job: 1, n: 1 }, unique: true }],
  task_attempts: [{ name: 'attempts_of_run', key: { run: 1, startedAt: -1 } }],
  training_garments: [{ name: 'garments_of_design', key: { design: 1, upstream: 1, methodVersion: 1 } }],
  tracking_metrics: [{ name: 'metrics_of_run', key: { runId: 1, step: 1 } }],
} satisfies Partial<Record<CollectionName, IndexDescription[]>>;

/** What became of the indexes. Each is named with its collection. */
export interface IndexReport {
  /** How many indexes the platform's collections need; all of them are there. */
  needed: number;
  created: string[];
  /** Made by another platform, and kept under their own names. */
  adopted: string[];
  /** Made by another platform, and made anew because they have to be unique. */
  replaced: string[];
  /** Documents deleted because another one has the same identity, by collection. */
  removed: Record<string, number>;
}

const NAMESPACE_NOT_FOUND = 26;
const INDEX_NOT_FOUND = 27;
const DELETED_AT_ONCE = 1000;
/** Somebody may go on writing repeated identities while there is no unique index. */
const MAX_TRIES = 5;

const unless =
  <T>(code: number, value: T) =>
  (error: unknown): T => {
    if (error instanceof MongoServerError && error.code === code) return value;
    throw error;
  };

const keyOf = ({ key }: Pick<IndexDescription, 'key'>) => JSON.stringify(Object.entries(key));
/** One that holds all documents, in the usual order of texts. */
const isWhole = ({ sparse, partialFilterExpression, collation }: IndexDescriptionInfo) =>
  !(sparse || partialFilterExpression || collation);
const valueAt = (document: Document, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Document | null | undefined)?.[name], document);

/**
 * Deletes documents that repeat the identity of another one: the one is kept that covers the most impacts, of those the one
 * that was stored first (by `_id`). Documents without an identity are left alone.
 */
async function removeRepeated(collection: Collection, fields: readonly string[]): Promise<number> {
  const found = collection
    .find({}, { projection: Object.fromEntries([...fields, 'impacts'].map((field) => [field, 1])) })
    .sort(Object.fromEntries(fields.map((field) => [field, 1])))
    .allowDiskUse(true);
  let removed = 0;
  let doomed: unknown[] = [];
  const remove = async () => {
    removed += (await collection.deleteMany({ _id: { $in: doomed } } as object)).deletedCount;
    doomed = [];
  };
  const coverage = ({ impacts }: Document) => (impacts ? coveredImpacts(impacts).length : 0);
  const isBetter = (one: Document, other: Document) =>
    coverage(one) - coverage(other) || (String(one._id) < String(other._id) ? 1 : -1);

  let kept: Document | undefined;
  let identity: string | undefined;
  for await (const document of found) {
    const values = fields.map((field) => valueAt(document, field) ?? null);
    const own = values.includes(null) ? undefined : JSON.stringify(values);
    if (kept && own !== undefined && own === identity) {
      const better = isBetter(document, kept) > 0;
      doomed.push(better ? kept._id : document._id);
      if (better) kept = document;
      if (doomed.length === DELETED_AT_ONCE) await remove();
    } else [kept, identity] = [document, own];
  }
  if (doomed.length > 0) await remove();
  return removed;
}

async function reconcile(collection: Collection, wanted: readonly IndexDescription[], report: IndexReport) {
  const called = (name: string | undefined) => `${collection.collectionName}.${name}`;
  const present = await collection.indexes().catch(unless(NAMESPACE_NOT_FOUND, []));
  const missing: IndexDescription[] = [];
  const obstacles: string[] = [];
  for (const index of wanted) {
    const same = present.filter(isWhole).find((other) => keyOf(other) === keyOf(index));
    if (same && (same.unique || !index.unique)) {
      if (same.name !== index.name) report.adopted.push(called(same.name));
      continue;
    }
    missing.push(index);
    const taken = same ?? present.find(({ name }) => name === index.name);
    if (taken?.name) obstacles.push(taken.name);
    else report.created.push(called(index.name));
  }
  if (missing.length === 0) return;

  const unique = missing.filter((index) => index.unique);
  for (let tried = 1; ; tried += 1) {
    for (const index of unique) {
      const removed = await removeRepeated(collection, Object.keys(index.key));
      if (removed > 0) {
        const { collectionName: name } = collection;
        report.removed[name] = (report.removed[name] ?? 0) + removed;
      }
    }
    for (const name of obstacles) await collection.dropIndex(name).catch(unless(INDEX_NOT_FOUND, undefined));
    try {
      await collection.createIndexes(missing);
      report.replaced.push(...obstacles.map(called));
      return;
    } catch (error) {
      if (!isDuplicateKey(error) || unique.length === 0) throw error;
      if (tried < MAX_TRIES) continue;
      const needs = unique.map(({ key }) => Object.keys(key).join(' and ')).join(', ');
      throw new Error(
        `${collection.collectionName}: several documents have no ${needs}, which has to name each of them: complete or delete them`,
        { cause: error },
      );
    }
  }
}

/**
 * Makes every index that is missing. One of the same key that is there already, under whatever name, serves as well; where it
 * has to be unique and is not, repeated identities are removed first.
 *
 * @throws Error that says what to do, when documents stand in the way.
 */
export async function reconcileIndexes(store: Store): Promise<IndexReport> {
  const report: IndexReport = { needed: 0, created: [], adopted: [], replaced: [], removed: {} };
  await Promise.all(
    Object.entries(INDEXES).map(([name, wanted]) => {
      report.needed += wanted.length;
      // Whatever the documents are: only the fields of an index are looked at.
      return reconcile(store.collection(name as CollectionName) as unknown as Collection, wanted, report);
    }),
  );
  return report;
}

/**
 * The same, for those who need only the indexes.
 *
 * @returns how many indexes the platform's collections have.
 */
export async function ensureIndexes(store: Store): Promise<number> {
  return (await reconcileIndexes(store)).needed;
}
