import { seededRandom } from '@ecobalyse/estimation';
import type { Predict, Sample } from './families/family.js';
import { COUNTRY_FIELDS, NUMBER_FIELDS, OPTION_FIELDS, type WholeGarment } from './garment.js';
import { metricsOf } from './metrics.js';
import { shuffled } from './random.js';

/** How much worse a model gets when a field is shuffled. */
export interface Importance {
  field: string;
  /** Rise of the RMSE, in Pts. */
  rmseIncrease: number;
}

/** Fields that are shuffled together, since they vary together, and how a garment takes them from another. */
const GROUPS: Readonly<Record<string, (garment: WholeGarment, other: WholeGarment) => WholeGarment>> = {
  mass: (garment, { massKg }) => ({ ...garment, massKg }),
  materials: (garment, { materials }) => ({ ...garment, materials }),
  product: (garment, { known }) => ({ ...garment, known: { ...garment.known, product: known.product } }),
  countries: (garment, { known }) => ({
    ...garment,
    known: { ...garment.known, ...Object.fromEntries(COUNTRY_FIELDS.map((field) => [field, known[field]])) },
  }),
  fabricProcess: (garment, { known }) => ({
    ...garment,
    known: { ...garment.known, fabricProcess: known.fabricProcess },
  }),
  ...Object.fromEntries(
    OPTION_FIELDS.map((field) => [
      field,
      (garment: WholeGarment, { options }: WholeGarment) => ({
        ...garment,
        options: { ...garment.options, [field]: options[field] },
      }),
    ]),
  ),
  ...Object.fromEntries(
    NUMBER_FIELDS.map((field) => [
      field,
      (garment: WholeGarment, { numbers }: WholeGarment) => ({
        ...garment,
        numbers: { ...garment.numbers, [field]: numbers[field] },
      }),
    ]),
  ),
};

const MAX_SAMPLES = 1000;

/** Permutation importance (Breiman, 2001) on at most 1,000 samples, the most important field first. */
export function permutationImportance(predict: Predict, samples: readonly Sample[], seed: number): Importance[] {
  const random = seededRandom(seed);
  const used = shuffled(samples, random).slice(0, MAX_SAMPLES);
  const costs = used.map(({ cost }) => cost);
  const rmse = (garments: readonly WholeGarment[]) => metricsOf(costs, predict(garments)).rmse;
  const base = rmse(used.map(({ garment }) => garment));
  return Object.entries(GROUPS)
    .map(([field, take]) => {
      const others = shuffled(used, random);
      const mixed = used.map(({ garment }, at) => take(garment, (others[at] as Sample).garment));
      return { field, rmseIncrease: rmse(mixed) - base };
    })
    .filter(({ rmseIncrease }) => rmseIncrease !== 0)
    .sort((a, b) => b.rmseIncrease - a.rmseIncrease);
}
