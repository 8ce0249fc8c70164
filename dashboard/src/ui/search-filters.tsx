import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useDebounced } from '../api/use-query.js';
import { defineMessages, useMessages } from '../i18n/messages.js';
import { isPlainNumber } from '../i18n/numbers.js';
import { fromFirstPage } from '../paging.js';
import { useSearchParams } from '../router.js';
import { type Choice, Input, NumberInput, Select } from './fields.js';
import { Card } from './page.js';

const messages = defineMessages({
  filters: ['Filters', 'Filtres'],
  clear: ['Clear the filters', 'Effacer les filtres'],
  all: ['All', 'Tous'],
});

/** A filter that the address keeps, by its name in the API. */
export interface Filter {
  readonly name: string;
  readonly label: string;
  readonly kind: 'words' | 'number' | 'choice';
  readonly hint?: string;
  readonly choices?: readonly Choice[];
}

/** What the filters of an address let through. */
export const filtersIn = (search: URLSearchParams, filters: readonly Filter[]): Record<string, string> =>
  Object.fromEntries(filters.map(({ name }) => [name, search.get(name) ?? '']));

/** A text whose value goes to the address when the typing pauses. */
function TypedFilter({ name, label, kind, hint }: Filter) {
  const [search, setSearch] = useSearchParams();
  const inAddress = search.get(name) ?? '';
  const [typed, setTyped] = useState(inAddress);
  const settled = useDebounced(typed, 300);
  // The typing reaches the address, and a change of the address (back, clear) the field.
  useEffect(() => {
    const isReadable = kind === 'words' || settled === '' || isPlainNumber(settled);
    if (settled !== inAddress && isReadable) setSearch(fromFirstPage({ [name]: settled }));
  }, [settled]);
  useEffect(() => setTyped(inAddress), [inAddress]);
  const field = { label, value: typed, onChange: setTyped };
  return kind === 'number' ? (
    <NumberInput unit="Pts" {...field} />
  ) : (
    <Input type="search" {...field} {...(hint && { placeholder: hint })} />
  );
}

/** The filters of a list: in the address, so that it can be shared. */
export function SearchFilters({ filters, children }: { filters: readonly Filter[]; children?: ComponentChildren }) {
  const t = useMessages(messages);
  const [search, setSearch] = useSearchParams();
  const given = filtersIn(search, filters);
  const isFiltered = Object.values(given).some((value) => value !== '');
  return (
    <Card
      title={t.filters}
      actions={
        isFiltered && (
          <button
            type="button"
            class="link-button"
            onClick={() => setSearch(fromFirstPage(Object.fromEntries(filters.map(({ name }) => [name, '']))))}
          >
            {t.clear}
          </button>
        )
      }
    >
      <div class="fields filters">
        {filters.map((filter) =>
          filter.kind === 'choice' ? (
            <Select
              key={filter.name}
              label={filter.label}
              value={given[filter.name] as string}
              choices={[{ value: '', label: t.all }, ...(filter.choices ?? [])]}
              onChange={(value) => setSearch(fromFirstPage({ [filter.name]: value }))}
            />
          ) : (
            <TypedFilter key={filter.name} {...filter} />
          ),
        )}
      </div>
      {children}
    </Card>
  );
}
