import type { ModelVersion } from '@ecobalyse/schema';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { useVocabulary } from '../../i18n/vocabulary.js';
import { DataTable } from '../../ui/data-table.js';
import { modelsMessages } from './models-messages.js';

interface VersionListProps {
  readonly versions: readonly ModelVersion[];
  readonly shown: number | undefined;
  readonly onShow: (version: number) => void;
}

/** Every registered version with its metrics; one of them is shown in detail. */
export function VersionList({ versions, shown, onShow }: VersionListProps) {
  const t = useMessages(modelsMessages);
  const f = useFormat();
  const v = useVocabulary();
  const metric = (name: string, text: (value: number) => string) => (row: ModelVersion) =>
    row.metrics[name] === undefined ? '–' : text(row.metrics[name]);
  return (
    <DataTable
      caption={t.versionsLabel}
      rows={versions}
      rowKey={({ version }) => version}
      columns={[
        {
          id: 'version',
          header: t.version,
          cell: ({ version }) => (
            <button type="button" class="link-button" aria-pressed={version === shown} onClick={() => onShow(version)}>
              {t.versionOf(f.integer(version))}
            </button>
          ),
          detail: ({ family }) => v.family(family),
        },
        {
          id: 'state',
          header: t.state,
          cell: ({ production }) => (
            <span class={production ? 'tag good' : 'tag'}>{production ? t.production : t.candidate}</span>
          ),
        },
        { id: 'family', header: t.family, minor: true, cell: ({ family }) => v.family(family) },
        { id: 'trained', header: t.trained, minor: true, cell: ({ trainedAt }) => f.dateTime(trainedAt) },
        { id: 'rmse', header: t.rmse, numeric: true, minor: true, cell: metric('rmse', (value) => f.points(value)) },
        {
          id: 'mape',
          header: t.typicalError,
          numeric: true,
          cell: metric('mape', (value) => f.percent(value / 100, 2)),
        },
        { id: 'r2', header: t.r2, numeric: true, minor: true, cell: metric('r2', (value) => f.number(value, 6)) },
        {
          id: 'coverage',
          header: t.coverage,
          numeric: true,
          minor: true,
          cell: metric('coverage', (value) => f.percent(value, 1)),
        },
      ]}
    />
  );
}
