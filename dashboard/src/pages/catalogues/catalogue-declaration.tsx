import type { CatalogueDeclaration, CatalogueView } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { send } from '../../api/client.js';
import { useAnswerAbout } from '../../api/use-answer-about.js';
import { useDebounced } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
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
  const [limit, setLimit] = useState(ROWS_SHOWN);
  const [brand, setBrand] = useState('');
  const brandId = useDebounced(brand.trim()) || 'default';
  const [isWanted, setWanted] = useState(products <= MOST_LOOKED_AT);
  const look = useAnswerAbout(isWanted ? id : undefined, brandId, async (catalogue, signal) => {
    const query = { format: 'json', brand_id: brandId };
    const response = await send('GET /catalogues/{id}/declaration', { path: { id: catalogue }, query, signal });
    const { declarations, left_out } = (await response.json()) as CatalogueDeclaration;
    return { declared: declarations.length, leftOut: left_out };
  });
  const result = look.answer;
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
      {look.error && <ErrorState error={look.error} onRetry={look.retry} />}
      {isWanted && !result && !look.error && <Skeleton height={160} />}
      {!isWanted && (
        <p>
          <Button onClick={() => setWanted(true)}>{t.lookAtAll(f.integer(products))}</Button>
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
