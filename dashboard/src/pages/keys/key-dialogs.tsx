import type { KeyView, NewKey, Role } from '@ecobalyse/schema';
import { ROLES } from '@ecobalyse/schema/vocabulary';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { forgetAnswers, useAction } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Input, NumberInput, Select } from '../../ui/fields.js';
import { ErrorState } from '../../ui/states.js';
import { keysMessages } from './keys-messages.js';

const DAY_MS = 86_400_000;
const LIFETIMES = ['30', '90', '365', ''] as const;

/** What an administrator is about to do with a key. */
export type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'rotate' | 'revoke'; readonly name: string }
  | { readonly what: 'limit'; readonly name: string; readonly key: KeyView };

const limitOf = (text: string) => (text === '' ? null : Number(text));
const textOf = (limit: number | null) => (limit === null ? '' : String(limit));

/** The new key: the only time that it is shown. */
function ToldKey({ told, onClose }: { told: NewKey; onClose: () => void }) {
  const { t } = useTexts(keysMessages);
  const [isCopied, setCopied] = useState(false);
  return (
    <Dialog title={t.told(told.name)} onClose={onClose}>
      <p>{t.toldHint}</p>
      <p>
        <code class="told-key">{told.key}</code>
      </p>
      <div class="actions dialog-actions">
        <Button onClick={() => void navigator.clipboard.writeText(told.key).then(() => setCopied(true))}>
          {isCopied ? t.copied : t.copy}
        </Button>
        <Button kind="primary" onClick={onClose}>
          {t.done}
        </Button>
      </div>
    </Dialog>
  );
}

/** Asks for what is needed to add, limit, replace or revoke a key, does it, and shows a new key. */
export function KeyDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { t } = useTexts(keysMessages);
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('reader');
  const [days, setDays] = useState<string>(LIFETIMES[1]);
  const was = asked.what === 'limit' ? asked.key : { requests_per_minute: null, products_per_day: null };
  const [perMinute, setPerMinute] = useState(textOf(was.requests_per_minute));
  const [perDay, setPerDay] = useState(textOf(was.products_per_day));
  const act = useAction(async (): Promise<NewKey | undefined> => {
    const expires_at = days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
    const quota = { requests_per_minute: limitOf(perMinute), products_per_day: limitOf(perDay) };
    let told: NewKey | undefined;
    if (asked.what === 'add') told = await ask('POST /keys', { body: { name, role, expires_at, ...quota } });
    else if (asked.what === 'limit') await ask('PATCH /keys/{name}', { path: { name: asked.name }, body: quota });
    else if (asked.what === 'rotate')
      told = await ask('POST /keys/{name}/rotate', { path: { name: asked.name }, body: { expires_at } });
    else await ask('DELETE /keys/{name}', { path: { name: asked.name } });
    forgetAnswers('/keys');
    if (told === undefined) onClose();
    return told;
  });
  if (act.result) return <ToldKey told={act.result} onClose={onClose} />;
  const titles = { add: () => t.add, limit: t.limitsOf, rotate: t.rotateOf, revoke: t.revokeOf };
  const verbs = { add: t.add, limit: t.save, rotate: t.rotate, revoke: t.revoke };
  return (
    <Dialog title={titles[asked.what](asked.what === 'add' ? '' : asked.name)} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(undefined);
        }}
      >
        {asked.what === 'add' && (
          <>
            <Input label={t.name} hint={t.nameHint} autocomplete="off" required value={name} onChange={setName} />
            <Select
              label={t.role}
              value={role}
              choices={ROLES.map((value) => ({ value, label: t[value] }))}
              onChange={(chosen) => setRole(chosen as Role)}
            />
          </>
        )}
        {(asked.what === 'add' || asked.what === 'limit') && (
          <>
            <NumberInput
              label={t.perMinute}
              hint={t.perMinuteHint}
              inputMode="numeric"
              value={perMinute}
              onChange={setPerMinute}
            />
            <NumberInput label={t.perDay} hint={t.perDayHint} inputMode="numeric" value={perDay} onChange={setPerDay} />
          </>
        )}
        {asked.what === 'revoke' && <p>{t.revokeWhat}</p>}
        {(asked.what === 'add' || asked.what === 'rotate') && (
          <Select
            label={t.expires}
            {...(asked.what === 'rotate' && { hint: t.rotateWhat })}
            value={days}
            choices={LIFETIMES.map((value) => ({ value, label: value === '' ? t.noExpiry : t.days(value) }))}
            onChange={setDays}
          />
        )}
        {act.error && <ErrorState error={act.error} />}
        <div class="actions dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button
            kind={asked.what === 'revoke' ? 'danger' : 'primary'}
            type="submit"
            disabled={act.busy || (asked.what === 'add' && name.trim() === '')}
          >
            {verbs[asked.what]}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
