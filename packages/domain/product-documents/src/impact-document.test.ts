import { hash } from 'node:crypto';
import { bsonOfJson } from '@ecobalyse/bson';
import { type DetailedSimulation, IMPACT_CODES } from '@ecobalyse/schema';
import { expect, it } from 'vitest';
import { adoptedFields } from './adopted-document.js';
import { averageImpacts, coveredImpacts, toBsonDocument, toImpactDocument } from './impact-document.js';
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
  expect(_platform).toEqual({
    source: 'extraction',
    query: QUERY,
    scenario: 'regular',
    methodVersion: '7.0.0',
    figures: null,
    form: 'v7',
    coveredImpacts: ['acd', 'ecs', 'pef'],
    coveredCount: 3,
    averageImpacts: 3,
    contentHash: contentHash(QUERY),
    answerHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    createdAt: '2026-01-02T03:04:05.678Z',
    updatedAt: '2026-01-02T03:04:05.678Z',
    insertedByRun: 'r',
    updatedByRun: 'r',
  });
});

it.each([
  ['api', 150, 'to-check'],
  ['api', 0.5, undefined],
  // Drawn by us, not typed.
  ['extraction', 150, undefined],
] as const)('a garment by %s of %d kg has the state %s', (source, mass, state) => {
  const { _platform } = toImpactDocument({ ...FACTS, source, query: { ...QUERY, mass }, answer });
  expect([_platform.state, _platform.warnings !== undefined]).toEqual([state, state !== undefined]);
});

it('tells a changed answer from the same one, whenever and by whom it was asked for', () => {
  const hashOf = (changed: Partial<typeof FACTS>, given = answer) =>
    toImpactDocument({ ...FACTS, ...changed, answer: given })._platform.answerHash;
  expect(hashOf({ methodVersion: '7.0.0' })).toBe(hashOf({}));
  expect(hashOf({}, { ...answer, durability: 1.1 })).not.toBe(hashOf({}));
});

it('says the same of an answer that is BSON, which it is kept as', () => {
  const now = new Date('2026-01-02T03:04:05.678Z');
  const bson = bsonOfJson(answer);
  const { _platform, md5_id, product_id } = toImpactDocument({ ...FACTS, answer }, now);
  expect(toBsonDocument({ ...FACTS, answer, bson }, now)).toEqual({ bson, _platform, md5_id, product_id });
  expect(_platform.answerHash).toBe(hash('sha256', bson));
  // Whoever has the identity already need not have it made again.
  expect(toBsonDocument({ ...FACTS, answer, bson, md5_id: 'known' }, now).md5_id).toBe('known');
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
      disabledSteps: [],
      fading: true,
      makingWaste: 0,
      trims: [{ id: 'x' }],
    },
    lifeCycle: [{}, { country: place('IN') }],
    _platform: { createdAt: new Date(0) },
  };
  const addedAt = new Date('2026-01-01T00:00:00Z');
  expect(adoptedFields(theirs, addedAt)).toEqual({
    source: 'other',
    scenario: null,
    methodVersion: null,
    contentHash: 'theirs',
    answerHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    insertedByRun: null,
    updatedByRun: null,
    coveredImpacts: ['acd', 'ecs', 'pef'],
    coveredCount: 3,
    averageImpacts: 3,
    createdAt: '1970-01-01T00:00:00.000Z',
    updatedAt: '1970-01-01T00:00:00.000Z',
    query: {
      product: 'jean',
      mass: 0.5,
      fading: true,
      makingWaste: 0,
      materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
      countrySpinning: 'IN',
      countryFabric: 'CN',
      countryDyeing: 'CN',
      countryMaking: 'BD',
      fabricProcess: 'weaving',
    },
  });
  const told = { ...theirs, inputs: { ...theirs.inputs, fabricProcess: 'knitting-mix' } };
  expect(adoptedFields(told, addedAt).query.fabricProcess).toBe('knitting-mix');
});

it('keeps what a document says of itself, but for what is computed from it', () => {
  const known = {
    source: 'api',
    query: { mass: 1 },
    contentHash: 'own',
    coveredImpacts: ['ecs'],
    coveredCount: 9,
    averageImpacts: 9,
    createdAt: '2026-01-01T01:00:00+01:00',
    updatedAt: new Date('2026-01-03T00:00:00Z'),
    updatedByRun: 'r',
  };
  expect(adoptedFields({ md5_id: 'm', impacts, _platform: known }, new Date())).toMatchObject({
    ...known,
    coveredCount: 1,
    averageImpacts: 3,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-03T00:00:00.000Z',
    insertedByRun: null,
  });
});

it.each([null, {}, { createdAt: 'yesterday' }, { createdAt: 7, updatedAt: '' }])(
  'takes a document that says %j of its times for one of when it was stored, with nothing asked for',
  (_platform) => {
    const addedAt = new Date('2026-01-01T00:00:00Z');
    expect(adoptedFields({ md5_id: 'm', _platform }, addedAt)).toMatchObject({
      createdAt: addedAt.toISOString(),
      updatedAt: addedAt.toISOString(),
      averageImpacts: 0,
      coveredImpacts: ['ecs'],
      query: {},
    });
  },
);
