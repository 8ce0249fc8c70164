import type { Warning } from '@ecobalyse/schema';
import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';

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
                  <li key={id + field + message}>{message}</li>
                ))}
              </ul>
            </div>
          )
        );
      })}
    </>
  );
}
