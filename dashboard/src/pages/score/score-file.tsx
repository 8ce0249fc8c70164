import type { ApiError } from '@ecobalyse/api-client';
import type { ProductJobView, ProductResultLine } from '@ecobalyse/schema';
import { useEffect, useState } from 'preact/hooks';
import { ask, download, send } from '../../api/client.js';
import { follow } from '../../api/follow.js';
import { useMay } from '../../api/use-me.js';
import { forgetAnswers, forgetProductAnswers, useAction, useQuery } from '../../api/use-query.js';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Card, Figure, Grid } from '../../ui/page.js';
import { Async, EmptyState, ErrorState, Skeleton } from '../../ui/states.js';
import { scoreMessages } from './score-messages.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/csv',
  txt: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
};
const ENDINGS = Object.keys(CONTENT_TYPES).map((ending) => `.${ending}`);
const REFUSED_SHOWN = 50;

const TAGS: Readonly<Record<ProductJobView['status'], string>> = {
  queued: 'tag warn',
  running: 'tag warn',
  done: 'tag good',
  failed: 'tag bad',
  cancelled: 'tag',
};

const contentTypeOf = (file: File) => CONTENT_TYPES[file.name.split('.').at(-1)?.toLowerCase() ?? ''];
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

/** The first lines of a job's result that were refused or failed. */
async function refusedLines(id: string): Promise<ProductResultLine[]> {
  const text = await (await send('GET /jobs/{id}/result', { path: { id } })).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ProductResultLine)
    .filter(({ status }) => status === 'refused' || status === 'failed')
    .slice(0, REFUSED_SHOWN);
}

function Refused({ job }: { job: ProductJobView }) {
  const { t, f } = useTexts(scoreMessages);
  const load = useAction(refusedLines);
  useEffect(() => void load.run(job.id), [job.id]);
  if (load.error) return <ErrorState error={load.error} onRetry={() => void load.run(job.id)} />;
  if (!load.result) return <Skeleton height={160} />;
  return (
    <section class="sub-section">
      <h3>{t.refusedLines}</h3>
      {job.refused + job.failed > REFUSED_SHOWN && <p class="soft hint">{t.refusedHint(f.integer(REFUSED_SHOWN))}</p>}
      <DataTable
        caption={t.refusedLines}
        columns={[
          { header: t.line, figure: ({ line }) => f.integer(line) },
          { header: t.reason, cell: ({ detail }) => <span lang="fr">{detail ?? '–'}</span> },
        ]}
        rows={load.result}
        rowKey={({ index }) => index}
      />
    </section>
  );
}

function Job({ id }: { id: string }) {
  const { t, f } = useTexts(scoreMessages);
  const may = useMay('writer');
  const { job, error } = useJob(id);
  const cancel = useAction(() => ask('DELETE /jobs/{id}', { path: { id } }));
  const result = useAction(() =>
    download('GET /jobs/{id}/result', { path: { id } }, `${job?.file.name ?? id}.result.ndjson`),
  );
  return (
    <Card
      title={job?.file.name ?? t.job}
      actions={job && <span class={TAGS[job.status]}>{t[job.status]}</span>}
      span={12}
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
          <div class="actions">
            {isOpen(job) ? (
              <Button disabled={!may || cancel.busy} onClick={() => void cancel.run(undefined)}>
                {t.cancel}
              </Button>
            ) : (
              <Button icon="download" disabled={result.busy} onClick={() => void result.run(undefined)}>
                {t.resultFile}
              </Button>
            )}
          </div>
          {(cancel.error ?? result.error) && <ErrorState error={(cancel.error ?? result.error) as ApiError} />}
          {!isOpen(job) && job.refused + job.failed > 0 && <Refused job={job} />}
        </>
      )}
    </Card>
  );
}

function Upload({ onStarted }: { onStarted: (id: string) => void }) {
  const t = useMessages(scoreMessages);
  const may = useMay('writer');
  const [file, setFile] = useState<File>();
  const contentType = file && contentTypeOf(file);
  const upload = useAction(async (chosen: { file: File; contentType: string }) => {
    const { id } = await ask('POST /product/batch', {
      query: { name: chosen.file.name },
      body: chosen.file,
      contentType: chosen.contentType,
    });
    onStarted(id);
  });
  return (
    <Card title={t.upload} hint={t.uploadIntro} span={12}>
      <div class="field">
        <label for="products-file">{t.choose}</label>
        {/* The browser's own button speaks its language, not the page's. */}
        <span class="file-input">
          <span class="button" aria-hidden="true">
            {t.browse}
          </span>
          <span class="soft">{file?.name ?? t.noFile}</span>
          <input
            id="products-file"
            type="file"
            accept={ENDINGS.join()}
            aria-describedby="products-file-hint"
            onChange={(event) => {
              upload.reset();
              setFile(event.currentTarget.files?.[0]);
            }}
          />
        </span>
        <p id="products-file-hint" class="soft field-hint">
          {t.chooseHint}
        </p>
        {file && !contentType && (
          <p class="field-error" role="alert">
            {t.unknownFormat(ENDINGS.join(', '))}
          </p>
        )}
      </div>
      <div class="actions">
        <Button
          kind="primary"
          icon="upload"
          disabled={!may || !file || !contentType || upload.busy}
          onClick={() => file && contentType && void upload.run({ file, contentType })}
        >
          {upload.busy ? t.uploading : t.start}
        </Button>
        {!may && <span class="soft hint">{t.needsWriter}</span>}
      </div>
      {upload.error && <ErrorState error={upload.error} />}
    </Card>
  );
}

/** A file of products: uploaded, followed while it is scored, with the lines that were refused. */
export function ScoreFile() {
  const { t, f } = useTexts(scoreMessages);
  const [search, setSearch] = useSearchParams();
  const jobs = useQuery('GET /jobs', {}, { every: 5000 });
  const id = search.get('job');
  return (
    <Grid>
      <Upload
        onStarted={(started) => {
          setSearch({ job: started });
          forgetAnswers('/jobs');
        }}
      />
      {id && <Job key={id} id={id} />}
      <Card title={t.jobs}>
        <Async
          query={jobs}
          height={160}
          isEmpty={(found) => found.length === 0}
          empty={<EmptyState title={t.jobsEmpty} height={120} />}
        >
          {(found) => (
            <DataTable
              caption={t.jobs}
              columns={[
                {
                  header: t.fileName,
                  cell: (job) => <Link to={`/score?mode=file&job=${job.id}`}>{job.file.name ?? t.unnamed}</Link>,
                },
                { header: t.status, cell: ({ status }) => <span class={TAGS[status]}>{t[status]}</span> },
                { header: t.products, figure: ({ planned }) => f.integer(planned) },
                { header: t.refused, minor: true, figure: (job) => f.integer(job.refused) },
                { header: t.when, minor: true, cell: ({ created_at }) => f.relative(created_at) },
              ]}
              rows={found}
              rowKey={(job) => job.id}
            />
          )}
        </Async>
      </Card>
    </Grid>
  );
}
