import type { ModelVersion } from '@ecobalyse/schema';
import { useTexts } from '../../i18n/texts.js';
import { DataTable } from '../../ui/data-table.js';
import { modelsMessages } from './models-messages.js';

interface VersionListProps {
  readonly versions: readonly ModelVersion[];
  readonly shown: number | undefined;
  readonly onShow: (version: number) => void;
}

/** Every registered version with its metrics; one of them is shown in detail. */
export function VersionList({ versions, shown, onShow }: VersionListProps) {
  const { t, f, v } = useTexts(modelsMessages);
  const metric = (name: string, text: (value: number) => string) => (row: ModelVersion) =>
    row.metrics[name] === undefined ? '–' : text(row.metrics[name]);
  return (
    <DataTable
      caption={t.versionsLabel}
      rows={versions}
      rowKey={({ version }) => version}
      columns={[
        {
          header: t.version,
          cell: ({ version }) => (
            <button type="button" class="link-button" aria-pressed={version === shown} onClick={() => onShow(version)}>
              {t.versionOf(f.integer(version))}
            </button>
          ),
          detail: ({ family }) => v.family(family),
        },
        {
          header: t.state,
          cell: ({ production }) => (
            <span class={production ? 'tag good' : 'tag'}>{production ? t.production : t.candidate}</span>
          ),
        },
        { header: t.family, minor: true, cell: ({ family }) => v.family(family) },
        { header: t.trained, minor: true, cell: ({ trainedAt }) => f.dateTime(trainedAt) },
        { header: t.rmse, minor: true, figure: metric('rmse', (value) => f.points(value)) },
        { header: t.typicalError, figure: metric('mape', (value) => f.percent(value / 100, 2)) },
        { header: t.r2, minor: true, figure: metric('r2', f.fit) },
        { header: t.coverage, minor: true, figure: metric('coverage', (value) => f.percent(value, 1)) },
      ]}
    />
  );
}
