import { useQuery } from '../../api/use-query.js';
import { bound } from '../../i18n/define-messages.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Link } from '../../router.js';
import { DataTable } from '../../ui/data-table.js';
import { Card, Grid } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { asked, useChoice } from './choice.js';
import { pageOfProduct, ReadCatalogues } from './read-catalogues.js';
import { useTitles } from './use-names.js';

const HEIGHT = 400;
/** As many of each catalogue as are asked for. */
const LIMIT = 50;

/** Products that cost much more or less than others of their type and fibres, each with its reason. */
export function Outliers() {
  const { t, f, v } = useTexts(analysisMessages);
  const language = useLanguage();
  const titleOf = useTitles();
  const { choice } = useChoice();
  const query = useQuery('GET /analysis/outliers', { query: { ...asked(choice), limit: LIMIT } });
  return (
    <Async query={query} height={HEIGHT}>
      {({ catalogues, notes }) => (
        <Grid>
          {catalogues.map((catalogue, at) => {
            const { id, name, judged, total, outliers } = catalogue;
            return (
              <Card key={id} title={t.outliers(name[language])} hint={t.outliersHint}>
                <p class="lead">{t.outliersText(f.integer(total), f.integer(judged))}</p>
                {total > outliers.length && <p class="soft hint">{t.outliersFirst(f.integer(outliers.length))}</p>}
                {outliers.length === 0 ? (
                  <EmptyState title={t.noOutliersTitle} height={120} />
                ) : (
                  <DataTable
                    caption={t.outliers(name[language])}
                    rows={outliers}
                    rowKey={(row) => row.id}
                    columns={[
                      {
                        header: t.productName,
                        cell: (row) => <Link to={pageOfProduct(id, row.id)}>{titleOf(row)}</Link>,
                        detail: (row) => bound(row.reason[language]),
                      },
                      { header: t.type, minor: true, cell: (row) => v.product(row.product_id) },
                      { header: t.costColumn, figure: (row) => f.points(row.cost) },
                      { header: t.ratio, minor: true, figure: (row) => f.number(row.ratio, 3) },
                      { header: t.why, minor: true, cell: (row) => bound(row.reason[language]) },
                    ]}
                  />
                )}
                <ReadCatalogues catalogues={[catalogue]} notes={at === catalogues.length - 1 ? notes : []} />
              </Card>
            );
          })}
        </Grid>
      )}
    </Async>
  );
}
