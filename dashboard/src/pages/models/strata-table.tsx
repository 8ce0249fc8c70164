import type { FamilyReport, StratumReport } from '@ecobalyse/schema';
import { useTexts } from '../../i18n/texts.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { modelsMessages } from './models-messages.js';

interface StrataTableProps {
  readonly strata: readonly StratumReport[];
  readonly interpolation: NonNullable<FamilyReport['interpolation']> | null;
}

/** What the best family reached on each stratum of garments unlike those in training, and how well it interpolates. */
export function StrataTable({ strata, interpolation }: StrataTableProps) {
  const { t, f, v } = useTexts(modelsMessages);
  const rows: Partial<StratumReport>[] = [
    ...strata,
    ...(interpolation ? [{ ...interpolation, stratum: t.interpolation }] : []),
  ];
  const percent = (value: number | undefined, digits: number) => (value === undefined ? '–' : f.percent(value, digits));
  return (
    <Card title={t.strata} hint={t.strataHint}>
      <DataTable
        caption={t.strataLabel}
        rows={rows}
        columns={[
          { header: t.stratum, cell: ({ stratum = '' }) => v.stratum(stratum) },
          { header: t.count, minor: true, figure: ({ count }) => (count === undefined ? '–' : f.integer(count)) },
          { header: t.medianError, figure: ({ medianApe = Number.NaN }) => percent(medianApe / 100, 3) },
          { header: t.p95Error, minor: true, figure: ({ p95Ape = Number.NaN }) => percent(p95Ape / 100, 2) },
          { header: t.coverage, figure: ({ coverage }) => percent(coverage, 1) },
          { header: t.width, minor: true, figure: ({ width }) => percent(width, 2) },
        ]}
      />
    </Card>
  );
}
