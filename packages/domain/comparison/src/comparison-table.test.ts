import { COST_PARTS, type ComparisonAnswer } from '@ecobalyse/schema';
import { expect, it } from 'vitest';
import { attribute } from './attribution.js';
import { comparisonTable } from './comparison-table.js';
import { asLabel, FIELDS, valueWords } from './fields.js';
import { garmentOf } from './garment.js';

const one = garmentOf({ product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }] });
const other = garmentOf({ product: 'tshirt', mass: 0.2, materials: [{ id: 'ei-coton', share: 1 }], price: 40 });
const [told, why] = [[one, other], attribute(one, other)];
const answer = {
  base: 0,
  products: told.map(({ costs, parts, query }, rank) => ({
    ...{ name: rank === 0 ? 'Uni' : null, product: null, md5_id: null, product_id: query.product, costs, parts },
  })),
  fields: (['mass', 'price'] as const).map((field) => ({
    id: field,
    label: asLabel(FIELDS[field].words),
    values: told.map((garment) => ({ value: garment.body[field], text: valueWords(garment, field) })),
  })),
  attributions: [
    {
      product: 1,
      difference: why.difference,
      effects: why.effects.map((effect) => ({ ...effect, label: asLabel(effect.words) })),
    },
  ],
} as unknown as ComparisonAnswer;

it('has a row for each product: costs, parts, fields, and what makes the difference', () => {
  const { headers, rows } = comparisonTable(answer, 'en');
  const [[first, second] = []] = rows;
  const at = (header: string) => [first, second].map((row) => row?.[headers.indexOf(header)]);
  expect(headers).toHaveLength(new Set(headers).size);
  expect(first).toHaveLength(headers.length);
  expect(headers).toHaveLength(2 + 3 + COST_PARTS.length + 2 + 3 * (1 + 2));
  expect(at('Compared product')).toEqual(['Uni', '2']);
  expect(at('Environmental cost (Pts)')).toEqual([one.costs.item, other.costs.item]);
  expect(at('Cost per 100 g (Pts)')).toEqual([one.costs.per_100g, other.costs.per_100g]);
  expect(at('Cost per day of wear (Pts)')).toEqual([one.costs.per_day, other.costs.per_day]);
  expect(at('Part of the cost (Pts): Raw materials')).toEqual([one.parts.material, other.parts.material]);
  expect(at('Mass')).toEqual(['0.17 kg', '0.2 kg']);
  expect(at('Difference (Pts)')).toEqual([undefined, why.difference.item]);
  expect(at('Difference per 100 g (Pts): Price')).toEqual([undefined, why.effects[1]?.per_100g]);
  expect(at('Difference per day of wear (Pts): Mass')).toEqual([undefined, why.effects[0]?.per_day]);
});

it('speaks French', () => {
  const { headers, rows } = comparisonTable(answer, 'fr');
  expect(headers.slice(0, 4)).toEqual([
    'Produit comparé',
    'Catégorie',
    'Coût environnemental (Pts)',
    'Coût pour 100 g (Pts)',
  ]);
  expect(headers).toContain('Écart pour 100 g (Pts) : Prix');
  expect(rows[0]?.[1]?.[1]).toBe('T-shirt / Polo');
});
