import type { CatalogueChangeView } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Link } from '../../router.js';
import { Card } from '../../ui/page.js';
import { PagedTable, usePaging } from '../../ui/paged-table.js';
import { EmptyState } from '../../ui/states.js';
import { catalogueMessages } from './catalogues-messages.js';
import { UndoButton } from './undo-button.js';

/** What changed a catalogue, each to be taken back as one. */
export function Changes({ catalogue }: { catalogue: string }) {
  const { t, f } = useTexts(catalogueMessages);
  const { limit, offset, sort } = usePaging('');
  const query = useQuery('GET /catalogues/{id}/changes', { path: { id: catalogue }, query: { limit, offset } });
  // What an undoing did stays in sight in the row that it was asked in.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const nameOf = ({ kind, file }: CatalogueChangeView) => (file ? `${t[kind]} ${file}` : t[kind]);
  return (
    <Card title={t.changes} hint={t.changesHint}>
      <PagedTable
        caption={t.changes}
        query={query}
        paging={{ limit, offset, sort }}
        isSorted={false}
        height={300}
        rowKey={({ id }) => id}
        empty={<EmptyState title={t.noChanges} height={160} />}
        columns={[
          {
            header: t.kind,
            cell: (change) => (
              <>
                {change.undone_by === null ? (
                  <Link to={`/catalogues/${catalogue}?change=${change.id}`}>{nameOf(change)}</Link>
                ) : (
                  nameOf(change)
                )}{' '}
                {change.undone_by !== null && <span class="tag">{t.undone}</span>}
              </>
            ),
            detail: ({ at, by }) => [f.relative(at), by].filter(Boolean).join(', '),
          },
          { header: t.products, figure: ({ products }) => f.integer(products) },
          { header: t.when, minor: true, whole: true, cell: ({ at }) => f.dateTime(at) },
          { header: t.by, minor: true, cell: ({ by }) => by ?? '–' },
          {
            header: t.undo,
            head: <span class="visually-hidden">{t.undo}</span>,
            cell: (change) =>
              (change.undone_by === null || touched.has(change.id)) && (
                <UndoButton
                  catalogue={catalogue}
                  change={change.id}
                  what={nameOf(change)}
                  kind="small"
                  onUndone={() => setTouched(new Set([...touched, change.id]))}
                />
              ),
          },
        ]}
      />
    </Card>
  );
}
