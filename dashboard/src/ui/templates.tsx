import { download } from '../api/client.js';
import { useAction } from '../api/use-query.js';
import { defineMessages, useMessages } from '../i18n/messages.js';
import { useLanguage } from '../preferences.js';
import { ErrorState } from './states.js';

const messages = defineMessages({
  xlsx: ['Excel template', 'modèle Excel'],
  csv: ['CSV template', 'modèle CSV'],
  name: ['products-template', 'modele-produits'],
});

/** Files to be filled in, in the reader's language: stands wherever a file can be given. */
export function Templates() {
  const t = useMessages(messages);
  const language = useLanguage();
  const load = useAction((format: 'xlsx' | 'csv') =>
    download('GET /files/template', { query: { format, language } }, `${t.name}.${format}`),
  );
  return (
    <>
      {(['xlsx', 'csv'] as const).map((format, at) => (
        <>
          {at > 0 && ' · '}
          <button type="button" class="link-button inline" disabled={load.busy} onClick={() => void load.run(format)}>
            {t[format]}
          </button>
        </>
      ))}
      {load.error && <ErrorState error={load.error} />}
    </>
  );
}
