import type { ApiError } from '@ecobalyse/api-client';
import type { JobProducts, ProductJobView } from '@ecobalyse/schema';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { follow } from '../../api/follow.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, useAction, useQuery } from '../../api/use-query.js';
import { comparisonMessages } from '../../comparison/comparison-messages.js';
import { SelectionBar } from '../../comparison/selection-bar.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import type { Column } from '../../ui/data-table.js';
import { DownloadMenu, TABLE_FORMS } from '../../ui/download-menu.js';
import { Card, Figure } from '../../ui/page.js';
import { PagedTable, PageSize, usePaging } from '../../ui/paged-table.js';
import { selectionColumn } from '../../ui/selection-column.js';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.js';
import { warningsColumn } from '../../ui/warnings.js';
import { undoMessages } from '../catalogues/catalogues-messages.js';
import { UndoButton } from '../catalogues/undo-button.js';
import { fileMessages } from './file-messages.js';

export const TAGS: Readonly<Record<ProductJobView['status'], string>> = {
  queued: 'tag warn',
  running: 'tag warn',
  done: 'tag good',
  failed: 'tag bad',
  cancelled: 'tag',
};
/** Changes of a catalogue among which that of an upload is looked for. */
const LAST_CHANGES = 50;
const REFUSED_FORMS = { xlsx: TABLE_FORMS.xlsx, 'csv-fr': TABLE_FORMS['csv-fr'], csv: TABLE_FORMS.csv };

const isOpen = ({ status }: ProductJobView) => status === 'queued' || status === 'running';

/** A job as it goes on, by its stream of events; asked for again when the stream breaks off. */
function useJob(id: string): { job: ProductJobView | undefined; error: ApiError | undefined } {
  const [job, setJob] = useState<ProductJobView>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    const controller = new AbortController();
    void follow('GET /jobs/{id}/events', { path: { id } }, controller.signal, {
      tell(told) {
        setError(undefined);
        setJob(told);
        if (!isOpen(told)) forgetProductAnswers();
        return !isOpen(told);
      },
      fail: setError,
    });
    return () => controller.abort();
  }, [id]);
  return { job, error };
}

type Row = JobProducts['items'][number];

/** A scored product, as comparisons and links name it. */
const itemOf = (catalogue: string | null, { product, md5_id }: Row) =>
  catalogue ? `${catalogue}/${product}` : `${md5_id}`;

function useColumns(
  catalogue: string | null,
  rows: readonly Row[],
  selected: ReadonlySet<string>,
  select: (items: ReadonlySet<string>) => void,
): Record<'scored' | 'refused', Column<Row>[]> {
  const { t, f, v } = useTexts(fileMessages);
  const ofSelection = useTexts(comparisonMessages).t;
  const line: Column<Row> = { sort: 'line', header: t.line, minor: true, figure: (row) => f.integer(row.line) };
  const referenceOf = ({ reference, md5_id }: Row) => reference ?? md5_id ?? '–';
  return {
    scored: [
      selectionColumn({
        items: rows,
        idOf: (row) => itemOf(catalogue, row),
        selected,
        select,
        all: ofSelection.selectAll,
        one: (row) => ofSelection.select(referenceOf(row)),
      }),
      {
        sort: 'reference',
        header: t.reference,
        cell: (row) => (
          <Link to={catalogue ? `/catalogues/${catalogue}/products/${row.product}` : `/products/${row.md5_id}`}>
            {referenceOf(row)}
          </Link>
        ),
        detail: ({ name, main_cause }) => [name, main_cause].filter(Boolean).join(' · '),
      },
      { header: t.productName, minor: true, cell: ({ name }) => name ?? '–' },
      { header: t.type, minor: true, cell: ({ product_id }) => v.product(product_id) },
      { sort: 'ecs', header: t.cost, figure: ({ ecs }) => f.known(ecs, f.points) },
      { header: t.per100g, minor: true, figure: ({ ecs_per_100g }) => f.known(ecs_per_100g, f.points) },
      {
        header: t.rank,
        minor: true,
        figure: ({ percentile }) => f.known(percentile, (rank) => f.percent(rank / 100)),
      },
      { header: t.cause, minor: true, cell: ({ main_cause }) => main_cause ?? '–' },
      ...warningsColumn(t.warnings, rows),
      line,
    ],
    refused: [
      { ...line, minor: false },
      {
        sort: 'reference',
        header: t.reference,
        whole: true,
        cell: ({ reference, name }) => reference ?? name ?? '–',
      },
      { header: t.reason, cell: ({ detail }) => detail ?? '–' },
    ],
  };
}

function Results({ job }: { job: ProductJobView }) {
  const { t, f } = useTexts(fileMessages);
  const language = useLanguage();
  const [search] = useSearchParams();
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const { id } = job;
  const refused = job.refused + job.failed;
  const scored = job.added + job.changed + job.existing;
  const outcome = (search.get('outcome') ?? (scored === 0 ? 'refused' : 'scored')) === 'refused' ? 'refused' : 'scored';
  const paging = usePaging('line');
  const query = useQuery('GET /jobs/{id}/products', { path: { id }, query: { outcome, ...paging } });
  const columns = useColumns(job.catalogue, query.data?.items ?? [], selected, select);
  const tab = (which: 'scored' | 'refused', text: string) => (
    <Link
      to={`/score?mode=file&job=${id}&outcome=${which}`}
      class="tab"
      {...(which === outcome && { 'aria-current': 'page' as const })}
    >
      {text}
    </Link>
  );
  return (
    <Card
      title={t.results}
      hint={outcome === 'scored' ? t.rankHint : t.toCorrectHint}
      actions={
        <>
          {outcome === 'refused' && refused > 0 ? (
            <DownloadMenu
              label={t.toCorrect}
              route="GET /jobs/{id}/refused"
              request={{ path: { id }, query: { language } }}
              name={`${job.file.name ?? id}.refused`}
              forms={REFUSED_FORMS}
            />
          ) : (
            <DownloadMenu
              label={t.download}
              route="GET /jobs/{id}/result"
              request={{ path: { id }, query: { language } }}
              name={`${job.file.name ?? id}.result`}
              forms={TABLE_FORMS}
            />
          )}
          <PageSize />
        </>
      }
    >
      <nav class="tabs" aria-label={t.outcome}>
        {tab('scored', t.scoredRows(f.integer(scored)))}
        {tab('refused', t.refusedRows(f.integer(refused)))}
      </nav>
      {outcome === 'scored' && <SelectionBar items={[...selected]} clear={() => select(new Set())} />}
      <PagedTable
        key={outcome}
        caption={outcome === 'scored' ? t.scoredRows(f.integer(scored)) : t.refusedRows(f.integer(refused))}
        query={query}
        paging={paging}
        columns={columns[outcome]}
        rowKey={({ index }) => index}
        height={Math.min(1120, 100 + 45 * (outcome === 'scored' ? scored : refused))}
        empty={<EmptyState title={t.noRows} height={120} />}
      />
    </Card>
  );
}

/** Takes an upload into a catalogue back, unless that was done. */
function UndoUpload({ job, catalogue }: { job: ProductJobView; catalogue: string }) {
  const { t } = useTexts(undoMessages);
  const [isUndoneHere, setUndoneHere] = useState(false);
  const changes = useQuery('GET /catalogues/{id}/changes', { path: { id: catalogue }, query: { limit: LAST_CHANGES } });
  const change = changes.data?.items.find(({ id }) => id === job.id);
  if (changes.error || (change?.undone_by && !isUndoneHere)) return null;
  return <UndoButton catalogue={catalogue} change={job.id} label={t.undoUpload} onUndone={() => setUndoneHere(true)} />;
}

/** An upload: how far it is, what came of it, and its rows. */
export function JobCards({ id }: { id: string }) {
  const { t, f } = useTexts(fileMessages);
  const may = useMay('writer');
  const { job, error } = useJob(id);
  const catalogueId = job?.catalogue ?? null;
  const catalogue = useQuery('GET /catalogues/{id}', catalogueId === null ? null : { path: { id: catalogueId } }).data;
  const cancel = useAction(() => ask('DELETE /jobs/{id}', { path: { id } }));
  const isOver = job !== undefined && !isOpen(job);
  return (
    <>
      <Card
        title={job?.file.name ?? t.job}
        hint={
          catalogue && (
            <>
              {t.into} <Link to={`/catalogues/${catalogue.id}`}>{catalogue.name}</Link>
            </>
          )
        }
        actions={job && <span class={TAGS[job.status]}>{t[job.status]}</span>}
      >
        {error && (error.kind === 'not-found' ? <EmptyState title={t.noJob} /> : <ErrorState error={error} />)}
        {!job && !error && <Skeleton height={180} />}
        {job && (
          <>
            <div>
              <progress aria-label={t.job} max={Math.max(1, job.planned)} value={job.done} />
              <p class="soft hint" role="status">
                {t.progress(f.integer(job.done), f.integer(job.planned))}
              </p>
            </div>
            <dl class="figures">
              <Figure label={t.added} value={f.integer(job.added)} />
              {job.changed > 0 && <Figure label={t.changed} value={f.integer(job.changed)} />}
              <Figure label={t.existing} value={f.integer(job.existing)} />
              <Figure label={t.refused} value={f.integer(job.refused)} />
              <Figure label={t.failedLines} value={f.integer(job.failed)} />
            </dl>
            {job.error && <p class="notice bad">{job.error}</p>}
            {job.unread_columns.length > 0 && <p class="notice">{t.unreadColumns(job.unread_columns.join(', '))}</p>}
            <div class="actions">
              {!isOver && (
                <Button disabled={!may || cancel.busy} onClick={() => void cancel.run(undefined)}>
                  {t.cancel}
                </Button>
              )}
              {isOver && catalogueId !== null && job.added + job.changed > 0 && (
                <UndoUpload job={job} catalogue={catalogueId} />
              )}
            </div>
            {cancel.error && <ErrorState error={cancel.error} />}
          </>
        )}
      </Card>
      {isOver && job.done > 0 && <Results job={job} />}
    </>
  );
}
