import { useReference } from '../../garment/use-reference.js';
import { useMessages } from '../../i18n/messages.js';
import type { Filter } from '../../ui/search-filters.js';
import { productsMessages } from './products-messages.js';

/** The filters that every list of products has, and the lists that they choose from. */
export function useProductFilters(): {
  readonly filters: readonly Filter[];
  readonly query: ReturnType<typeof useReference>['query'];
} {
  const t = useMessages(productsMessages);
  const { products, materials, countries, processes, query } = useReference();
  return {
    query,
    filters: [
      { name: 'q', label: t.search, kind: 'words', hint: t.searchHint },
      { name: 'product', label: t.type, kind: 'choice', choices: products },
      { name: 'material', label: t.material, kind: 'choice', choices: materials },
      { name: 'country', label: t.country, kind: 'choice', choices: countries },
      { name: 'process', label: t.process, kind: 'choice', choices: processes },
      { name: 'min_ecs', label: t.minimum, kind: 'number' },
      { name: 'max_ecs', label: t.maximum, kind: 'number' },
    ],
  };
}
