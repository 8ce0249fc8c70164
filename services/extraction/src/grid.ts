import { productIdentity } from '@ecobalyse/product-documents';
import type { ExtractionScope, Json, NamedDocument, ProductDetails, Scenario } from '@ecobalyse/schema';
import grid from './data/grid.json' with { type: 'json' };

/** One simulation of the grid: the query that is sent upstream, and what it stands for. */
export interface PlannedSimulation {
  product: string;
  country: string;
  scenario: Scenario;
  query: Record<string, Json>;
}

/** Garments of the grid. */
export const garments: readonly ProductDetails[] = grid.garments;

/** Fabric processes of the method; upstream has no route that lists them. */
export const fabricProcesses: readonly NamedDocument[] = grid.fabricProcesses;

const airTransportRatios: Readonly<Record<string, number>> = grid.lowCostAirTransportRatio;

/** Countries of the grid; each is simulated as the country of spinning, fabric, dyeing and making at once. */
export const countries: readonly string[] = Object.keys(airTransportRatios);

/**
 * Masses of a garment in kg, both bounds included, to the centigram of the method's grid (two decimals). Steps are
 * counted with integers: adding them up in floating point misses the upper bound of some garments.
 */
export function massesKg({ massKg: { min, max, step } }: Pick<ProductDetails, 'massKg'>): number[] {
  const steps = Math.round((max - min) / step);
  return Array.from({ length: steps + 1 }, (_, index) => Math.round((min + index * step) * 100) / 100);
}

/** What the low-cost scenario adds to a query: no use stage, defaults asked for by null, more air transport. */
function lowCostFields(country: string): Record<string, Json> {
  const airTransportRatio = airTransportRatios[country] ?? 0;
  return {
    makingWaste: null,
    makingDeadStock: null,
    makingComplexity: null,
    yarnSize: null,
    surfaceMass: null,
    disabledSteps: ['use'],
    ...(airTransportRatio > 0 && { airTransportRatio }),
  };
}

const identities = new WeakMap<PlannedSimulation, string>();

/** The identity of a planned simulation, worked out once. */
export function identityOf(planned: PlannedSimulation): string {
  const identity = identities.get(planned) ?? productIdentity(planned.query);
  identities.set(planned, identity);
  return identity;
}

const grids = new Map<string | undefined, readonly PlannedSimulation[]>();

/** Every simulation of the scope, always in the same order: by garment, mass, country and scenario. */
export function plannedSimulations({ product, limit }: ExtractionScope): readonly PlannedSimulation[] {
  // Each batch takes its slice of the grid, so it is laid out once for all of them.
  const grid = grids.get(product) ?? layOut(product);
  grids.set(product, grid);
  return grid.slice(0, limit);
}

function layOut(onlyProduct: string | undefined): PlannedSimulation[] {
  return garments
    .filter(({ product }) => onlyProduct === undefined || product === onlyProduct)
    .flatMap((garment) =>
      massesKg(garment).flatMap((mass) =>
        countries.flatMap((country): PlannedSimulation[] => {
          const query = {
            mass,
            materials: garment.materials.map(({ id, share }) => ({ id, share })),
            product: garment.product,
            countrySpinning: country,
            countryFabric: country,
            countryDyeing: country,
            countryMaking: country,
            fabricProcess: garment.fabricProcess,
          };
          const { product } = garment;
          return [
            { product, country, scenario: 'regular', query },
            { product, country, scenario: 'low-cost', query: { ...query, ...lowCostFields(country) } },
          ];
        }),
      ),
    );
}
