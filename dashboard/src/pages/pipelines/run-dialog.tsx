import type { RunParameters, RunView } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useAction, useQuery } from '../../api/use-query.js';
import { isPlainNumber } from '../../i18n/numbers.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Checkbox, Input, NumberInput, Select } from '../../ui/fields.js';
import { ErrorState } from '../../ui/states.js';
import { pipelinesMessages } from './pipelines-messages.js';

interface RunDialogProps {
  readonly pipeline: { readonly name: string; readonly tasks: readonly string[] };
  readonly onClose: () => void;
  readonly onStarted: (run: RunView) => void;
}

/** A whole number between bounds, of a field's value; undefined when nothing was typed, null when it is something else. */
function wholeNumber(text: string, from: number, to: number): number | undefined | null {
  if (text === '') return undefined;
  const value = isPlainNumber(text) ? Number(text) : Number.NaN;
  return Number.isInteger(value) && value >= from && value <= to ? value : null;
}

/** Asks for the parameters of a run, those that the pipeline's tasks know, and starts it. */
export function RunDialog({ pipeline: { name, tasks }, onClose, onStarted }: RunDialogProps) {
  const { t, v } = useTexts(pipelinesMessages);
  const [product, setProduct] = useState('');
  const [limit, setLimit] = useState('');
  const [force, setForce] = useState(false);
  const [folds, setFolds] = useState('');
  const [methodVersion, setMethodVersion] = useState('');
  const extracts = tasks.includes('simulations');
  const trains = tasks.includes('train');
  const products = useQuery('GET /products', extracts ? {} : null).data ?? [];
  const [wholeLimit, wholeFolds] = [wholeNumber(limit, 1, Number.MAX_SAFE_INTEGER), wholeNumber(folds, 2, 20)];
  const start = useAction(async () => {
    const parameters: RunParameters = {
      ...(product !== '' && { product }),
      ...(wholeLimit && { limit: wholeLimit }),
      ...(force && { force }),
      ...(wholeFolds && { folds: wholeFolds }),
      ...(methodVersion !== '' && { methodVersion }),
    };
    onStarted(await ask('POST /orchestrator/pipelines/{name}/runs', { path: { name }, body: { parameters } }));
  });
  const isFaulty = wholeLimit === null || wholeFolds === null;
  return (
    <Dialog title={t.runTitle(v.pipeline(name))} onClose={onClose}>
      <p class="soft">{t.runText}</p>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isFaulty) start.run(undefined);
        }}
      >
        {extracts && (
          <>
            <Select
              label={t.product}
              value={product}
              choices={[
                { value: '', label: t.allTypes },
                ...products.map(({ id, name: own }) => ({ value: id, label: v.product(id, own) })),
              ]}
              onChange={setProduct}
            />
            <NumberInput
              label={t.limit}
              hint={t.limitHint}
              error={wholeLimit === null ? t.limitFault : undefined}
              inputMode="numeric"
              value={limit}
              onChange={setLimit}
            />
          </>
        )}
        {trains && (
          <>
            <Checkbox label={t.force} checked={force} onChange={setForce} />
            <NumberInput
              label={t.folds}
              hint={t.foldsHint}
              error={wholeFolds === null ? t.foldsFault : undefined}
              inputMode="numeric"
              value={folds}
              onChange={setFolds}
            />
          </>
        )}
        {tasks.includes('rescore') && (
          <Input label={t.methodVersion} hint={t.methodVersionHint} value={methodVersion} onChange={setMethodVersion} />
        )}
        {start.error && <ErrorState error={start.error} />}
        <div class="actions dialog-actions">
          <Button onClick={onClose}>{t.close}</Button>
          <Button kind="primary" type="submit" disabled={start.busy || isFaulty}>
            {t.start}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
