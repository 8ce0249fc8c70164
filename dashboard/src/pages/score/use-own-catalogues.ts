import type { CatalogueView } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';

/** The catalogues that products can be put into by name, in the order of their names. */
export const useOwnCatalogues = (): readonly CatalogueView[] =>
  useQuery('GET /catalogues', { query: { limit: 1000 } }).data?.items.filter(({ built_in }) => !built_in) ?? [];
