import { ask } from '../../api/client.js';
import { useAction, useQuery } from '../../api/use-query.js';
import { bound } from '../../i18n/define-messages.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState, ErrorState } from '../../ui/states.js';
import { pipelinesMessages } from './pipelines-messages.js';

const EVERY_MS = 30_000;
const HEIGHT = 120;

/** What somebody has to look at, and whether the webhook was told. */
export function Incidents({ mayAct }: { mayAct: boolean }) {
  const { t, f } = useTexts(pipelinesMessages);
  const language = useLanguage();
  const query = useQuery('GET /orchestrator/alerts', {}, { every: EVERY_MS });
  const trial = useAction(() => ask('POST /orchestrator/alerts/test', {}));
  const hasWebhook = query.data?.webhook === true;
  return (
    <Card
      title={t.incidents}
      hint={query.data === undefined || hasWebhook ? t.incidentsHint : t.noWebhook}
      actions={
        hasWebhook && (
          <Button kind="small" disabled={!mayAct || trial.busy} onClick={() => void trial.run(undefined)}>
            {t.tryWebhook}
          </Button>
        )
      }
    >
      {trial.error && <ErrorState error={trial.error} />}
      {trial.result && (
        <p class="notice good" role="status">
          {t.webhookTook}
        </p>
      )}
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={({ incidents }) => incidents.length === 0}
        empty={<EmptyState title={t.noIncidents} height={HEIGHT} hint={t.noIncidentsHint} />}
      >
        {({ incidents }) => (
          <DataTable
            caption={t.incidents}
            columns={[
              {
                header: t.what,
                cell: ({ message, ended_at }) =>
                  ended_at === null ? <strong>{bound(message[language])}</strong> : bound(message[language]),
              },
              { header: t.since, whole: true, cell: ({ since }) => f.relative(since) },
              {
                header: t.until,
                minor: true,
                cell: ({ ended_at }) => (ended_at === null ? t.goesOn : f.relative(ended_at)),
              },
              {
                header: t.told,
                minor: true,
                cell: ({ told_at, error }) => (told_at ? f.relative(told_at) : (error ?? '–')),
              },
            ]}
            rows={incidents}
          />
        )}
      </Async>
    </Card>
  );
}
