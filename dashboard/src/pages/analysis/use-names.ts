import type { Strata } from '@ecobalyse/schema';
import type { EffectFactor, StratumGrouping } from '@ecobalyse/schema/vocabulary';
import { useFormat } from '../../i18n/format.js';
import { useVocabulary } from '../../i18n/vocabulary.js';
import { useLanguage } from '../../preferences.js';

type Words = Strata['notes'][number];

/** Names of the values of a field as all pages call them; the API's own for what they have no name for. */
export function useNames(): (field: StratumGrouping | EffectFactor, id: string | null, name: Words) => string {
  const f = useFormat();
  const v = useVocabulary();
  const language = useLanguage();
  const known: Readonly<Record<string, (id: string, name: string) => string>> = {
    product: v.product,
    material: v.material,
    main_material: v.material,
    process: v.process,
    scenario: v.scenario,
  };
  return (field, id, { [language]: name }) => {
    if (id === null) return name;
    return field.startsWith('country') ? f.country(id) : (known[field]?.(id, name) ?? name);
  };
}

/** What a product is called: by its owner, by its reference, or, where it has none, by its type. */
export function useTitles(): (product: {
  readonly id: string;
  readonly reference: string;
  readonly label: string | null;
  readonly product_id: string;
}) => string {
  const v = useVocabulary();
  return ({ id, reference, label, product_id }) => label ?? (reference === id ? v.product(product_id) : reference);
}
