import type { RetentionKind, RetentionPreview } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetAnswers, useAction, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Dialog } from '../../ui/dialog.js';
import { Card, Page } from '../../ui/page.js';
import { Async, ErrorState } from '../../ui/states.js';
import { goingCount, keptText, policyText, sizeText } from './policy-text.js';
import { retentionMessages } from './retention-messages.js';

const HEIGHT = 280;

/** The settings that say how long things of a kind are kept. */
const SETTINGS: Readonly<Record<RetentionKind, readonly string[]>> = {
  runs: ['RUN_KEEP_DAYS', 'RUN_KEEP_NEWEST'],
  jobs: ['PRODUCT_JOB_KEEP_DAYS'],
  models: ['MODEL_KEEP_DAYS', 'MODEL_KEEP_NEWEST'],
  versions: ['VERSION_KEEP_DAYS'],
};

/** What is kept how long, what would go now and why the rest stays; removes it after a question. */
export default function RetentionPage(_: PageProps) {
  const { t } = useTexts(retentionMessages);
  const isAdmin = useMay('admin');
  return (
    <Page title={t.title} intro={t.intro}>
      {isAdmin ? <Policies /> : <p class="notice">{t.needsAdmin}</p>}
    </Page>
  );
}

function Policies() {
  const { t, f } = useTexts(retentionMessages);
  const query = useQuery('GET /retention/preview', {});
  const [asked, setAsked] = useState(false);
  const apply = useAction(async () => {
    const outcome = await ask('POST /retention/apply', {});
    forgetAnswers('/retention');
    setAsked(false);
    return outcome;
  });
  const going = goingCount(query.data ?? []);
  const sum = (field: 'removed' | 'left') => (apply.result ?? []).reduce((all, one) => all + one[field], 0);
  return (
    <Card
      title={t.policies}
      hint={query.data && going === 0 ? t.nothing : undefined}
      actions={
        <Button kind="danger" disabled={going === 0 || apply.busy} onClick={() => setAsked(true)}>
          {t.apply}
        </Button>
      }
    >
      <div aria-live="polite">
        {apply.result && (
          <p class="notice good">
            {t.removed(f.integer(sum('removed')))} {sum('left') > 0 && t.left(f.integer(sum('left')))}
          </p>
        )}
      </div>
      <Async query={query} height={HEIGHT}>
        {(preview) => <PolicyTable preview={preview} />}
      </Async>
      {asked && (
        <Dialog title={t.applyTitle(f.integer(going))} onClose={() => setAsked(false)}>
          <p>{t.applyText}</p>
          <ul>
            {(query.data ?? [])
              .filter(({ goes }) => goes.count > 0)
              .map(({ kind, goes }) => (
                <li key={kind}>{t.ofKind(t[kind], f.integer(goes.count))}</li>
              ))}
          </ul>
          {apply.error && <ErrorState error={apply.error} />}
          <div class="actions dialog-actions">
            <Button onClick={() => setAsked(false)}>{t.cancel}</Button>
            <Button kind="danger" disabled={apply.busy} onClick={() => apply.run(undefined)}>
              {t.apply}
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  );
}

function PolicyTable({ preview }: { preview: RetentionPreview }) {
  const { t, f } = useTexts(retentionMessages);
  const lines = (texts: readonly string[]) => texts.map((text) => <div key={text}>{text}</div>);
  const ages = ({ oldest, newest }: RetentionPreview[number]['goes']) =>
    oldest && newest ? t.between(f.date(oldest), f.date(newest)) : '';
  return (
    <DataTable
      caption={t.policies}
      rows={preview}
      columns={[
        {
          header: t.what,
          cell: ({ kind }) => t[kind],
          detail: ({ policy, stays }) => (
            <>
              {policyText(policy, t, f).join(' · ')}
              {lines([t.ofKind(t.stays, f.integer(stays.count)), ...keptText(stays, t, f)])}
            </>
          ),
        },
        {
          header: t.policy,
          minor: true,
          cell: ({ kind, policy }) => (
            <>
              {lines(policyText(policy, t, f))}
              <div class="soft hint">{lines(SETTINGS[kind])}</div>
            </>
          ),
        },
        {
          header: t.goes,
          figure: ({ goes }) => (
            <>
              {f.integer(goes.count)}
              <div class="soft hint">{ages(goes)}</div>
            </>
          ),
        },
        { header: t.size, minor: true, figure: ({ goes }) => f.known(goes.bytes, (bytes) => sizeText(bytes, t, f)) },
        {
          header: t.stays,
          minor: true,
          figure: ({ stays }) => (
            <>
              {f.integer(stays.count)}
              <div class="soft hint">{lines(keptText(stays, t, f))}</div>
            </>
          ),
        },
      ]}
    />
  );
}
