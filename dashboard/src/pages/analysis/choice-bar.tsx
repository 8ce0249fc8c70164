import { COST_UNITS, SCENARIOS } from '@ecobalyse/schema/vocabulary';
import { useEffect } from 'preact/hooks';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Select } from '../../ui/fields.js';
import { analysisMessages } from './analysis-messages.js';
import { MOST_CATALOGUES, useChoice } from './choice.js';

/** Which products all analyses are of, and what costs are told for. */
export function ChoiceBar() {
  const { t, f, v } = useTexts(analysisMessages);
  const { choice, choose, restore } = useChoice();
  const known = useQuery('GET /catalogues', { query: { limit: 1000 } }).data?.items;
  const catalogues = known ?? [];
  const types = useQuery('GET /products', {}).data ?? [];
  useEffect(() => void restore(), []);
  const { catalogue: chosen, per, scenario, product } = choice;
  const nameOf = (id: string) => catalogues.find((catalogue) => catalogue.id === id)?.name ?? (known ? id : '…');
  const others = catalogues.filter(({ id }) => !chosen.includes(id));
  const named = types
    .map(({ id, name }) => ({ value: id, label: v.product(id, name) }))
    .sort((a, b) => a.label.localeCompare(b.label, f.locale));
  return (
    <section class="card" aria-label={t.choice}>
      <ul class="chips" aria-label={t.catalogues}>
        {chosen.map((id) => (
          <li key={id} class="chip">
            {nameOf(id)}
            {chosen.length > 1 && (
              <button
                type="button"
                class="link-button"
                aria-label={t.remove(nameOf(id))}
                onClick={() => choose({ catalogue: chosen.filter((other) => other !== id) })}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="fields choice-fields">
        <Select
          label={t.catalogue}
          value=""
          hint={t.catalogueHint}
          choices={[
            { value: '', label: t.chooseCatalogue },
            ...others.map(({ id, name }) => ({ value: `=${id}`, label: name })),
            ...(chosen.length < MOST_CATALOGUES
              ? others.map(({ id, name }) => ({ value: `+${id}`, label: t.beside(name) }))
              : []),
          ]}
          onChange={(value) =>
            choose({ catalogue: value.startsWith('+') ? [...chosen, value.slice(1)] : [value.slice(1)] })
          }
        />
        <Select
          label={t.per}
          value={per}
          choices={COST_UNITS.map((value) => ({ value, label: t[`per_${value}`] }))}
          onChange={(value) => choose({ per: value as typeof per })}
        />
        <Select
          label={t.scenario}
          value={scenario}
          hint={t[`hint_${scenario}`]}
          choices={SCENARIOS.map((value) => ({ value, label: v.scenario(value) }))}
          onChange={(value) => choose({ scenario: value as typeof scenario })}
        />
        <Select
          label={t.type}
          value={product}
          choices={[{ value: '', label: t.allTypes }, ...named]}
          onChange={(value) => choose({ product: value })}
        />
      </div>
    </section>
  );
}
