import type { CatalogueDeclaration, CatalogueView } from '@ecobalyse/schema';
import { useEffect, useState } from 'preact/hooks';
import { send } from '../../api/client.js';
import { useAction, useDebounced } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Link } from '../../router.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { DownloadMenu, TABLE_FORMS } from '../../ui/download-menu.js';
import { Input } from '../../ui/fields.js';
import { Card, Figure } from '../../ui/page.js';
import { ErrorState, Skeleton } from '../../ui/states.js';
import { catalogueMessages } from './catalogues-messages.js';

/** Files that the declaration portal takes, and the bodies of its API. */
const FORMS = {
  xlsx: TABLE_FORMS.xlsx,
  portal: { format: 'csv', ending: 'csv' },
  api: { format: 'json', ending: 'json' },
} as const;
/** Products of a catalogue that is looked at without being asked to: the answer has all their declarations. */
const MOST_LOOKED_AT = 5000;
const ROWS_SHOWN = 100;

/** What of a catalogue can be declared, what cannot and why, and the files for the portal. */
export function DeclarationTab({ catalogue: { id, name, products } }: { catalogue: CatalogueView }) {
  const { t, f } = useTexts(catalogueMessages);
  const language = useLanguage();
  const [limit, setLimit] = useState(ROWS_SHOWN);
  const [brand, setBrand] = useState('');
  const brandId = useDebounced(brand.trim()) || 'default';
  const look = useAction(async () => {
    const query = { format: 'json', brand_id: brandId };
    const answer = await send('GET /catalogues/{id}/declaration', { path: { id }, query });
    const { declarations, left_out } = (await answer.json()) as CatalogueDeclaration;
    return { declared: declarations.length, leftOut: left_out };
  });
  const isSmall = products <= MOST_LOOKED_AT;
  useEffect(() => {
    if (isSmall) void look.run(undefined);
  }, [language, brandId]);
  const { result } = look;
  return (
    <Card
      title={t.declaration}
      hint={t.declarationHint}
      actions={
        <DownloadMenu
          label={t.downloadDeclaration}
          route="GET /catalogues/{id}/declaration"
          request={{ path: { id }, query: { brand_id: brandId } }}
          name={`${name}-declaration`}
          forms={FORMS}
        />
      }
    >
      <div class="fields choice-fields">
        <Input label={t.brandId} hint={t.brandIdHint} autocomplete="off" value={brand} onChange={setBrand} />
      </div>
      {look.error && <ErrorState error={look.error} onRetry={() => void look.run(undefined)} />}
      {!result && !look.error && isSmall && <Skeleton height={160} />}
      {!result && !isSmall && (
        <p>
          <Button disabled={look.busy} onClick={() => void look.run(undefined)}>
            {t.lookAtAll(f.integer(products))}
          </Button>
        </p>
      )}
      {result && (
        <>
          <dl class="figures">
            <Figure label={t.declarable} value={f.integer(result.declared)} />
            <Figure label={t.leftOut} value={f.integer(result.leftOut.length)} />
          </dl>
          {result.leftOut.length > 0 && (
            <>
              <p class="soft hint">{t.leftOutHint}</p>
              <DataTable
                caption={t.leftOut}
                columns={[
                  {
                    header: t.reference,
                    whole: true,
                    cell: ({ id: product, reference }) => (
                      <Link to={`/catalogues/${id}/products/${product}`}>{reference}</Link>
                    ),
                  },
                  { header: t.reason, cell: ({ reason }) => reason },
                ]}
                rows={result.leftOut.slice(0, limit)}
                rowKey={({ id: product }) => product}
              />
              {result.leftOut.length > limit && (
                <Button kind="pager" onClick={() => setLimit(limit + ROWS_SHOWN)}>
                  {t.more(f.integer(Math.min(ROWS_SHOWN, result.leftOut.length - limit)))}
                </Button>
              )}
            </>
          )}
        </>
      )}
    </Card>
  );
}
