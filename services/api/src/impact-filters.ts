import { type ImpactFilterQuery, NO_SCENARIO } from '@ecobalyse/schema';
import type { ImpactFilter } from '@ecobalyse/store';

/** The filter that a request asks for. */
export function toImpactFilter(query: ImpactFilterQuery): ImpactFilter {
  return {
    products: query.product,
    materials: query.material,
    countrySpinning: query.country_spinning,
    countryFabric: query.country_fabric,
    countryDyeing: query.country_dyeing,
    countryMaking: query.country_making,
    country: query.country,
    process: query.process,
    scenario: query.scenario === NO_SCENARIO ? null : query.scenario,
    minEcs: query.min_ecs,
    maxEcs: query.max_ecs,
    minMass: query.min_mass,
    maxMass: query.max_mass,
    text: query.q,
  };
}
