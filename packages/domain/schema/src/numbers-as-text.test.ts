import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { predictionRequestSchema } from './api/predictions.js';
import { numberFromText, readingNumbersFromText } from './numbers-as-text.js';
import { productRequestSchema } from './product-request.js';
import { textileQuerySchema } from './textile-query.js';

const PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

describe('a number as text', () => {
  it.each([
    ['0.17', 0.17],
    [' 1e-1\n', 0.1],
    ['+.5', 0.5],
    ['-2.', -2],
    ['007', 7],
  ])('%j is read', (text, number) => {
    expect(numberFromText(text)).toBe(number);
  });

  it.each(['', ' ', 'abc', '0x10', '1,5', '1 000', 'NaN', 'Infinity', '1e', '--1', '1.2.3', `${'1'.repeat(200_000)}x`])(
    '%.20j is none',
    (text) => {
      expect(numberFromText(text)).toBe(text);
    },
  );
});

it('is read at every level of a product, as if it were written as a number', () => {
  const { price, trims, printing, ...read } = productRequestSchema.parse({
    ...PRODUCT,
    mass: '0.170',
    materials: [{ id: 'ei-coton', share: '1', country: 'FR' }],
    price: '20',
    trims: [{ id: '86b877ff-0d59-482f-bb34-3ff306b07496', quantity: '2' }],
    printing: { kind: 'pigment', ratio: '0.2' },
  });
  expect(read).toEqual(PRODUCT);
  expect([price, trims?.[0]?.quantity, printing?.ratio]).toEqual([20, 2, 0.2]);
});

it('has to keep the bounds and kinds of its field', () => {
  const faultOf = (changed: object) =>
    productRequestSchema.safeParse({ ...PRODUCT, ...changed }).error?.issues.map(({ path }) => path.join('.'));
  expect(faultOf({ materials: [{ id: 'a', share: '2' }] })).toEqual(['materials.0.share']);
  expect(faultOf({ surfaceMass: '1.5' })).toEqual(['surfaceMass']);
  expect(faultOf({ mass: '1e999' })).toEqual(['mass']);
  for (const mass of [true, '', null, ['1'], { valueOf: 1 }]) expect(faultOf({ mass })).toEqual(['mass']);
  expect(predictionRequestSchema.safeParse({ Mass: '-1' }).success).toBe(false);
  expect(predictionRequestSchema.parse({ ProductId: '7', Mass: '0.2' })).toEqual({ ProductId: '7', Mass: 0.2 });
});

it('is no number to the method, which reads as the official engine does', () => {
  expect(textileQuerySchema.safeParse({ ...PRODUCT, mass: '0.17' }).success).toBe(false);
});

it('leaves the rest of a schema as it was', () => {
  const schema = z.object({ a: z.number().optional().meta({ description: 'A' }), b: z.string().nullish() });
  expect(z.toJSONSchema(readingNumbersFromText(schema), { io: 'input' })).toEqual(
    z.toJSONSchema(schema, { io: 'input' }),
  );
});
