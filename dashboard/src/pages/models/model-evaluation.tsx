import type { FamilyReport, ModelDetails } from '@ecobalyse/schema';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { useVocabulary } from '../../i18n/vocabulary.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { EmptyState } from '../../ui/states.js';
import { FamilyCharts } from './family-charts.js';
import { modelsMessages } from './models-messages.js';
import { PredictionCharts } from './prediction-charts.js';
import { BiasChart, ImportanceChart } from './reason-charts.js';
import { StrataTable } from './strata-table.js';

const MAX_WORST = 10;

/** How a version was judged: its families beside each other, and the best of them in detail. */
export function ModelEvaluation({ model }: { model: ModelDetails }) {
  const t = useMessages(modelsMessages);
  const { evaluation } = model;
  if (!evaluation)
    return (
      <Card title={t.families}>
        <EmptyState title={t.noEvaluation} height={200}>
          {t.noEvaluationWhat}
        </EmptyState>
      </Card>
    );
  const best = evaluation.reports.find(({ family }) => family === model.family);
  return (
    <>
      {best?.strata && <StrataTable strata={best.strata} interpolation={best.interpolation ?? null} />}
      {best && <PredictionCharts evaluation={evaluation} best={best} />}
      <ImportanceChart importance={evaluation.importance} />
      {best && <BiasChart bias={best.biasByProduct} />}
      <FamilyTable reports={evaluation.reports} best={model.family} />
      <FamilyCharts evaluation={evaluation} best={model.family} />
      {best && <WorstCases worst={best.worst} />}
    </>
  );
}

function FamilyTable({ reports, best }: { reports: readonly FamilyReport[]; best: string }) {
  const t = useMessages(modelsMessages);
  const f = useFormat();
  const v = useVocabulary();
  return (
    <Card title={t.families} hint={t.familiesHint}>
      <DataTable
        caption={t.familiesLabel}
        rows={reports.toSorted((a, b) => (a.error ?? a.metrics.rmse) - (b.error ?? b.metrics.rmse))}
        rowKey={({ family }) => family}
        columns={[
          {
            id: 'family',
            header: t.family,
            cell: ({ family }) => (
              <>
                {v.family(family)} {family === best && <span class="tag good">{t.best}</span>}
              </>
            ),
          },
          {
            id: 'error',
            header: t.medianError,
            numeric: true,
            cell: ({ error }) => (error === undefined ? '–' : f.percent(error / 100, 3)),
          },
          { id: 'rmse', header: t.rmse, numeric: true, cell: ({ metrics }) => f.points(metrics.rmse) },
          { id: 'mae', header: t.mae, numeric: true, minor: true, cell: ({ metrics }) => f.points(metrics.mae) },
          { id: 'mape', header: t.mape, numeric: true, cell: ({ metrics }) => f.percent(metrics.mape / 100, 2) },
          { id: 'r2', header: t.r2, numeric: true, minor: true, cell: ({ metrics }) => f.number(metrics.r2, 6) },
          {
            id: 'bias',
            header: t.bias,
            numeric: true,
            minor: true,
            cell: ({ metrics }) => f.percent(metrics.bias / 100, 3),
          },
          { id: 'coverage', header: t.coverage, numeric: true, cell: ({ coverage }) => f.percent(coverage, 1) },
          {
            id: 'width',
            header: t.width,
            numeric: true,
            minor: true,
            cell: ({ intervalWidth }) => f.percent(intervalWidth, 2),
          },
          {
            id: 'seconds',
            header: t.seconds,
            numeric: true,
            minor: true,
            cell: ({ seconds }) => f.duration(seconds * 1000),
          },
        ]}
      />
    </Card>
  );
}

function WorstCases({ worst }: { worst: FamilyReport['worst'] }) {
  const t = useMessages(modelsMessages);
  const f = useFormat();
  const v = useVocabulary();
  return (
    <Card title={t.worst} hint={t.worstHint}>
      <DataTable
        caption={t.worst}
        rows={worst.slice(0, MAX_WORST)}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'type',
            header: t.type,
            cell: ({ product }) => v.product(product),
            detail: ({ massKg, materials, fabricProcess, countryMaking }) =>
              [f.mass(massKg), materials, fabricProcess, countryMaking].filter(Boolean).join(' · '),
          },
          { id: 'mass', header: t.mass, numeric: true, minor: true, cell: ({ massKg }) => f.mass(massKg) },
          { id: 'actual', header: t.actual, numeric: true, cell: ({ cost }) => f.points(cost) },
          { id: 'predicted', header: t.prediction, numeric: true, cell: ({ prediction }) => f.points(prediction) },
          {
            id: 'difference',
            header: t.difference,
            numeric: true,
            minor: true,
            cell: ({ cost, prediction }) => f.points(prediction - cost),
          },
          {
            id: 'share',
            header: t.differenceShare,
            numeric: true,
            cell: ({ cost, prediction }) => f.percent((prediction - cost) / cost, 1),
          },
        ]}
      />
    </Card>
  );
}
