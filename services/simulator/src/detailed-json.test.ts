import { withZeros } from '@ecobalyse/schema';
import { type DetailedAnswer, simulateDetailed } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { detailedJson, detailedJsonWithoutZeros } from './detailed-json.js';
import { vectorSample } from './testing/vector-sample.js';

const ASCII = /^[\x20-\x7e]*$/;

describe('the JSON of a detailed answer', () => {
  it('is that of JSON.stringify, field by field and in the same order, in plain ASCII', () => {
    for (const { query } of vectorSample('options')) {
      const answer = simulateDetailed(query);
      const json = detailedJson(answer);
      expect(json).toMatch(ASCII);
      expect(JSON.stringify(JSON.parse(json))).toBe(JSON.stringify(answer));
    }
  });

  it('has the same indicators when those of 0 were left out and put back', () => {
    for (const { query } of vectorSample('options')) {
      const answer = simulateDetailed(query);
      const json = detailedJsonWithoutZeros(answer);
      expect(json).not.toContain('"acd"');
      expect(JSON.stringify(withZeros(JSON.parse(json)))).toBe(JSON.stringify(answer));
    }
    const changed = {
      ...simulateDetailed(vectorSample('options')[0]?.query),
      trimsImpacts: { acd: 1, ecs: 0, pef: 2 },
    };
    expect(JSON.parse(detailedJsonWithoutZeros(changed as never)).trimsImpacts).toEqual({ acd: 1, ecs: 0, pef: 2 });
  });

  it('escapes what the caller wrote', () => {
    const trim = { id: '86b877ff-0d59-482f-bb34-3ff306b07496', quantity: 1 };
    const name = 'é"\\\u2028😀\u0007';
    const answer = simulateDetailed(
      {
        mass: 0.17,
        materials: [{ id: 'ei-coton', share: 1, country: 'TR' }],
        product: 'tshirt',
        trims: [{ ...trim, custom: { name, elements: [] } }],
      },
      { webBaseUrl: 'https://example.test/é"/' },
    );
    const json = detailedJson(answer);
    expect(json).toMatch(ASCII);
    expect(JSON.stringify(JSON.parse(json))).toBe(JSON.stringify(answer));
    expect(JSON.parse(json).inputs.trims[0].custom.name).toBe(name.trim());
  });

  it('is right about numbers that JSON cannot say, and about indicators that have a figure one day', () => {
    const answer = simulateDetailed({ mass: 1, materials: [{ id: 'ei-coton', share: 1 }], product: 'jean' });
    const changed: DetailedAnswer = {
      ...answer,
      durability: Number.NaN,
      daysOfWear: -0,
      useNbCycles: Number.POSITIVE_INFINITY,
      impacts: { ...answer.impacts, cch: 1.5 },
    };
    expect(JSON.stringify(JSON.parse(detailedJson(changed)))).toBe(JSON.stringify(changed));
  });

  it('does not remember a part that can still change', () => {
    const answer = structuredClone(
      simulateDetailed({ mass: 1, materials: [{ id: 'ei-coton', share: 1 }], product: 'jean' }),
    );
    detailedJson(answer);
    Object.assign(answer.inputs.product, { name: 'changed' });
    expect(JSON.parse(detailedJson(answer)).inputs.product.name).toBe('changed');
  });
});
