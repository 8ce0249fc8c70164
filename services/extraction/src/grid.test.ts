import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { canonicalProduct, productIdentity } from '@ecobalyse/product-documents';
import { EXTRACTED_PRODUCTS, type Json } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { countries, garments, massesKg, plannedSimulations } from './grid.js';

const all = new URL('../../../../shared/method/vectors/catalogue.ndjson.gz', import.meta.url);
const sample = new URL('../../../packages/domain/textile-method/test-vectors/catalogue.ndjson.gz', import.meta.url);

describe('extraction grid', () => {
  it('has 7,638 simulations: 201 masses of 67 garments in 19 countries, in two scenarios', () => {
    expect(garments).toHaveLength(67);
    expect(countries).toHaveLength(19);
    expect(garments.flatMap(massesKg)).toHaveLength(201);
    expect(plannedSimulations({})).toHaveLength(7638);
  });

  it('is of the product types that a run may be started for', () => {
    expect([...new Set(garments.map(({ product }) => product))].sort()).toEqual([...EXTRACTED_PRODUCTS]);
  });

  it('describes 7,106 distinct products: some garments are the same to the method', () => {
    const identities = plannedSimulations({}).map(({ query }) => productIdentity(query));
    expect(new Set(identities).size).toBe(7106);
  });

  it('reaches the upper mass, which adding up steps in floating point would miss', () => {
    expect(massesKg({ massKg: { min: 0.1, max: 0.3, step: 0.1 } })).toEqual([0.1, 0.2, 0.3]);
    expect(massesKg({ massKg: { min: 0.25, max: 0.45, step: 0.1 } })).toEqual([0.25, 0.35, 0.45]);
  });

  it('asks the low-cost scenario without use stage, with more air transport where there is any', () => {
    const queries = plannedSimulations({ product: 'tshirt' });
    const of = (code: string) =>
      queries.find(({ scenario, country }) => scenario === 'low-cost' && country === code)?.query;
    expect(of('BD')).toMatchObject({
      disabledSteps: ['use'],
      makingWaste: null,
      surfaceMass: null,
      airTransportRatio: 0.33,
    });
    expect(of('FR')).toMatchObject({ disabledSteps: ['use'], makingComplexity: null });
    expect(of('FR')).not.toHaveProperty('airTransportRatio');
  });

  it('can be limited to a product type and to a number of simulations', () => {
    expect(plannedSimulations({ product: 'jean' }).every(({ product }) => product === 'jean')).toBe(true);
    expect(plannedSimulations({ limit: 10 })).toEqual(plannedSimulations({}).slice(0, 10));
    expect(plannedSimulations({ product: 'parapluie' })).toEqual([]);
  });

  it(`asks every query of the catalogue of vectors (${existsSync(all) ? 'all' : 'committed sample'})`, () => {
    const planned = new Set(plannedSimulations({}).map(({ query }) => canonicalProduct(query)));
    const lines = gunzipSync(readFileSync(existsSync(all) ? all : sample))
      .toString('utf8')
      .trim()
      .split('\n');
    const missing = lines.filter((line) => !planned.has(canonicalProduct((JSON.parse(line) as { query: Json }).query)));
    expect(lines.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
  });
});
