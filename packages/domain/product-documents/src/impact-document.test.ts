import { type DetailedSimulation, IMPACT_CODES } from '@ecobalyse/schema';
import { expect, it } from 'vitest';
import { adoptedFields } from './adopted-document.js';
import { averageImpacts, coveredImpacts, toImpactDocument } from './impact-document.js';
import { contentHash, productIdentity } from './product-identity.js';

const QUERY = { product: 'jean', mass: 0.5, countrySpinning: 'FR' };
const impacts = { ...Object.fromEntries(IMPACT_CODES.map((code) => [code, 0])), ecs: 42, acd: 21 };
const answer = { impacts, inputs: { product: { id: 'jean', name: 'Jean' } } } as unknown as DetailedSimulation;
const FACTS = { query: QUERY, source: 'extraction', scenario: 'regular', methodVersion: '7.0.0', runId: 'r' } as const;

it('takes the mean over all impacts, and counts those that have a figure', () => {
  expect(averageImpacts(impacts)).toBe(63 / 21);
  expect(coveredImpacts(impacts)).toEqual(IMPACT_CODES.filter((code) => ['acd', 'ecs', 'pef'].includes(code)));
  // As other platforms write them.
  expect(averageImpacts({ ecs: '21', acd: null, pef: Number.NaN })).toBe(1);
});

it('keeps the answer as it came, beside what identifies it', () => {
  const now = new Date('2026-01-02T03:04:05.678Z');
  const { _platform, ...document } = toImpactDocument({ ...FACTS, answer }, now);
  expect(document).toEqual({ ...answer, md5_id: productIdentity(QUERY), product_id: 'jean' });
  expect(_platform).toMatchObject({ coveredCount: 3, averageImpacts: 3, contentHash: contentHash(QUERY) });
  expect([_platform.createdAt, _platform.insertedByRun]).toEqual([now.toISOString(), 'r']);
});

it('tells a changed answer from the same one, whenever and by whom it was asked for', () => {
  const hashOf = (changed: Partial<typeof FACTS>, given = answer) =>
    toImpactDocument({ ...FACTS, ...changed, answer: given })._platform.answerHash;
  expect(hashOf({ methodVersion: '7.0.0' })).toBe(hashOf({}));
  expect(hashOf({}, { ...answer, durability: 1.1 })).not.toBe(hashOf({}));
});

it('completes a document of another platform by what its inputs tell, and keeps what it says itself', () => {
  const place = (code: string) => ({ code, name: code });
  const theirs = {
    md5_id: 'theirs',
    impacts,
    inputs: {
      product: { id: 'jean', name: 'Jean', fabric: 'weaving' },
      materials: [{ material: { id: 'ei-coton' }, share: 1, country: place('FR') }],
      countryFabric: place('CN'),
      countryDyeing: place('CN'),
      countryMaking: place('BD'),
      fabricProcess: null,
      mass: 0.5,
      upcycled: false,
      trims: [{ id: 'x' }],
    },
    lifeCycle: [{}, { country: place('IN') }],
    _platform: { createdAt: new Date(0) },
  };
  const addedAt = new Date('2026-01-01T00:00:00Z');
  expect(adoptedFields(theirs, addedAt)).toMatchObject({
    source: 'other',
    contentHash: 'theirs',
    createdAt: '1970-01-01T00:00:00.000Z',
    coveredCount: 3,
    query: {
      product: 'jean',
      mass: 0.5,
      materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
      countrySpinning: 'IN',
      countryFabric: 'CN',
      countryDyeing: 'CN',
      countryMaking: 'BD',
      fabricProcess: 'weaving',
    },
  });
  expect(adoptedFields({ ...theirs, _platform: null }, addedAt).createdAt).toBe(addedAt.toISOString());
});
