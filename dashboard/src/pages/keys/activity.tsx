import type { AuditLine } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { useSearchParams } from '../../router.js';
import { DownloadMenu, TABLE_FORMS } from '../../ui/download-menu.js';
import { Card } from '../../ui/page.js';
import { PagedTable, usePaging } from '../../ui/paged-table.js';
import { type Filter, filtersIn, SearchFilters } from '../../ui/search-filters.js';
import { EmptyState } from '../../ui/states.js';
import { keysMessages } from './keys-messages.js';

const { xlsx, csv, 'csv-fr': frenchCsv } = TABLE_FORMS;

/** What was changed, or was to be, with which key. */
export function Activity() {
  const { t, f } = useTexts(keysMessages);
  const [search] = useSearchParams();
  const { sort: _, ...page } = usePaging('');
  const keys = useQuery('GET /keys', { query: { limit: 1000 } }).data?.items ?? [];
  const filters: readonly Filter[] = [
    { name: 'key', label: t.key, kind: 'choice', choices: keys.map(({ name }) => ({ value: name, label: name })) },
    { name: 'subject', label: t.about, kind: 'words' },
    { name: 'route', label: t.what, kind: 'words', hint: '/product' },
  ];
  const filter = filtersIn(search, filters);
  const query = useQuery('GET /audit', { query: { ...filter, ...page } });
  const whose = ({ key }: AuditLine) => key ?? <span class="soft">{t.noKey}</span>;
  return (
    <>
      <SearchFilters filters={filters} />
      <Card
        title={t.audit}
        hint={t.auditHint}
        actions={
          <DownloadMenu
            label={t.download}
            route="GET /audit/export"
            request={{ query: filter }}
            name="audit"
            forms={{ xlsx, 'csv-fr': frenchCsv, csv }}
          />
        }
      >
        <PagedTable
          caption={t.audit}
          query={query}
          paging={{ sort: '', ...page }}
          isSorted={false}
          columns={[
            {
              header: t.when,
              cell: ({ at }) => f.dateTime(at),
              detail: (line) => (
                <>
                  {whose(line)} · {line.subject}
                </>
              ),
            },
            { header: t.key, minor: true, cell: whose },
            {
              header: t.what,
              cell: ({ method, route }) => (
                <code>
                  {method} {route}
                </code>
              ),
            },
            { header: t.subject, minor: true, cell: ({ subject }) => subject ?? '–' },
            { header: t.address, minor: true, cell: ({ address }) => address },
            { header: t.status, figure: ({ status }) => String(status) },
          ]}
          height={400}
          empty={<EmptyState title={t.noLines} height={160} hint={t.noLinesHint} />}
        />
      </Card>
    </>
  );
}
