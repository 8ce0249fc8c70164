import { isDeepStrictEqual } from 'node:util';
import { detailedSimulationSchema, type ImpactCode, simpleSimulationSchema } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import {
  listCountries,
  listMaterials,
  listProducts,
  listTrims,
  simulateDetailed,
  simulateSimple,
  simulateTotals,
  TextileQueryError,
} from './index.js';
import { areClose, differences } from './testing/differences.js';
import { readListVectors, readVectors, vectorSet } from './testing/vectors.js';

/** What a client receives. */
const sent = (answer: unknown) => JSON.parse(JSON.stringify(answer));

/** The faults of a refused query; an answer, or any other exception, fails the test. */
function refusal(query: unknown): Readonly<Record<string, string>> {
  try {
    simulateDetailed(query);
  } catch (error) {
    if (error instanceof TextileQueryError) return error.errors;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(query)}`);
}

describe(`METHOD §16 vectors, ${vectorSet}`, () => {
  const catalogue = readVectors('catalogue');
  it(`reproduces the catalogue (${catalogue.length} rows)`, () => {
    const wrong = catalogue.filter(({ query, ...expected }) => {
      const { pefWithoutDurability: _, ...totals } = simulateTotals(query);
      return differences(expected, totals).length > 0;
    });
    expect(wrong).toEqual([]);
  });

  const options = readVectors('options').map((vector) => ({ ...vector, answer: sent(simulateDetailed(vector.query)) }));
  it(`reproduces the detailed answers over all options, field by field (${options.length} rows)`, () => {
    const wrong = options.flatMap(({ response, answer }, rank) => differences(response, answer, `row ${rank}`));
    expect(wrong).toEqual([]);
  });

  it(`gives detailed answers that the platform's schema accepts (${options.length} rows)`, () => {
    const changed = options.filter(({ answer }) => !isDeepStrictEqual(detailedSimulationSchema.parse(answer), answer));
    expect(changed).toEqual([]);
  });

  const simple = readVectors('simple');
  it(`reproduces the simple answers (${simple.length} rows)`, () => {
    for (const { query, impact, response } of simple) {
      const answer = sent(simulateSimple(query, impact === null ? {} : { impact: impact as ImpactCode }));
      expect(differences(response.query, answer.query)).toEqual([]);
      expect(Object.keys(answer.query)).toEqual(Object.keys(response.query));
      if (impact === null) expect(differences(response.impacts, answer.impacts, '.impacts')).toEqual([]);
      else {
        expect(Object.keys(answer.impacts)).toEqual([impact]);
        expect(areClose(response.impacts[impact] ?? 0, answer.impacts[impact])).toBe(true);
      }
      expect(simpleSimulationSchema.parse(answer)).toEqual(answer);
    }
  });

  const errors = readVectors('errors');
  const refused = errors.filter(({ status }) => status === 400);
  it(`refuses faulty queries with the same keys (${refused.length} rows)`, () => {
    for (const { query, body } of refused) {
      expect(Object.keys(refusal(query)), JSON.stringify(query)).toEqual(Object.keys(body.error ?? {}).sort());
    }
  });

  const accepted = errors.filter(({ status }) => status === 200);
  it(`accepts the near misses (${accepted.length} rows)`, () => {
    for (const { query, body } of accepted) {
      expect(differences({ ...body.impacts }, { ...simulateSimple(query).impacts }, '.impacts')).toEqual([]);
    }
  });

  it('lists countries, materials, products and trims', () => {
    expect({
      countries: listCountries(),
      materials: listMaterials(),
      products: listProducts(),
      trims: listTrims(),
    }).toEqual(readListVectors());
  });
});
