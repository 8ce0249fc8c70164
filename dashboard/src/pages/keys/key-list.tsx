import type { KeyView } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { type Asked, KeyDialog } from './key-dialogs.js';
import { keysMessages } from './keys-messages.js';

const ALL = { limit: 1000 };

/** Every key, with what can be done with it. */
export function KeyList() {
  const { t, f } = useTexts(keysMessages);
  const query = useQuery('GET /keys', { query: ALL });
  const [asked, setAsked] = useState<Asked>();
  const stateOf = ({ state, source, expires_at }: KeyView) =>
    [
      t[state],
      ...(source === 'settings' ? [t.ofSettings] : []),
      ...(state === 'in-force' && expires_at ? [t.until(f.date(expires_at))] : []),
    ].join(', ');
  const limitsOf = ({ requests_per_minute, products_per_day, products_today }: KeyView) =>
    [
      ...(requests_per_minute === null ? [] : [t.ofMinute(f.integer(requests_per_minute))]),
      ...(products_per_day === null ? [] : [t.ofDay(f.integer(products_today), f.integer(products_per_day))]),
    ].join(', ');
  return (
    <Card
      title={t.keys}
      hint={t.keysHint}
      actions={
        <Button kind="primary" icon="plus" onClick={() => setAsked({ what: 'add' })}>
          {t.add}
        </Button>
      }
    >
      <Async query={query} height={200}>
        {({ items }) => (
          <DataTable
            caption={t.keys}
            columns={[
              {
                header: t.name,
                cell: ({ name }) => name,
                detail: (key) => <span class="soft">{[stateOf(key), limitsOf(key)].filter(Boolean).join(', ')}</span>,
              },
              { header: t.role, cell: ({ role }) => t[role] },
              { header: t.state, minor: true, cell: stateOf },
              {
                header: t.lastUsed,
                minor: true,
                cell: ({ last_used_at }) =>
                  last_used_at ? f.relative(last_used_at) : <span class="soft">{t.never}</span>,
              },
              { header: t.limits, minor: true, cell: (key) => limitsOf(key) || '–' },
              { header: t.requests, figure: ({ requests_30_days }) => f.integer(requests_30_days) },
              {
                header: t.actions,
                cell: (key) => {
                  const { name, source, state } = key;
                  return (
                    source === 'database' &&
                    state !== 'revoked' && (
                      <span class="actions row-actions">
                        <Button
                          kind="small"
                          aria-label={t.limitsOf(name)}
                          onClick={() => setAsked({ what: 'limit', name, key })}
                        >
                          {t.limits}
                        </Button>
                        <Button
                          kind="small"
                          aria-label={t.rotateOf(name)}
                          onClick={() => setAsked({ what: 'rotate', name })}
                        >
                          {t.rotate}
                        </Button>
                        <Button
                          kind="small"
                          aria-label={t.revokeOf(name)}
                          onClick={() => setAsked({ what: 'revoke', name })}
                        >
                          {t.revoke}
                        </Button>
                      </span>
                    )
                  );
                },
              },
            ]}
            rows={items}
            rowKey={({ name }) => name}
          />
        )}
      </Async>
      {asked && <KeyDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </Card>
  );
}
