import type { ModelDetails, ModelVersion } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetAnswers, useAction } from '../../api/use-query.js';
import { useMessages } from '../../i18n/messages.js';
import { reasonMessages, reasonText } from '../../i18n/reasons.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Card, Figure } from '../../ui/page.js';
import { ErrorState } from '../../ui/states.js';
import { USUAL_LEVEL } from './family-charts.js';
import { modelsMessages } from './models-messages.js';

interface ModelHeaderProps {
  readonly model: ModelDetails;
  readonly production: ModelVersion | undefined;
}

/** The main figures of a version, and the button that puts it into production. */
export function ModelHeader({ model, production }: ModelHeaderProps) {
  const { t, f, v } = useTexts(modelsMessages);
  const reasons = useMessages(reasonMessages);
  const mayPromote = useMay('admin');
  const [asked, setAsked] = useState(false);
  const { version, family, metrics, evaluation } = model;
  const promote = useAction(async () => {
    await ask('POST /models/{version}/promote', { path: { version } });
    forgetAnswers('/models');
    setAsked(false);
    return version;
  });
  const counts = evaluation?.counts;
  const report = evaluation?.reports.find((candidate) => candidate.family === family);
  const level = evaluation?.interval?.level ?? USUAL_LEVEL;
  const number = f.integer(version);
  const isByHand = model.production && !model.decision.startsWith('promoted');
  const facts = [
    f.dateTime(model.trainedAt),
    ...(isByHand ? [t.byHand] : []),
    t.decided(reasonText(model.decision, reasons, f)),
  ];
  const percentOf = (value: number | undefined, digits: number) =>
    value === undefined ? '–' : f.percent(value, digits);
  return (
    <Card
      title={`${t.versionOf(number)} · ${v.family(family)}`}
      hint={facts.join(' · ')}
      actions={
        model.production ? (
          <span class="tag good">{t.production}</span>
        ) : (
          <div>
            <Button kind="primary" disabled={!mayPromote} onClick={() => setAsked(true)}>
              {t.promote}
            </Button>
            {!mayPromote && <p class="soft hint">{t.needsAdmin}</p>}
          </div>
        )
      }
    >
      <div aria-live="polite">
        {promote.result !== undefined && <p class="notice good">{t.promoted(f.integer(promote.result))}</p>}
      </div>
      <dl class="figures">
        <Figure
          label={t.typicalError}
          value={percentOf(metrics.mape === undefined ? undefined : metrics.mape / 100, 2)}
          note={t.typicalErrorNote}
        />
        <Figure label={t.r2} value={metrics.r2 === undefined ? '–' : f.fit(metrics.r2)} note={t.r2Note} />
        <Figure label={t.coverage} value={percentOf(metrics.coverage, 1)} note={t.coverageNote(f.percent(level))} />
        <Figure label={t.width} value={percentOf(report?.intervalWidth, 2)} note={t.widthNote} />
        <Figure
          label={t.testSet}
          value={counts ? f.integer(counts.test) : '–'}
          note={counts ? t.testSetNote(f.integer(counts.train)) : ' '}
        />
      </dl>
      {asked && (
        <Dialog title={t.promoteTitle(number)} onClose={() => setAsked(false)}>
          <p>
            {t.promoteText(v.family(family), percentOf(metrics.mape === undefined ? undefined : metrics.mape / 100, 2))}
          </p>
          {production && <p class="soft">{t.promoteBefore(f.integer(production.version))}</p>}
          {promote.error && <ErrorState error={promote.error} />}
          <div class="actions dialog-actions">
            <Button onClick={() => setAsked(false)}>{t.cancel}</Button>
            <Button kind="primary" disabled={promote.busy} onClick={() => promote.run(undefined)}>
              {t.confirm}
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  );
}
