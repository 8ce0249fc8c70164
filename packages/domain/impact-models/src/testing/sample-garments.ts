import type { Sample } from '../families/family.js';
import { answered } from './drawn-garments.js';

const MIXES = [
  [{ id: 'ei-coton', share: 1 }],
  [{ id: 'ei-pet', share: 1 }],
  [
    { id: 'ei-coton', share: 0.6 },
    { id: 'ei-pet', share: 0.4 },
  ],
];

/** A small catalogue, scored by the real method: three products, three mixes, five countries, five masses, two scenarios. */
export function sampleGarments(): Sample[] {
  const queries = ['tshirt', 'jean', 'pull'].flatMap((product) =>
    MIXES.flatMap((materials) =>
      ['FR', 'CN', 'BD', 'TR', 'IN'].flatMap((country) =>
        [0.15, 0.2, 0.3, 0.45, 0.5].flatMap((mass) =>
          [{}, { disabledSteps: ['use'], airTransportRatio: 0.33 }].map((scenario) => ({
            product,
            materials,
            mass,
            countrySpinning: country,
            countryFabric: country,
            countryDyeing: country,
            countryMaking: country,
            fabricProcess: product === 'jean' ? 'weaving' : 'knitting-mix',
            ...scenario,
          })),
        ),
      ),
    ),
  );
  return queries.map((query) => answered(query));
}
