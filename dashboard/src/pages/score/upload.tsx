import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetAnswers, useAction, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { Input, Select } from '../../ui/fields.js';
import { endsAs, FileField } from '../../ui/file-field.js';
import { Card } from '../../ui/page.js';
import { ErrorState, Skeleton } from '../../ui/states.js';
import { Templates } from '../../ui/templates.js';
import { formOf, NO_CORRECTIONS, useInspection } from './file-mapping.js';
import { fileMessages } from './file-messages.js';
import { FileReading } from './file-reading.js';
import { useOwnCatalogues } from './use-own-catalogues.js';

const ENDINGS = ['.csv', '.tsv', '.txt', '.xlsx', '.xls', '.ods', '.ndjson', '.jsonl', '.json'];
const NEW = 'new';

/** A file: where it goes, how it is understood, and what is corrected of that, before it is sent. */
export function Upload({ isFirst, onStarted }: { isFirst: boolean; onStarted: (job: string) => void }) {
  const { t, f } = useTexts(fileMessages);
  const may = useMay('writer');
  const [search, setSearch] = useSearchParams();
  const catalogues = useOwnCatalogues();
  const mappings = useQuery('GET /files/mappings', { query: { limit: 100 } }).data?.items ?? [];
  const [chosen, setChosen] = useState<File>();
  const [mapping, setMapping] = useState(NO_CORRECTIONS);
  const [mappingName, setMappingName] = useState('');
  const [name, setName] = useState('');
  const file = chosen && endsAs(chosen, ENDINGS) ? chosen : undefined;
  const { answer: inspection, isLoading, error, retry } = useInspection(file, mapping);
  const catalogue = search.get('catalogue') ?? NEW;
  const ownName = name.trim() || (file?.name.replace(/\.[^.]*$/, '') ?? '');

  const upload = useAction(async (sent: File) => {
    let into = catalogue;
    if (into === NEW) {
      into = (await ask('POST /catalogues', { body: { name: ownName } })).id;
      // Sent again, it does not make another one.
      setSearch({ catalogue: into });
      forgetAnswers('/catalogues');
    }
    const query = { name: sent.name, catalogue: into === 'api' ? undefined : into };
    const { id } = await ask('POST /product/batch', { query, body: formOf(sent, mapping) });
    setChosen(undefined);
    setMapping(NO_CORRECTIONS);
    onStarted(id);
  });
  const forget = useAction(async (old: string) => {
    await ask('DELETE /files/mappings/{name}', { path: { name: old } });
    forgetAnswers('/files/mappings');
    setMappingName('');
  });
  const isReady = inspection && !isLoading && inspection.rows > 0 && inspection.missing.length === 0;
  const failed = upload.error ?? forget.error;
  return (
    <>
      <Card title={isFirst ? t.upload : t.another} hint={t.uploadIntro}>
        <FileField
          label={t.choose}
          hint={t.chooseHint}
          endings={ENDINGS}
          file={chosen}
          onFile={(given) => {
            upload.reset();
            setChosen(given);
          }}
        />
        <p class="hint">
          {t.template} <Templates />
        </p>
        <div class="fields choice-fields">
          <Select
            label={t.catalogue}
            hint={catalogue === 'api' ? t.noCatalogueHint : t.catalogueHint}
            value={catalogue}
            choices={[
              { value: NEW, label: t.newCatalogue },
              ...catalogues.map((one) => ({ value: one.id, label: one.name })),
              { value: 'api', label: t.noCatalogue },
            ]}
            onChange={(value) => setSearch({ catalogue: value === NEW ? '' : value })}
          />
          {catalogue === NEW && (
            <Input label={t.catalogueName} autocomplete="off" value={name} placeholder={ownName} onChange={setName} />
          )}
          {mappings.length > 0 && (
            <div class="field">
              <Select
                label={t.savedMapping}
                hint={t.savedMappingHint}
                value={mappingName}
                choices={[
                  { value: '', label: t.none },
                  ...mappings.map((saved) => ({ value: saved.name, label: saved.name })),
                ]}
                onChange={(value) => {
                  setMappingName(value);
                  setMapping(mappings.find((saved) => saved.name === value)?.mapping ?? NO_CORRECTIONS);
                }}
              />
              {mappingName && may && (
                <button type="button" class="link-button" onClick={() => void forget.run(mappingName)}>
                  {t.forget}
                </button>
              )}
            </div>
          )}
        </div>
        {!may && <p class="soft hint">{t.needsWriter}</p>}
        {failed && <ErrorState error={failed} />}
      </Card>
      {file && (
        <Card
          title={t.reading}
          actions={
            inspection && (
              <Button
                kind="primary"
                icon="upload"
                disabled={!may || !isReady || upload.busy}
                onClick={() => void upload.run(file)}
              >
                {upload.busy ? t.uploading : t.start(f.integer(inspection.rows))}
              </Button>
            )
          }
        >
          {error && <ErrorState error={error} onRetry={retry} />}
          {!inspection && isLoading && <Skeleton height={300} />}
          {inspection && (
            <div class={isLoading ? 'sub-sections stale' : 'sub-sections'} aria-busy={isLoading}>
              <FileReading inspection={inspection} mapping={mapping} correct={setMapping} />
            </div>
          )}
        </Card>
      )}
    </>
  );
}
