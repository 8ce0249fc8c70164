import { forgetAnswers, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Link, useSearchParams } from '../../router.js';
import { DataTable } from '../../ui/data-table.js';
import { Card, Grid } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { fileMessages } from './file-messages.js';
import { JobCards, TAGS } from './job-card.js';
import { Upload } from './upload.js';
import { useOwnCatalogues } from './use-own-catalogues.js';

/** Files of products: uploaded, followed while they are scored, and what came of them. */
export function ScoreFile() {
  const { t, f } = useTexts(fileMessages);
  const [search, setSearch] = useSearchParams();
  const jobs = useQuery('GET /jobs', { query: { limit: 200 } }, { every: 5000 });
  const catalogues = useOwnCatalogues();
  const id = search.get('job');
  return (
    <Grid>
      {id && <JobCards key={id} id={id} />}
      <Upload
        isFirst={!id}
        onStarted={(started) => {
          setSearch({ job: started, page: '', sort: '', outcome: '' });
          forgetAnswers('/jobs');
          scrollTo(0, 0);
        }}
      />
      <Card title={t.jobs}>
        <Async query={jobs} height={160} empty={<EmptyState title={t.jobsEmpty} height={120} />}>
          {({ items }) => (
            <DataTable
              caption={t.jobs}
              columns={[
                {
                  header: t.fileName,
                  cell: (job) => <Link to={`/score?mode=file&job=${job.id}`}>{job.file.name ?? t.unnamed}</Link>,
                },
                { header: t.status, cell: ({ status }) => <span class={TAGS[status]}>{t[status]}</span> },
                {
                  header: t.catalogue,
                  minor: true,
                  cell: ({ catalogue }) =>
                    catalogue === null ? t.noCatalogue : (catalogues.find((one) => one.id === catalogue)?.name ?? '–'),
                },
                { header: t.products, figure: ({ planned }) => f.integer(planned) },
                { header: t.refused, minor: true, figure: (job) => f.integer(job.refused) },
                { header: t.when, minor: true, cell: ({ created_at }) => f.relative(created_at) },
              ]}
              rows={items}
              rowKey={(job) => job.id}
            />
          )}
        </Async>
      </Card>
    </Grid>
  );
}
