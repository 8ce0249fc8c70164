import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, ImpactDocument, Json } from '@ecobalyse/schema';
import { listProducts, simulateDetailed } from '@ecobalyse/textile-method';

/** The document of a simulated garment of the grid. */
export function documentOf(
  query: Record<string, Json>,
  scenario: 'regular' | 'low-cost' | null = 'regular',
): ImpactDocument {
  return toImpactDocument({
    query,
    answer: simulateDetailed(query) as unknown as DetailedSimulation,
    source: 'extraction',
    scenario,
    methodVersion: '7.0.0',
    runId: 'run',
  });
}

/** Simulated garments: every product type, three countries and two compositions, in growing masses, the last far off. */
export function garments(): ImpactDocument[] {
  const countries = ['CN', 'BD', 'FR'];
  const compositions = [
    [{ id: 'ei-coton', share: 1 }],
    [
      { id: 'ei-pet', share: 0.6 },
      { id: 'ei-laine-par-defaut', share: 0.4 },
    ],
  ];
  /** The main material is not always written first. */
  const written = (materials: (typeof compositions)[number], place: number) =>
    place === 1 ? materials.toReversed() : materials;
  return listProducts().flatMap(({ id: product }) =>
    countries.flatMap((country, place) =>
      compositions.flatMap((materials, kind) =>
        [0.1, 0.15, 0.2, 0.25, 3].map((mass) =>
          documentOf({
            mass: mass + place / 100,
            materials: written(materials, place),
            product,
            countrySpinning: country,
            countryFabric: country,
            countryDyeing: country,
            countryMaking: kind === 0 ? country : 'TN',
            ...(kind === 1 && { fabricProcess: 'weaving' }),
          }),
        ),
      ),
    ),
  );
}
