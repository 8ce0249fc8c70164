import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { flattenImpact } from '@ecobalyse/product-documents';
import type { ProductRequest } from '@ecobalyse/schema';
import {
  OFFICIAL_VERSIONS,
  type OfficialServer,
  type OfficialVersion,
  startOfficialServer,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Score, scoreProduct, toDocument } from './score-product.js';
import { scoreProducts } from './score-products.js';

const TOKEN = 'a-token';
const signal = new AbortController().signal;
const tshirt = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  product: 'tshirt',
  ...{ countrySpinning: 'FR', countryFabric: 'FR', countryDyeing: 'FR', countryMaking: 'FR' },
  fabricProcess: 'knitting-mix',
} as ProductRequest;
const products = new Map<string, ProductRequest>([
  ['plain', tshirt],
  ['upcycled', { ...tshirt, upcycled: true }],
  ['unknown', { ...tshirt, materials: [{ id: 'ei-soie', share: 1, country: null }] }],
]);

let official: OfficialServer;
beforeEach(async () => {
  official = await startOfficialServer({ tokens: [TOKEN] });
});
afterEach(() => official.close());
const open = () =>
  createEcobalyseClient({
    ...{ baseUrl: official.apiUrl(), token: TOKEN, requestsPerSecond: 10_000, concurrency: 2 },
    ...{ timeoutMs: 60_000, retries: 0, retryDelayMs: 1 },
  });

describe.each(Object.keys(OFFICIAL_VERSIONS) as OfficialVersion[])('scores of the official API %s', (version) => {
  const hasPef = version !== 'v8.5.0';

  it.each(['shown', 'left-out'] as const)('are stored whole under their version, stages %s', async (upcycledStages) => {
    Object.assign(official, { version, upcycledStages });
    const { outcomes, interruption } = await scoreProducts(products, { upstream: open(), concurrency: 2 }, signal);
    expect(interruption).toBeUndefined();
    expect(outcomes.get('unknown')).toHaveProperty('reasons');
    for (const name of ['plain', 'upcycled']) {
      const document = toDocument(products.get(name) as ProductRequest, outcomes.get(name) as Score, null);
      expect(document._platform.methodVersion).toBe(version.slice(1));
      expect(document._platform.coveredImpacts.includes('pef')).toBe(hasPef);
      expect('pef' in document.impacts).toBe(hasPef);
      const { row, faults } = flattenImpact(document);
      expect([name, faults, row.pef === null]).toEqual([name, [], !hasPef]);
      const parts = Object.entries(row).filter(([column]) => column.startsWith('cost_'));
      expect(parts.reduce((sum, [, cost]) => sum + Number(cost), 0)).toBeCloseTo(document.impacts.ecs, 6);
      const ours = simulateDetailed(products.get(name)).impacts.ecs;
      expect(document.impacts.ecs).toBeCloseTo(OFFICIAL_VERSIONS[version].factor * ours, 6);
    }
  });
});

it('bear the version that upstream became under a living worker', async () => {
  const upstream = open();
  const versions: (string | null)[] = [];
  for (const version of ['v7.0.0', 'v8.0.0', 'v8.5.0', 'v8.0.0', 'v7.0.0'] as const) {
    official.version = version;
    versions.push(((await scoreProduct(upstream, tshirt, signal)) as Score).methodVersion);
  }
  expect(versions).toEqual(['7.0.0', '8.0.0', '8.5.0', '8.0.0', '7.0.0']);
});
