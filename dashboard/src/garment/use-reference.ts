import type { NamedItem } from '@ecobalyse/schema';
import { type Query, useQuery } from '../api/use-query.js';
import { useFormat } from '../i18n/format.js';
import { useVocabulary } from '../i18n/vocabulary.js';
import type { Choice } from '../ui/fields.js';

/** Lists to choose from, named in the reader's language and sorted by name; empty until they are there. */
export interface Reference {
  readonly products: readonly Choice[];
  readonly materials: readonly Choice[];
  readonly countries: readonly Choice[];
  readonly processes: readonly Choice[];
  readonly trims: readonly Choice[];
  /** Fabric process that the method supposes of a product type. */
  readonly fabricOf: (product: string) => string | undefined;
  /** All lists; its error, `reload` and `retry` are theirs. */
  readonly query: Query<unknown>;
}

export function useReference(): Reference {
  const f = useFormat();
  const v = useVocabulary();
  const products = useQuery('GET /products', {});
  const materials = useQuery('GET /materials', {});
  const countries = useQuery('GET /countries', {});
  const processes = useQuery('GET /processes', {});
  const trims = useQuery('GET /trims', {});
  const all = [products, materials, countries, processes, trims];

  const sorted = (choices: Choice[] = []) => choices.sort((a, b) => a.label.localeCompare(b.label, f.locale));
  const choicesOf = (query: Query<readonly NamedItem[]>, name: (id: string, fallback: string) => string) =>
    sorted(query.data?.map((item) => ({ value: item.id, label: name(item.id, item.name) })));
  return {
    products: choicesOf(products, v.product),
    materials: choicesOf(materials, v.material),
    countries: sorted(countries.data?.map(({ code }) => ({ value: code, label: f.country(code) }))),
    processes: choicesOf(processes, v.process),
    trims: choicesOf(trims, v.trim),
    fabricOf(product) {
      const fabric = products.data?.find(({ id }) => id === product)?.fabric;
      return typeof fabric === 'string' ? fabric : undefined;
    },
    query: {
      data: all.every(({ data }) => data !== undefined) ? true : undefined,
      error: all.find(({ error }) => error)?.error,
      loading: all.some(({ loading }) => loading),
      stale: false,
      retry: () => {
        for (const query of all) if (query.error) query.retry();
      },
    },
  };
}
