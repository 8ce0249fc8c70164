import type { Warning } from '@ecobalyse/schema';
import { bound } from '../i18n/define-messages.js';
import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import type { Column } from './data-table.js';

const messages = defineMessages({
  title: ['To be checked', 'À vérifier'],
  notes: ['Worth knowing', 'Bon à savoir'],
});

/** What is doubtful or worth knowing about a product; nothing where nothing is. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  const { t } = useTexts(messages);
  const isDoubtful = ({ severity }: Warning) => severity !== 'note';
  return (
    <>
      {[true, false].map((grave) => {
        const some = warnings.filter((warning) => isDoubtful(warning) === grave);
        return (
          some.length > 0 && (
            <div key={String(grave)} class={grave ? 'notice bad' : 'notice'} {...(grave && { role: 'status' })}>
              <strong>{grave ? t.title : t.notes}</strong>
              <ul>
                {some.map(({ id, field, message }) => (
                  <li key={id + field + message}>{bound(message)}</li>
                ))}
              </ul>
            </div>
          )
        );
      })}
    </>
  );
}

/** The same in a cell: a line each. */
function Lines({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <>
      {warnings.map(({ id, severity, message }) => (
        <p key={id + message} class={severity === 'note' ? 'soft hint' : 'hint warn'}>
          {bound(message)}
        </p>
      ))}
    </>
  );
}

/** A column of warnings, where there are some. */
export const warningsColumn = <Row extends { readonly warnings: readonly Warning[] }>(
  header: string,
  rows: readonly Row[],
): readonly Column<Row>[] =>
  rows.some(({ warnings }) => warnings.length > 0)
    ? [{ header, cell: ({ warnings }) => <Lines warnings={warnings} /> }]
    : [];
