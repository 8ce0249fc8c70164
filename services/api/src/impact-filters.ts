import { searchWords } from '@ecobalyse/product-files';
import { type CatalogueProductsQuery, type ImpactFilterQuery, NO_SCENARIO } from '@ecobalyse/schema';
import type { CatalogueFilter, ImpactFilter } from '@ecobalyse/store';

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
    catalogue: query.catalogue,
    state: query.state,
    warning: query.warning,
    methodVersion: query.method_version,
    words: query.q === undefined ? undefined : searchWords(query.q),
  };
}

/** The filter that a request about a catalogue asks for. */
export function toCatalogueFilter(query: Omit<CatalogueProductsQuery, 'sort' | 'limit' | 'offset'>): CatalogueFilter {
  const { reference, brand, tag, collection, season, gtin, change } = query;
  return { ...toImpactFilter(query), reference, brand, tag, collection, season, gtin, change };
}
