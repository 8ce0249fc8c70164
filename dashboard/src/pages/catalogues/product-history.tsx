import type { ProductHistory as History } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { useQuery } from '../../api/use-query.js';
import { garmentMessages } from '../../garment/garment-messages.js';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { catalogueMessages, catalogueProductMessages } from './catalogues-messages.js';
import { OWNER_TEXTS } from './owner-texts.js';

type Entry = History['items'][number];
type Version = NonNullable<Entry['after']>;
const FIRST = 20;
const MOST = 1000;

/** What one change did to a product, in words. */
function useWhatChanged(): (entry: Entry) => string[] {
  const { t, f, v } = useTexts(catalogueProductMessages);
  const words = useMessages(garmentMessages);
  const isOwn = (field: string): field is (typeof OWNER_TEXTS)[number] => OWNER_TEXTS.some((own) => own === field);
  const nameOf = (field: string): string => {
    if (isOwn(field) || field === 'method_version') return t[field];
    const word = words[field as keyof typeof words];
    return typeof word === 'string' ? word : field;
  };
  const show = (field: string, version: Version): string => {
    const value = isOwn(field) || field === 'method_version' ? version[field] : version.query[field];
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return '–';
    if (field === 'mass') return f.mass(Number(value));
    if (field === 'price') return f.money(Number(value));
    if (field === 'product') return v.product(String(value));
    if (field.startsWith('country')) return f.country(String(value));
    if (field === 'materials')
      return f.list(
        version.materials.map(({ id, name, share }) => `${v.material(id ?? '', name)} ${f.known(share, f.percent)}`),
      );
    if (typeof value === 'number') return f.number(value);
    if (typeof value === 'boolean') return value ? '✓' : '–';
    return Array.isArray(value) || typeof value === 'string' ? [value].flat().join(', ') : JSON.stringify(value);
  };
  return ({ before, after, fields }) => {
    if (!after) return [t.disappeared];
    if (!before) return [t.appeared];
    return [
      ...fields.map((field) => t.fromTo(nameOf(field), show(field, before), show(field, after))),
      ...(before.ecs === after.ecs
        ? []
        : [t.fromTo(t.cost, f.known(before.ecs, f.points), f.known(after.ecs, f.points))]),
    ];
  };
}

/** What happened to a product: what changed, by whom, from which file and line. */
export function ProductHistory({ catalogue, product }: { catalogue: string; product: string }) {
  const { t, f } = useTexts(catalogueProductMessages);
  const { more, ...kinds } = useTexts(catalogueMessages).t;
  const [limit, setLimit] = useState(FIRST);
  const query = useQuery('GET /catalogues/{id}/products/{product}/history', {
    path: { id: catalogue, product },
    query: { limit },
  });
  const whatChanged = useWhatChanged();
  return (
    <Card title={t.history} hint={t.historyHint}>
      <Async query={query} height={140}>
        {({ items, total }) => (
          <>
            <DataTable
              caption={t.history}
              columns={[
                {
                  header: kinds.kind,
                  cell: ({ kind, undone_by }) => (
                    <>
                      {kinds[kind]} {undone_by && <span class="tag">{kinds.undone}</span>}
                    </>
                  ),
                  detail: ({ at, by, file, line }) =>
                    [f.dateTime(at), by, file, line !== null && kinds.line(f.integer(line))].filter(Boolean).join(', '),
                },
                {
                  header: t.changed,
                  cell: (entry) => whatChanged(entry).map((text) => <div key={text}>{text}</div>),
                },
                { header: kinds.when, minor: true, whole: true, cell: ({ at }) => f.dateTime(at) },
                { header: kinds.by, minor: true, cell: ({ by }) => by ?? '–' },
                {
                  header: t.source,
                  minor: true,
                  cell: ({ file, line }) =>
                    [file, line !== null && kinds.line(f.integer(line))].filter(Boolean).join(', ') || '–',
                },
              ]}
              rows={items}
              rowKey={({ change }) => change}
            />
            {total > items.length && items.length < MOST && (
              <Button kind="pager" onClick={() => setLimit(Math.min(MOST, limit * 5))}>
                {more(f.integer(total - items.length))}
              </Button>
            )}
          </>
        )}
      </Async>
    </Card>
  );
}
