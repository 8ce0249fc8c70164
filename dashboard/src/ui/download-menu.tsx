import type { RequestOf, Route } from '@ecobalyse/api-client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { download } from '../api/client.js';
import { useAction } from '../api/use-query.js';
import { defineMessages, useMessages } from '../i18n/messages.js';
import { Icon } from './icon.js';
import { ErrorState } from './states.js';

const messages = defineMessages({
  xlsx: ['Excel (.xlsx)', 'Excel (.xlsx)'],
  'csv-fr': ['CSV for French spreadsheets', 'CSV pour tableur français'],
  csv: ['CSV for English spreadsheets', 'CSV pour tableur anglais'],
  ndjson: ['NDJSON', 'NDJSON'],
  json: ['JSON', 'JSON'],
  portal: ['CSV of the portal', 'CSV du portail'],
  api: ['JSON of the portal’s API', 'JSON de l’API du portail'],
});

type Form = keyof (typeof messages)['en'];

/** Forms of a table, and what its file's name ends with. */
export const TABLE_FORMS = {
  xlsx: { format: 'xlsx', ending: 'xlsx' },
  'csv-fr': { format: 'csv-fr', ending: 'csv' },
  csv: { format: 'csv', ending: 'csv' },
  ndjson: { format: 'ndjson', ending: 'ndjson' },
  json: { format: 'json', ending: 'json' },
} as const satisfies Partial<Record<Form, FormOfFile>>;

interface FormOfFile {
  readonly format: string;
  readonly ending: string;
}

interface DownloadMenuProps<R extends Route> {
  readonly label: string;
  readonly route: R;
  readonly request: RequestOf<R>;
  /** Of the file, without its ending. */
  readonly name: string;
  readonly forms: Readonly<Partial<Record<Form, FormOfFile>>>;
}

/** A file in one of some forms, chosen from a list that opens below the button. */
export function DownloadMenu<R extends Route>({ label, route, request, name, forms }: DownloadMenuProps<R>) {
  const t = useMessages(messages);
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const load = useAction(({ format, ending }: FormOfFile) => {
    const { query } = request as { query?: object };
    return download(route, { ...request, query: { ...query, format } } as RequestOf<R>, `${name}.${ending}`);
  });
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = ({ type, key, target }: { type: string; key?: string; target: EventTarget | null }) => {
      if (type === 'keydown' ? key === 'Escape' : !menu.current?.contains(target as Node)) setOpen(false);
    };
    const kinds = ['keydown', 'pointerdown', 'focusin'] as const;
    for (const kind of kinds) addEventListener(kind, close as EventListener);
    return () => {
      for (const kind of kinds) removeEventListener(kind, close as EventListener);
    };
  }, [isOpen]);
  return (
    <div class="menu" ref={menu}>
      <button type="button" class="button" aria-expanded={isOpen} disabled={load.busy} onClick={() => setOpen(!isOpen)}>
        <Icon name="download" />
        {label}
      </button>
      {isOpen && (
        <ul class="menu-list plain-list">
          {(Object.entries(forms) as [Form, FormOfFile][]).map(([form, file]) => (
            <li key={form}>
              <button
                type="button"
                class="menu-item"
                onClick={() => {
                  setOpen(false);
                  void load.run(file);
                }}
              >
                {t[form]}
              </button>
            </li>
          ))}
        </ul>
      )}
      {load.error && <ErrorState error={load.error} onRetry={load.reset} />}
    </div>
  );
}
