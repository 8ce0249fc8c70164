import type { FamilyReport, ModelDetails } from '@ecobalyse/schema';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
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
        <EmptyState title={t.noEvaluation} height={200} hint={t.noEvaluationWhat} />
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
  const { t, f, v } = useTexts(modelsMessages);
  return (
    <Card title={t.families} hint={t.familiesHint}>
      <DataTable
        caption={t.familiesLabel}
        rows={reports.toSorted((a, b) => (a.error ?? a.metrics.rmse) - (b.error ?? b.metrics.rmse))}
        columns={[
          {
            header: t.family,
            cell: ({ family }) => (
              <>
                {v.family(family)} {family === best && <span class="tag good">{t.best}</span>}
              </>
            ),
          },
          { header: t.medianError, figure: ({ error }) => (error === undefined ? '–' : f.percent(error / 100, 3)) },
          { header: t.rmse, figure: ({ metrics }) => f.points(metrics.rmse) },
          { header: t.mae, minor: true, figure: ({ metrics }) => f.points(metrics.mae) },
          { header: t.mape, figure: ({ metrics }) => f.percent(metrics.mape / 100, 2) },
          { header: t.r2, minor: true, figure: ({ metrics }) => f.fit(metrics.r2) },
          { header: t.bias, minor: true, figure: ({ metrics }) => f.percent(metrics.bias / 100, 3) },
          { header: t.coverage, figure: ({ coverage }) => f.percent(coverage, 1) },
          { header: t.width, minor: true, figure: ({ intervalWidth }) => f.percent(intervalWidth, 2) },
          { header: t.seconds, minor: true, figure: ({ seconds }) => f.duration(seconds * 1000) },
        ]}
      />
    </Card>
  );
}

function WorstCases({ worst }: { worst: FamilyReport['worst'] }) {
  const { t, f, v } = useTexts(modelsMessages);
  /** Its materials are told as "ei-coton 0.9 + ei-pet 0.1". */
  const namesOf = (materials: string) =>
    f.list(
      materials.split(' + ').map((part) => {
        const [id = '', share] = part.split(' ');
        return `${v.material(id)} ${f.percent(Number(share))}`;
      }),
    );
  const described = ({ materials, fabricProcess, countryMaking }: FamilyReport['worst'][number]) =>
    [
      materials && namesOf(materials),
      fabricProcess && v.process(fabricProcess),
      countryMaking && f.country(countryMaking),
    ]
      .filter(Boolean)
      .join(' · ');
  return (
    <Card title={t.worst} hint={t.worstHint}>
      <DataTable
        caption={t.worst}
        rows={worst.slice(0, MAX_WORST)}
        columns={[
          {
            header: t.type,
            cell: ({ product }) => v.product(product),
            detail: (row) => [f.mass(row.massKg), described(row)].filter(Boolean).join(' · '),
          },
          { header: t.garment, minor: true, cell: described },
          { header: t.mass, minor: true, figure: ({ massKg }) => f.mass(massKg) },
          { header: t.actual, figure: ({ cost }) => f.points(cost) },
          { header: t.prediction, figure: ({ prediction }) => f.points(prediction) },
          { header: t.difference, minor: true, figure: ({ cost, prediction }) => f.points(prediction - cost) },
          { header: t.differenceShare, figure: ({ cost, prediction }) => f.percent((prediction - cost) / cost, 1) },
        ]}
      />
    </Card>
  );
}
