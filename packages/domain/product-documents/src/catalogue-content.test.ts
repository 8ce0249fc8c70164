import { simulateDetailed } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import {
  asKnown,
  type CatalogueContent,
  catalogueProductId,
  changedFields,
  checkKnownProduct,
  isSameContent,
  keepConfirmed,
  scoredAnew,
  toCatalogueContent,
} from './catalogue-content.js';
import { identify } from './checked-product.js';
import { mainMaterial, materialShares } from './flat-impact.js';
import { checkOf } from './impact-document.js';
import { itemFields } from './impact-item.js';

const PRODUCT = {
  ...{ product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1, country: null }] },
  ...{ countrySpinning: 'CN', countryFabric: 'CN', countryDyeing: 'CN', countryMaking: 'BD' },
};
const KNOWN = {
  ...{ reference: 'TS-1', name: 'Col rond', brand: 'Lin', gtins: ['3760001000016'], collection: 'Été' },
  ...{ season: 'SS27', tags: ['basic'], link: 'https://a.example/' },
};
const scoredAs = (methodVersion: string | null, query: object = PRODUCT) =>
  ({ ...simulateDetailed(query as never), product_id: 'tshirt', _platform: { methodVersion } }) as never;
const known = asKnown(identify(PRODUCT as never), KNOWN);
const content = toCatalogueContent(known, scoredAs('7.0.0'));

describe('a product of a catalogue', () => {
  it('is what it is known by, what was scored, and its score', () => {
    const { md5_id, product } = identify(PRODUCT as never);
    expect(content).toMatchObject({
      ...KNOWN,
      ...{ md5_id, query: product, method_version: '7.0.0', product_id: 'tshirt', mass: 0.17 },
      ...{ scenario: null, country_spinning: 'CN', state: null, ecs: expect.any(Number) },
    });
    for (const word of ['ts1', 'col rond', 'lin', 'ete', 'ss27', 'basic', '3760001000016', 't shirt', 'coton']) {
      expect(content.search).toContain(word);
    }
  });

  it('is known by its identity where it has no reference, and nothing is left open', () => {
    const { md5_id } = identify(PRODUCT as never);
    const open = { name: null, brand: null, gtins: [], collection: null, season: null, tags: [], link: null };
    expect(asKnown(identify(PRODUCT as never), {} as never)).toMatchObject({ reference: md5_id, known: open });
  });

  it('is the same by another score but for that', () => {
    expect(scoredAnew(content, scoredAs('7.0.0'))).toEqual(content);
    expect(scoredAnew(content, scoredAs('8.5.0'))).toEqual({ ...content, method_version: '8.5.0' });
  });

  it('tells all faults of a line, in both languages', () => {
    const checked = checkKnownProduct({ ...PRODUCT, mass: 'x', gtins: ['1'] });
    const { en, fr } = (checked as { faults: { en: string[]; fr: string[] } }).faults;
    const places = (faults: string[]) => faults.map((fault) => fault.split(':')[0]);
    expect([places(en), places(fr)]).toEqual([
      ['mass', 'gtins.0'],
      ['mass', 'gtins.0'],
    ]);
    expect(fr).not.toEqual(en);
    expect(checkKnownProduct({ ...PRODUCT, ...KNOWN })).toEqual(known);
    expect(checkKnownProduct({ ...PRODUCT, gtins: ['1'] })).toEqual({ faults: { en: [en[1]], fr: [fr[1]] } });
  });
});

const changed = (changes: Partial<CatalogueContent>): CatalogueContent => ({ ...content, ...changes });

describe('what differs between two versions', () => {
  it.each<[string, Partial<CatalogueContent>, string[]]>([
    ['nothing', {}, []],
    ['the name', { name: 'Another' }, ['name']],
    ['a brand that is taken away', { brand: null }, ['brand']],
    ['lists, by what is in them', { gtins: ['3760001000016'], tags: ['basic', 'new'] }, ['tags']],
    ['the description', { query: { ...content.query, mass: 0.2 } }, ['mass']],
    ['materials', { query: { ...content.query, materials: [{ id: 'ei-lin', share: 1 }] } }, ['materials']],
    ['what is not there for null', { query: { ...content.query, price: null } }, []],
    ['the version of the method', { method_version: '8.5.0' }, ['method_version']],
    [
      'all at once',
      { link: null, query: { ...content.query, mass: 1 }, method_version: null },
      ['link', 'mass', 'method_version'],
    ],
    ['figures, which are no fields of its owner', { ecs: 1, search: '', state: 'to-check' }, []],
  ])('is told: %s', (_, changes, fields) => {
    expect(changedFields(content, changed(changes))).toEqual(fields);
    expect(changedFields(changed(changes), content)).toEqual(fields);
  });

  it('is nothing of one that was not there, or is gone', () => {
    expect([changedFields(null, content), changedFields(content, null), changedFields(null, null)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  const confirmed = changed({ state: 'confirmed' });
  it.each<[string, CatalogueContent | null, CatalogueContent | null, boolean]>([
    ['the same', content, changed({ ecs: 1 }), true],
    ['none and none', null, null, true],
    ['one that is new', null, content, false],
    ['one that is gone', content, null, false],
    ['another identity', content, changed({ md5_id: 'another' }), false],
    ['another name', content, changed({ name: 'Another' }), false],
    ['confirmed now', content, confirmed, false],
    ['confirmed before', confirmed, content, true],
    ['confirmed both', confirmed, confirmed, true],
  ])('is whether it is the same: %s', (_, before, after, isSame) => {
    expect(isSameContent(before, after)).toBe(isSame);
  });

  it.each<[string, CatalogueContent | null, CatalogueContent | null, string | null | undefined]>([
    ['of the same identity', confirmed, content, 'confirmed'],
    ['described otherwise', confirmed, changed({ md5_id: 'another' }), null],
    ['that was not', content, content, null],
    ['that was not there', null, content, null],
    ['that is gone', confirmed, null, undefined],
  ])('leaves a confirmed product so: %s', (_, before, after, state) => {
    expect(keepConfirmed(before, after)?.state).toBe(state);
  });
});

// Recomputed with Python: hashlib.sha256(f"{catalogue}\n{reference}".encode()).
it.each([
  ['a', 'one', '02fb5a8d-db0c-8e15-aada-b9a0d87f050a'],
  ['a', 'two', '9c308bc3-4be5-8fb8-95ad-7dbf65273025'],
  ['b', 'one', '128eb135-9be9-87ea-b1bf-fd9ef0de456d'],
  ['spring', 'été 1', 'd65b4ec7-3a9f-8205-9992-e9cbc5b14eca'],
  ['a', 'ref-12', '44e4c22d-6041-8237-b8cf-958aafb5ac2d'],
  ['a', '', '87428fc5-2280-8d31-865e-7bce3cf03fe4'],
])('the product %s %s has the id %s', (catalogue, reference, id) => {
  expect(catalogueProductId(catalogue, reference)).toBe(id);
});

it.each<[string, unknown, unknown[], string | null]>([
  ['no list', undefined, [], null],
  ['one', [{ material: { id: 'a' }, share: 1 }], [{ id: 'a', share: 1 }], 'a'],
  [
    'two',
    [
      { material: { id: 'a' }, share: 0.4 },
      { material: { id: 'b' }, share: 0.6 },
    ],
    [
      { id: 'a', share: 0.4 },
      { id: 'b', share: 0.6 },
    ],
    'b',
  ],
  [
    'equals',
    [
      { material: { id: 'b' }, share: 0.5 },
      { material: { id: 'a' }, share: 0.5 },
    ],
    [
      { id: 'b', share: 0.5 },
      { id: 'a', share: 0.5 },
    ],
    'a',
  ],
  [
    'no id',
    [
      { material: { id: 'a' }, share: 0.9 },
      { material: {}, share: 0.1 },
    ],
    [
      { id: 'a', share: 0.9 },
      { id: null, share: 0.1 },
    ],
    null,
  ],
  [
    'no share',
    [{ material: { id: 'a' }, share: 0.9 }, { material: { id: 'b' } }],
    [
      { id: 'a', share: 0.9 },
      { id: 'b', share: null },
    ],
    null,
  ],
])('materials as they were read: %s', (_, materials, shares, main) => {
  const read = materialShares({ inputs: { materials } } as never);
  expect([read, mainMaterial(read)]).toEqual([shares, main]);
});

it.each([
  ['to-check', 'to-check'],
  ['confirmed', 'confirmed'],
  ['doubted', null],
  [undefined, null],
])('the state %s is told as %s', (state, told) => {
  expect(itemFields({ ...(simulateDetailed(PRODUCT as never) as object), _platform: { state } } as never).state).toBe(
    told,
  );
});

it.each([
  [0.17, undefined],
  [150, 'to-check'],
])('a garment of %d kg is %s', (mass, state) => {
  expect(checkOf({ ...PRODUCT, mass } as never, {}).state).toBe(state);
});
