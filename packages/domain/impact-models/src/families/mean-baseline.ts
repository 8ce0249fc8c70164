import { groupBy } from '@ecobalyse/schema';
import type { Family } from './family.js';

export interface MeanParameters {
  perKg: Record<string, number>;
  overall: number;
}

/** What every other family has to beat: the mean cost per kg of the product type, times the mass. */
export const meanBaseline: Family<MeanParameters> = {
  hyperparameters: {},
  async train(samples, _spec, { onProgress }) {
    const perKg = (members: typeof samples) =>
      members.reduce((sum, { cost, garment }) => sum + cost / garment.massKg, 0) / members.length;
    const byProduct = groupBy(samples, ({ garment }) => garment.known.product);
    onProgress(1, 1);
    return {
      perKg: Object.fromEntries([...byProduct].map(([product, members]) => [product, perKg(members)])),
      overall: perKg(samples),
    };
  },
  load:
    (_spec, { perKg, overall }) =>
    (garments) =>
      garments.map(({ massKg, known }) => massKg * (perKg[known.product] ?? overall)),
};
