import { completeDocuments } from './adopted-documents.js';
import type { Store } from './connection.js';

/** What training reads of a stored product. */
export interface TrainingRow {
  contentHash: string;
  query: Record<string, unknown>;
  /** Environmental cost, in Pts. */
  ecs: number;
  methodVersion: string | null;
}

interface Projected {
  md5_id: string;
  impacts: { ecs: number };
  /** Documents that another platform wrote have none. */
  _platform?: { query?: Record<string, unknown>; contentHash?: string; methodVersion?: string | null };
}

/** Products whose cost is known, each content once, in the order of their content hash. */
export async function readTrainingRows(store: Store): Promise<{ rows: TrainingRow[]; withoutQuery: number }> {
  await completeDocuments(store);
  const found = store
    .collection('impacts')
    .find({ 'impacts.ecs': { $gt: 0, $lt: Number.POSITIVE_INFINITY } })
    .project<Projected>({
      _id: 0,
      md5_id: 1,
      'impacts.ecs': 1,
      '_platform.query': 1,
      '_platform.contentHash': 1,
      '_platform.methodVersion': 1,
    })
    .sort({ md5_id: 1 });
  const rows = new Map<string, TrainingRow>();
  let withoutQuery = 0;
  for await (const { impacts, _platform: { query, contentHash, methodVersion = null } = {} } of found) {
    if (!query || !contentHash) withoutQuery += 1;
    else if (!rows.has(contentHash)) rows.set(contentHash, { contentHash, query, ecs: impacts.ecs, methodVersion });
  }
  return { rows: [...rows.values()].sort((a, b) => (a.contentHash < b.contentHash ? -1 : 1)), withoutQuery };
}
