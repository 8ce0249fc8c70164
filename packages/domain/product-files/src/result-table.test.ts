import { describe, expect, it } from 'vitest';
import { mainCause, percentileOf, type ResultRow, resultTable } from './result-table.js';

describe('the percentile', () => {
  it.each([
    [[10, 20, 30, 40], 5, 0],
    [[10, 20, 30, 40], 10, 12.5],
    [[10, 20, 30, 40], 25, 50],
    [[10, 20, 30, 40], 40, 87.5],
    [[10, 20, 30, 40], 41, 100],
    [[7, 7, 7], 7, 50],
    [[1, 7, 7, 9], 7, 50],
    [[1, 2, 3], 2.5, 66.7],
    [[], 1, null],
  ])('of %j is, by the mid-rank, of %d: %d', (sorted, value, percentile) => {
    expect(percentileOf(sorted, value)).toBe(percentile);
  });
});

describe('the main cause', () => {
  const of = (flat: object, ecs = 200) =>
    (['fr', 'en'] as const).map((language) =>
      mainCause({ line: 1, status: 'added', ecs, flat } as ResultRow, language),
    );

  it.each<[object, string, string]>([
    [
      { cost_material: 130, cost_making: 70, material_count: 1, first_material: 'ei-lin' },
      'Matières premières : Lin (65 %)',
      'Raw materials: Linen (65 %)',
    ],
    [
      { cost_material: 130, cost_making: 70, material_count: 2, first_material: 'ei-lin' },
      'Matières premières (65 %)',
      'Raw materials (65 %)',
    ],
    [
      { cost_material: 50, cost_ennobling: 90, cost_transport: null, material_count: 1, first_material: 'ei-lin' },
      'Ennoblissement (45 %)',
      'Dyeing, finishing (45 %)',
    ],
    [{ cost_transport: 100, cost_use: 99 }, 'Transport (50 %)', 'Transport (50 %)'],
    [{ cost_trims: 100 }, 'Accessoires (50 %)', 'Trims (50 %)'],
    [{ cost_complements: 100 }, 'Compléments hors ACV (50 %)', 'Complements beyond the life cycle (50 %)'],
  ])('of %j', (flat, fr, en) => expect(of(flat)).toEqual([fr, en]));

  it.each([[{}], [{ cost_use: 1 }, 0]])('is none where nothing is known or costs', (...given) => {
    expect(of(...(given as [object, number?]))).toEqual([null, null]);
  });
});

it('a result has the reference and name first, then what it cost, then the product', () => {
  const { headers, cells } = resultTable(['reference', 'name', 'mass', 'price'], 'en');
  expect(headers).toEqual([
    ...['Internal reference', 'Product name', 'Outcome', 'Refused because', 'Environmental cost (Pts)'],
    ...['Cost per 100 g (Pts)', 'Rank within its type (%)', 'Main cause', 'Warnings'],
    ...['Mass (kg)', 'Price (€)', 'Version of the method', 'Line of the file', 'Identity'],
  ]);
  const row: ResultRow = {
    line: 7,
    status: 'existing',
    reference: 'R',
    identity: 'id',
    ecs: 300,
    flat: { mass: 0.2, cost_use: 30, method_version: '7.0.0' },
    percentile: 12.5,
    warnings: ['a', 'b'],
    product: { name: 'N', mass: 0.2, price: 9 },
  };
  expect(cells(row)).toEqual([
    ...['R', 'N', 'was there already', undefined, 300, 150, 12.5, 'Use (10 %)', 'a ; b'],
    ...[0.2, 9, '7.0.0', 7, 'id'],
  ]);
  expect(resultTable([], 'fr').headers[0]).toBe('Référence interne');
});
