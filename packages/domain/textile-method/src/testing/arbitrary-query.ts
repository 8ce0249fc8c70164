import {
  BUSINESSES,
  DYEING_PROCESS_TYPES,
  FABRIC_PROCESSES,
  MAKING_COMPLEXITIES,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
} from '@ecobalyse/schema';
import fc from 'fast-check';
import { processFigures } from '../figures/figures.js';
import { listCountries, listMaterials, listProducts, listTrims } from '../index.js';

/** Same queries on every run; a failure prints the query that shrank. */
export const SEEDED = { seed: 20_240_701, numRuns: 150 } as const;

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);

/** A number with few decimals, as people write them. */
const decimal = (min: number, max: number, step: number) =>
  fc
    .integer({ min: Math.ceil(min / step), max: Math.floor(max / step) })
    .map((steps) => Number((steps * step).toFixed(6)));

const ratio = (max = 1) => decimal(0, max, 0.0001);
const country = () => oneOf(listCountries().map(({ code }) => code));
const kgProcess = oneOf(Object.keys(processFigures).filter((id) => processFigures[id]?.unit === 'kg'));

const someOf = <Model extends object, Required extends keyof Model>(
  model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> },
  requiredKeys: Required[],
) => fc.record(model, { requiredKeys });

const material = someOf(
  {
    id: oneOf(listMaterials().map(({ id }) => id)),
    share: ratio(),
    country: country(),
    spinning: oneOf(SPINNING_TECHNIQUES),
  },
  ['id', 'share'],
);

const trim = someOf(
  {
    id: oneOf(listTrims().map(({ id }) => id)),
    quantity: fc.integer({ min: 1, max: 12 }),
    custom: someOf(
      {
        name: fc.constantFrom('Zip', ' ', 'étiquette'),
        elements: fc.array(
          someOf(
            {
              amount: decimal(0, 0.02, 0.0001),
              material: kgProcess,
              transforms: fc.array(kgProcess, { maxLength: 2 }),
            },
            ['amount', 'material'],
          ),
          { maxLength: 2 },
        ),
      },
      ['elements'],
    ),
  },
  ['id', 'quantity'],
);

const fields = {
  mass: decimal(0.01, 3, 0.001),
  materials: fc.array(material, { minLength: 1, maxLength: 4 }),
  product: oneOf(listProducts().map(({ id }) => id)),
  airTransportRatio: ratio(),
  business: oneOf(BUSINESSES),
  countrySpinning: country(),
  countryFabric: country(),
  countryDyeing: country(),
  countryMaking: country(),
  disabledSteps: fc.array(oneOf(STAGE_CODES), { maxLength: 4 }),
  dyeingProcessType: oneOf(DYEING_PROCESS_TYPES),
  fabricProcess: oneOf(FABRIC_PROCESSES),
  fading: fc.boolean(),
  makingComplexity: oneOf(MAKING_COMPLEXITIES),
  makingDeadStock: ratio(0.3),
  makingWaste: ratio(0.4),
  numberOfReferences: fc.integer({ min: 1, max: 999_999 }),
  physicalDurability: decimal(0.67, 1.45, 0.01),
  price: decimal(1, 1000, 0.01),
  printing: someOf({ kind: oneOf(PRINTING_KINDS), ratio: ratio(0.8) }, ['kind']),
  surfaceMass: fc.integer({ min: 80, max: 500 }),
  trims: fc.array(trim, { maxLength: 3 }),
  upcycled: fc.boolean(),
  yarnSize: fc.oneof(
    decimal(9, 200, 0.1),
    fc.integer({ min: 9, max: 200 }).map((nm) => `${nm}Nm`),
    fc.integer({ min: 50, max: 1111 }).map((dtex) => `${dtex}Dtex`),
  ),
};

export const QUERY_FIELDS = Object.keys(fields) as (keyof typeof fields)[];

/** A query that the method accepts, over all its options; optional fields come and go. */
export const arbitraryQuery = fc.record(fields, { requiredKeys: ['mass', 'materials', 'product'] });

export type ArbitraryQuery = typeof arbitraryQuery extends fc.Arbitrary<infer Query> ? Query : never;
