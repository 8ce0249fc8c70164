import { existsSync, readFileSync } from 'node:fs';
import { type Json, productRequestSchema } from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalProduct, contentHash, productIdentity, pythonFloat } from './product-identity.js';

interface Case {
  request: Record<string, Json>;
  canonical: string;
  md5_id: string;
}

const sample = new URL('../test-vectors/md5-cases.json', import.meta.url);
const all = new URL('../../../../../shared/data/md5-cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(existsSync(all) ? all : sample, 'utf8')) as { cases: Case[] };

describe('identity of a product', () => {
  it(`is the original's for ${cases.length} products (${existsSync(all) ? 'all vectors' : 'committed sample'})`, () => {
    for (const { request, canonical, md5_id } of cases) {
      const product = productRequestSchema.parse(request) as Record<string, Json>;
      expect(canonicalProduct(product)).toBe(canonical);
      expect(productIdentity(product)).toBe(md5_id);
    }
  });

  it("is that of CONTRACT's example, whatever the order of the fields", () => {
    const body = {
      fabricProcess: 'knitting-mix',
      mass: 0.17,
      materials: [{ country: 'FR', id: 'ei-coton', share: 1 }],
      product: 'tshirt',
      countrySpinning: 'FR',
      countryFabric: 'FR',
      countryDyeing: 'FR',
      countryMaking: 'FR',
    };
    expect(productIdentity(productRequestSchema.parse(body) as Record<string, Json>)).toBe(
      '15a853d8fc6bee14a946559190111f51',
    );
  });

  it('counts a field that is given as null, and not one that is absent', () => {
    const base = { mass: 0.2, product: 'jean' };
    expect(productIdentity({ ...base, makingWaste: null })).not.toBe(productIdentity(base));
    expect(productIdentity({ ...base, makingWaste: undefined })).toBe(productIdentity(base));
  });

  it('writes fields that are counted in units as integers', () => {
    expect(canonicalProduct({ numberOfReferences: 100, surfaceMass: 200, price: 15 })).toBe(
      '{"numberOfReferences": 100, "price": 15.0, "surfaceMass": 200}',
    );
  });
});

describe('pythonFloat', () => {
  it.each([
    [1, '1.0'],
    [0.17, '0.17'],
    [1e-5, '1e-05'],
    [1.234e-5, '1.234e-05'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [123456789.123, '123456789.123'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [-0.5, '-0.5'],
    [0, '0.0'],
    [-0, '-0.0'],
    [0.30000000000000004, '0.30000000000000004'],
  ])('writes %f as %s', (value, text) => expect(pythonFloat(value)).toBe(text));

  it('always reads back as the same number and looks like a float', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pythonFloat(value);
        expect(Number(text)).toBe(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]\d{2,3})?$/);
        expect(text).toMatch(/[.e]/);
      }),
      { seed: 7 },
    );
  });

  it('refuses what JSON cannot hold', () => expect(() => pythonFloat(Number.NaN)).toThrow(RangeError));
});

describe('contentHash', () => {
  it('is the same for two ways of writing one query, and differs for another', () => {
    const query = {
      mass: 0.2,
      product: 'jean',
      materials: [
        { id: 'a', share: 0.5 },
        { id: 'b', share: 0.5 },
      ],
    };
    const written = {
      product: 'jean',
      makingWaste: null,
      mass: 0.2,
      materials: [
        { share: 0.5, id: 'a', country: null },
        { id: 'b', share: 0.5 },
      ],
    };
    expect(contentHash(written)).toBe(contentHash(query));
    expect(contentHash({ ...query, materials: [...query.materials].reverse() })).not.toBe(contentHash(query));
  });
});
