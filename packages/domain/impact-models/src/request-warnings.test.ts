import type { PredictionRequest } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { BUNDLE_FORMAT, hyperparametersOf, readBundle, UnreadableModelError } from './model-bundle.js';
import { materialField, requestWarnings } from './request-warnings.js';

const fibres = (...shares: number[]) => shares.map((share, at) => ({ id: `f${at}`, share }));

describe('warnings of a request', () => {
  it.each<[PredictionRequest, string[]]>([
    [{}, []],
    [{ materials: fibres(1) }, []],
    [{ materials: fibres(0.5, 0.4899) }, []],
    [{ materials: fibres(0.5, 0.4898) }, ['materials: the shares add up to 0.9898 instead of 1, taken in proportion']],
    [{ Materials: fibres(0.6, 0.41) }, []],
    [{ Materials: fibres(0.6, 0.4102) }, ['Materials: the shares add up to 1.0102 instead of 1, taken in proportion']],
    [
      { MaterialId_1: 'a', MaterialId_1_share: 0.5 },
      ['MaterialId_1: the shares add up to 0.5 instead of 1, taken in proportion'],
    ],
    [
      { MaterialId_2: 'a', MaterialId_2_share: 1 / 3 },
      ['MaterialId_2: the shares add up to 0.3333 instead of 1, taken in proportion'],
    ],
    [
      { colour: 'red', MASS: 1, empty: null } as PredictionRequest,
      [
        'colour: not a field of this request, left out',
        expect.stringMatching(/^MASS: not a field of this request, left out; [Mm]ass is one$/),
      ],
    ],
  ])('%j', (request, messages) => {
    const warnings = requestWarnings(request);
    expect(warnings.map(({ message }) => message)).toEqual(messages);
    for (const { code, field, message } of warnings) {
      expect(message.startsWith(`${field}: `)).toBe(true);
      expect(code).toBe(message.includes('shares') ? 'incomplete-shares' : 'unknown-field');
    }
  });

  it('are of twenty unknown fields at most', () => {
    const request = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x${at}`, 1])) as PredictionRequest;
    expect(requestWarnings(request).map(({ field }) => field)).toEqual(Array.from({ length: 20 }, (_, at) => `x${at}`));
  });

  it.each<[PredictionRequest, string]>([
    [{ materials: fibres(1), Materials: fibres(1), MaterialId_2: 'a' }, 'materials'],
    [{ materials: [], Materials: fibres(1), MaterialId_2: 'a' }, 'Materials'],
    [{ Materials: [], MaterialId_1: 'b', MaterialId_2: 'a' }, 'MaterialId_2'],
    [{ MaterialId_1: 'a', MaterialId_2: 'b' }, 'MaterialId_1'],
  ])('say where %j tells the material a: %s', (request, field) => expect(materialField(request, 'a')).toBe(field));
});

describe('a bundle', () => {
  const bytes = (bundle: unknown) => Buffer.from(JSON.stringify(bundle));
  it.each([
    [{ format: BUNDLE_FORMAT - 1, family: 'ridge' }, 'model: expected format 6, received 5; train a new one'],
    [null, 'model: expected format 6, received undefined; train a new one'],
    [{ format: BUNDLE_FORMAT, family: 'oracle' }, 'model: unknown family oracle'],
  ])('%j is none', (bundle, message) => {
    expect(() => readBundle(bytes(bundle))).toThrow(new UnreadableModelError(message));
    expect(new UnreadableModelError(message).name).toBe('UnreadableModelError');
  });
  it('is read as it was written', () => {
    const bundle = { format: BUNDLE_FORMAT, family: 'ridge' };
    expect(readBundle(bytes(bundle))).toEqual(bundle);
  });
  it.each([
    ['mean-baseline', {}],
    ['ridge', { penalties: '0.003, 0.03, 0.3' }],
    ['random-forest', { trees: 60, maxDepth: 18, minLeafWeight: 0.6, columnsShare: 0.5 }],
    [
      'boosted-trees',
      { trees: 400, rate: 0.1, maxDepth: 6, minLeafWeight: 1.5, l2: 0.5, rowsShare: 0.8, columnsShare: 0.6 },
    ],
    ['neural-network', { hidden: 64, epochs: 120, batch: 128, firstRate: 0.004, lastRate: 0.0001 }],
    ['stage-ridge', { penalty: 4e-7, nodes: expect.any(Number) }],
  ] as const)('of %s says what was chosen', (family, chosen) => expect(hyperparametersOf(family)).toEqual(chosen));
});
