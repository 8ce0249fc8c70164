import type { CostUnit, Sensitivity } from '@ecobalyse/schema';
import { totalsOfQuery } from '@ecobalyse/textile-method';
import { type GarmentDistribution, inputsOf } from './distribution.js';
import { costPer } from './garments.js';
import { askModel, sobolIndices } from './sobol.js';

export interface SensitivityOptions {
  /** Null: of all types, which are an input then. */
  readonly product: string | null;
  readonly per: CostUnit;
  /** Base samples. */
  readonly n: number;
  readonly seed: number;
}

/**
 * Variance-based sensitivity of the exact method over a distribution of garments: what part of the variance of the cost each
 * input explains alone (first order), with all its interactions (total order), and in pairs (second order).
 *
 * @throws Error for a type that the distribution has not, and for garments that the method refuses.
 */
export function sensitivity(
  distribution: GarmentDistribution,
  { product, per, n, seed }: SensitivityOptions,
): Omit<Sensitivity, 'notes'> {
  const { inputs, garmentAt } = inputsOf(distribution, product);
  const answers = askModel(
    (place) => {
      const query = garmentAt(place);
      const { ecs, daysOfWear } = totalsOfQuery(query);
      return costPer(per, ecs, query.mass, daysOfWear);
    },
    inputs.length,
    n,
    seed,
  );
  // Other numbers than those of the sample.
  const { mean, deviation, first, total, second } = sobolIndices(answers, seed + 1);
  const { name, version } = distribution;
  return {
    product_id: product,
    per,
    distribution: {
      name,
      version,
      about: {
        en: `Garments of the distribution “${name}”, version ${version}: every input by its own law, independently of the others`,
        fr: `Vêtements de la distribution « ${name} », version ${version} : chaque entrée suit sa loi, indépendamment des autres`,
      },
    },
    n,
    seed,
    evaluations: n * (2 * inputs.length + 2),
    mean,
    deviation,
    inputs: inputs
      .map(({ input, name: words }, rank) => ({
        input,
        name: words,
        first: first[rank]?.value ?? 0,
        first_error: first[rank]?.error ?? 0,
        total: total[rank]?.value ?? 0,
        total_error: total[rank]?.error ?? 0,
      }))
      .sort((a, b) => b.total - a.total),
    pairs: [...second]
      .map(([ranks, { value, error }]) => ({
        inputs: ranks.split(' ').map((rank) => inputs[Number(rank)]?.input ?? ''),
        second: value,
        second_error: error,
      }))
      .sort((a, b) => b.second - a.second),
    interactions: 1 - first.reduce((sum, { value }) => sum + value, 0),
  };
}
