import type { Sample } from '../families/family.js';
import { garmentFromQuery, type WholeGarment } from '../garment.js';

/** A T-shirt of which everything is told that a garment has, and no option. */
export const plainGarment = (changed: Readonly<Record<string, unknown>> = {}): WholeGarment =>
  garmentFromQuery({
    mass: 0.2,
    materials: [{ id: 'ei-coton', share: 1 }],
    product: 'tshirt',
    countrySpinning: 'FR',
    countryFabric: 'FR',
    countryDyeing: 'FR',
    countryMaking: 'FR',
    fabricProcess: 'weaving',
    ...changed,
  });

/** A garment and its cost; what it is called by when nothing else matters. */
export const sampleOf = (
  cost: number,
  changed: Readonly<Record<string, unknown>> = {},
  more: Partial<Sample> = {},
): Sample => ({
  id: JSON.stringify([cost, changed]),
  garment: plainGarment(changed),
  cost,
  ...more,
});
