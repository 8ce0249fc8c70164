import type { CatalogueView } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay, useMe } from '../../api/use-me.js';
import { forgetAnswers, useAction, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link, navigate } from '../../router.js';
import { Button } from '../../ui/button.js';
import { type Column, DataTable } from '../../ui/data-table.js';
import { Dialog } from '../../ui/dialog.js';
import { Input, Select } from '../../ui/fields.js';
import { Card, Page } from '../../ui/page.js';
import { Async, EmptyState, ErrorState } from '../../ui/states.js';
import { cataloguesMessages } from './catalogues-messages.js';

/** As many as the platform keeps. */
const ALL = { limit: 1000 };

/** What the reader is about to do with a catalogue. */
type Asked = { readonly what: 'create' } | { readonly what: 'rename' | 'purge'; readonly catalogue: CatalogueView };

const isPlatforms = (id: string): id is 'reference-grid' | 'api' => id === 'reference-grid' || id === 'api';

/** Whose a catalogue is, for admins to say: one of the keys, or all. */
function OwnerChoice({ value, onChange }: { value: string; onChange: (owner: string) => void }) {
  const { t } = useTexts(cataloguesMessages);
  const keys = useQuery('GET /keys', { query: ALL }).data?.items ?? [];
  const names = keys.filter(({ state }) => state === 'in-force').map(({ name }) => ({ value: name, label: name }));
  return (
    <Select
      label={t.owner}
      hint={t.ownerHint}
      value={value}
      choices={[{ value: '', label: t.shared }, ...names]}
      onChange={onChange}
    />
  );
}

function NameDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { t } = useTexts(cataloguesMessages);
  const me = useMe();
  const isAdmin = useMay('admin');
  const renamed = asked.what === 'create' ? undefined : asked.catalogue;
  const [name, setName] = useState(renamed?.name ?? '');
  const was = (renamed ? renamed.owner : me?.name) ?? '';
  const [owner, setOwner] = useState(was);
  const save = useAction(async () => {
    // What stays is not named: its key may be revoked.
    const body = { name, ...(owner !== was && { owner: owner === '' ? null : owner }) };
    const { id } = renamed
      ? await ask('PATCH /catalogues/{id}', { path: { id: renamed.id }, body })
      : await ask('POST /catalogues', { body });
    forgetAnswers('/catalogues');
    onClose();
    if (!renamed) navigate(`/catalogues/${id}`);
  });
  return (
    <Dialog title={renamed ? (isAdmin ? t.changeOf : t.renameOf)(renamed.name) : t.create} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run(undefined);
        }}
      >
        <Input
          label={t.name}
          hint={t.nameHint}
          error={save.error?.message}
          autocomplete="off"
          required
          value={name}
          onChange={setName}
        />
        {isAdmin && <OwnerChoice value={owner} onChange={setOwner} />}
        <div class="actions dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button kind="primary" type="submit" disabled={save.busy || name.trim() === ''}>
            {renamed ? t.save : t.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function PurgeDialog({ catalogue, onClose }: { catalogue: CatalogueView; onClose: () => void }) {
  const { t, f } = useTexts(cataloguesMessages);
  const purge = useAction(async () => {
    await ask('DELETE /catalogues/{id}', { path: { id: catalogue.id }, query: { purge: 'true' } });
    forgetAnswers('/catalogues');
    onClose();
  });
  return (
    <Dialog title={t.purgeOf(catalogue.name)} onClose={onClose}>
      <p>{t.lost(f.integer(catalogue.products))}</p>
      <p class="soft">{t.download}</p>
      {purge.error && <ErrorState error={purge.error} />}
      <div class="actions dialog-actions">
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="danger" disabled={purge.busy} onClick={() => void purge.run(undefined)}>
          {t.purgeForGood}
        </Button>
      </div>
    </Dialog>
  );
}

/** All catalogues: one's own, those of the platform, and the bin. */
export default function CataloguesPage(_: PageProps) {
  const { t, f } = useTexts(cataloguesMessages);
  const may = useMay('writer');
  const isAdmin = useMay('admin');
  const all = useQuery('GET /catalogues', { query: ALL });
  const bin = useQuery('GET /catalogues', { query: { ...ALL, deleted: 'true' } });
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const act = useAction(async (of: { what: 'delete' | 'restore'; catalogue: CatalogueView }) => {
    const request = { path: { id: of.catalogue.id } };
    await (of.what === 'delete'
      ? ask('DELETE /catalogues/{id}', request)
      : ask('POST /catalogues/{id}/restore', request));
    forgetAnswers('/catalogues');
    return of;
  });
  const disabled = { disabled: !may || act.busy, ...(!may && { title: t.needsWriter }) };

  const count: Column<CatalogueView> = { header: t.products, figure: ({ products }) => f.integer(products) };
  /** What can be done with a catalogue: a button each, its full name, and what it does. */
  const actions = (
    ...buttons: readonly [text: string, name: (of: string) => string, act: (catalogue: CatalogueView) => void][]
  ): Column<CatalogueView> => ({
    header: t.actions,
    cell: (catalogue) => (
      <span class="actions row-actions">
        {buttons.map(([text, name, act]) => (
          <Button
            key={text}
            kind="small"
            aria-label={name(catalogue.name)}
            {...disabled}
            onClick={() => act(catalogue)}
          >
            {text}
          </Button>
        ))}
      </span>
    ),
  });
  const by: Column<CatalogueView> = { header: t.by, minor: true, cell: ({ created_by }) => created_by ?? '–' };
  // Other keys see their own and what all share.
  const ownerOf = ({ owner }: CatalogueView) => owner ?? <span class="soft">{t.shared}</span>;
  const owners: Column<CatalogueView>[] = isAdmin ? [{ header: t.owner, minor: true, cell: ownerOf }] : [];
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={
        <Button
          kind="primary"
          icon="plus"
          disabled={!may}
          {...(!may && { title: t.needsWriter })}
          onClick={() => setAsked({ what: 'create' })}
        >
          {t.create}
        </Button>
      }
    >
      {act.error && <ErrorState error={act.error} />}
      <Card title={t.own}>
        {act.result?.what === 'delete' && (
          <p class="notice good" role="status">
            {t.deleted(act.result.catalogue.name)}
          </p>
        )}
        <Async
          query={all}
          height={160}
          isEmpty={({ items }) => !items.some(({ built_in }) => !built_in)}
          empty={<EmptyState title={t.noneTitle} height={160} hint={t.noneHint} />}
        >
          {({ items }) => (
            <DataTable
              caption={t.own}
              columns={[
                {
                  header: t.name,
                  cell: ({ id, name }) => <Link to={`/catalogues/${id}`}>{name}</Link>,
                  detail: (one) => isAdmin && ownerOf(one),
                },
                count,
                ...owners,
                { header: t.made, minor: true, whole: true, cell: ({ created_at }) => f.date(created_at as string) },
                by,
                actions(
                  [
                    isAdmin ? t.change : t.rename,
                    isAdmin ? t.changeOf : t.renameOf,
                    (catalogue) => setAsked({ what: 'rename', catalogue }),
                  ],
                  [t.delete, t.deleteOf, (catalogue) => void act.run({ what: 'delete', catalogue })],
                ),
              ]}
              rows={items.filter(({ built_in }) => !built_in)}
              rowKey={({ id }) => id}
            />
          )}
        </Async>
      </Card>
      <Card title={t.ofPlatform} hint={t.ofPlatformHint}>
        <Async query={all} height={130}>
          {({ items }) => (
            <DataTable
              caption={t.ofPlatform}
              columns={[
                {
                  header: t.name,
                  cell: ({ id, name }) => <Link to={`/products?catalogue=${id}`}>{name}</Link>,
                  detail: ({ id }) => isPlatforms(id) && t[id],
                },
                count,
                { header: t.what, minor: true, cell: ({ id }) => <span class="soft">{isPlatforms(id) && t[id]}</span> },
              ]}
              rows={items.filter(({ built_in }) => built_in)}
              rowKey={({ id }) => id}
            />
          )}
        </Async>
      </Card>
      {bin.error && <ErrorState error={bin.error} onRetry={bin.retry} />}
      {bin.data && bin.data.total > 0 && (
        <Card title={t.bin} hint={t.binHint}>
          <DataTable
            caption={t.bin}
            columns={[
              { header: t.name, cell: ({ name }) => name },
              count,
              {
                header: t.deletedAt,
                minor: true,
                whole: true,
                cell: ({ deleted_at }) => f.relative(deleted_at as string),
              },
              ...owners,
              by,
              actions(
                [t.restore, t.restoreOf, (catalogue) => void act.run({ what: 'restore', catalogue })],
                [t.purge, t.purgeOf, (catalogue) => setAsked({ what: 'purge', catalogue })],
              ),
            ]}
            rows={bin.data.items}
            rowKey={({ id }) => id}
          />
        </Card>
      )}
      {asked?.what === 'purge' ? (
        <PurgeDialog catalogue={asked.catalogue} onClose={close} />
      ) : (
        asked && <NameDialog asked={asked} onClose={close} />
      )}
    </Page>
  );
}
