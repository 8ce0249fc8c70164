import { completeDocuments } from './adopted-documents.js';
import type { Store } from './connection.js';
import { impactQuery } from './impact-filter.js';
import type { DesignedGarment } from './stored-documents.js';

/** What training reads of a stored product. */
export interface TrainingRow {
  contentHash: string;
  query: Record<string, unknown>;
  /** Environmental cost, in Pts. */
  ecs: number;
  methodVersion: string | null;
  /** The fields of upstream's answer that were asked for. */
  answer: Record<string, unknown>;
}

interface Projected extends Record<string, unknown> {
  md5_id: string;
  impacts: { ecs: number };
  /** Documents that another platform wrote have none. */
  _platform?: { query?: Record<string, unknown>; contentHash?: string; methodVersion?: string | null };
}

/**
 * Products whose cost is known and that nobody has to check, each content once, in the order of their content hash.
 *
 * @param answerFields - paths of upstream's answer that are read too.
 */
export async function readTrainingRows(
  store: Store,
  answerFields: readonly string[] = [],
): Promise<{ rows: TrainingRow[]; withoutQuery: number }> {
  await completeDocuments(store);
  const found = store
    .collection('impacts')
    .find({ 'impacts.ecs': { $gt: 0, $lt: Number.POSITIVE_INFINITY }, ...impactQuery({ state: 'counted' }) })
    .project<Projected>({
      _id: 0,
      md5_id: 1,
      'impacts.ecs': 1,
      '_platform.query': 1,
      '_platform.contentHash': 1,
      '_platform.methodVersion': 1,
      ...Object.fromEntries(answerFields.map((field) => [field, 1])),
    })
    .sort({ md5_id: 1 });
  const rows = new Map<string, TrainingRow>();
  let withoutQuery = 0;
  for await (const { impacts, _platform: { query, contentHash, methodVersion = null } = {}, ...answer } of found) {
    if (!query || !contentHash) withoutQuery += 1;
    else if (!rows.has(contentHash))
      rows.set(contentHash, { contentHash, query, ecs: impacts.ecs, methodVersion, answer });
  }
  return { rows: [...rows.values()].sort((a, b) => (a.contentHash < b.contentHash ? -1 : 1)), withoutQuery };
}

/** The garments of a design that an upstream has answered, by their place in the design. */
export async function readDesignedGarments(
  store: Store,
  of: Pick<DesignedGarment, 'design' | 'upstream' | 'methodVersion'>,
): Promise<DesignedGarment[]> {
  return store.collection('training_garments').find(of).sort({ _id: 1 }).toArray();
}

/** Keeps answered garments of a design; those that are there already stay. */
export async function addDesignedGarments(store: Store, garments: readonly DesignedGarment[]): Promise<void> {
  if (garments.length === 0) return;
  await store.collection('training_garments').bulkWrite(
    garments.map(({ _id, ...garment }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: garment }, upsert: true },
    })),
    { ordered: false },
  );
}
