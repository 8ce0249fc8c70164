import type { Distribution, EstimateAnswer, Prediction, Simulation } from '@ecobalyse/schema';
import { type Query, useDebounced, useQuery } from '../api/use-query.js';
import { type Garment, type GarmentQuery, isOpen, toQuery } from './garment.js';

/** A pause in typing after which the garment is scored. */
const PAUSE_MS = 250;

/** A form's query once the typing pauses, and its exact score; none while something is unknown. */
export function useSimulation(garment: Garment): { query: GarmentQuery; simulation: Query<Simulation> } {
  const query = useDebounced(toQuery(garment), PAUSE_MS);
  return { query, simulation: useQuery('POST /simulate', isOpen(query) ? null : { body: query }) };
}

/** What is known of the cost of a garment of which something is unknown. */
export const useEstimate = (query: GarmentQuery): Query<EstimateAnswer> =>
  useQuery('POST /estimate', isOpen(query) ? { body: query } : null);

/** What the production model predicts for a query; asked only for queries that are valid. */
export const usePrediction = (query: GarmentQuery | null): Query<Prediction> =>
  useQuery('POST /predict', query && { body: query });

/** Median of each part of the cost of a product type; none for a type that the statistics do not have. */
export function useTypeMedians(product: string | null): Readonly<Record<string, number>> {
  // All types at once: the overview asks the same, and a type without products would be a failed request.
  const { data = [] } = useQuery('GET /stats/stages', {});
  return Object.fromEntries(
    data.filter(({ product_id }) => product_id === product).map(({ stage, median }) => [stage, median]),
  );
}

/**
 * How the cost of a product type is spread in the reference grid, finely enough to find a place in it.
 *
 * @param version - of the method by which the cost is that gets its place: among others it has none.
 */
export const useTypeDistribution = (product: string | null, version: string | null): Query<Distribution> =>
  useQuery(
    'GET /impacts/distribution',
    product
      ? { query: { product, catalogue: 'reference-grid', bins: 200, method_version: version ?? undefined } }
      : null,
  );
