import { hash } from 'node:crypto';
import type { Json } from '@ecobalyse/schema';
import type { Store } from './connection.js';

/** A stored product as it was asked for. */
export interface StoredQuery {
  md5_id: string;
  product_id: string;
  query: Record<string, Json>;
}

/**
 * A sample of the stored products that we asked upstream about: those whose identities follow that of a seed. Identities are
 * hashes, so that any run of them is drawn by chance; the same seed finds the same products as long as they are there.
 */
export async function sampleQueries(store: Store, size: number, seed: string): Promise<StoredQuery[]> {
  const start = hash('md5', seed);
  const following = (identities: object, limit: number) =>
    limit === 0
      ? []
      : store
          .collection('impacts')
          .find({ md5_id: identities, '_platform.source': { $in: ['extraction', 'api'] } })
          .project<{ md5_id: string; product_id: string; _platform: { query: Record<string, Json> } }>({
            ...{ _id: 0, md5_id: 1, product_id: 1, '_platform.query': 1 },
          })
          .sort({ md5_id: 1 })
          .limit(limit)
          .toArray();
  const found = await following({ $gte: start }, size);
  return [...found, ...(await following({ $lt: start }, size - found.length))].map(({ _platform, ...product }) => ({
    ...product,
    query: _platform.query,
  }));
}

/** A garment of the grid with its stored cost. */
export interface GridCost {
  query: Record<string, Json>;
  /** In Pts. */
  ecs: number;
}

/**
 * The first garments of the grid by identity that a version of the method scored: drawn by chance, and the same each time.
 *
 * @param version - null for those that do not tell theirs.
 */
export async function sampleGridCosts(store: Store, version: string | null, size: number): Promise<GridCost[]> {
  const found = await store
    .collection('impacts')
    .find({ '_platform.source': 'extraction', '_platform.methodVersion': version })
    .project<{ impacts: { ecs: number }; _platform: { query: Record<string, Json> } }>({
      ...{ _id: 0, 'impacts.ecs': 1, '_platform.query': 1 },
    })
    .sort({ md5_id: 1 })
    .limit(size)
    .toArray();
  return found.map(({ impacts: { ecs }, _platform: { query } }) => ({ query, ecs }));
}
