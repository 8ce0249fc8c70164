import { type ImpactCode, impactType } from '@ecobalyse/schema/vocabulary';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { IMPACT_ORDER } from '../../i18n/vocabulary.js';
import type { PageProps } from '../../page-props.js';
import { fromFirstPage } from '../../paging.js';
import { useLanguage } from '../../preferences.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { GridScope } from '../../ui/grid-scope.js';
import { Grid, Page } from '../../ui/page.js';
import { Countries } from './countries.js';
import { DaysOfWear } from './days-of-wear.js';
import { ImpactBoxes, isScore } from './impact-boxes.js';
import { Outliers } from './outliers.js';
import { Ranking } from './ranking.js';
import { statisticsMessages } from './statistics-messages.js';

const DEFAULT_IMPACT = 'ecs';

export default function StatisticsPage(_: PageProps) {
  const { t, f, v } = useTexts(statisticsMessages);
  const language = useLanguage();
  const [search, setSearch] = useSearchParams();
  const summary = useQuery('GET /stats/summary', {}).data;
  const types = useQuery('GET /product', {}).data ?? [];
  const documentation = useQuery('GET /impacts/documentation', {}).data ?? [];
  const impact = IMPACT_ORDER.find((code) => code === search.get('impact')) ?? DEFAULT_IMPACT;
  const type = search.get('product') ?? '';
  const isCovered = (code: ImpactCode) => summary?.coverage[impactType(code)] !== 0;
  const covered = isCovered(impact);
  // An impact that no product covers has no rows: nothing to ask for.
  const statistics = useQuery('GET /stats/impacts', covered ? { query: { impact_type: impactType(impact) } } : null);
  const known = types.includes(type) || type === '' ? types : [...types, type];
  return (
    <Page title={t.title} intro={t.intro} scope={<GridScope />}>
      <section class="card" aria-label={t.shown}>
        <div class="fields choice-fields">
          <Select
            label={t.impact}
            value={impact}
            hint={
              (isScore(impact) && t.scores) ||
              (language === 'fr' && documentation.find(({ code }) => code === impact)?.description) ||
              t.code(impact)
            }
            choices={IMPACT_ORDER.map((code) => ({
              value: code,
              label: isCovered(code) ? v.impact(code) : t.notCovered(v.impact(code)),
            }))}
            onChange={(value) => setSearch(fromFirstPage({ impact: value === DEFAULT_IMPACT ? '' : value }))}
          />
          <Select
            label={t.type}
            value={type}
            hint={summary ? t.asOf(f.integer(summary.documents), f.relative(summary.finishedAt)) : ' '}
            choices={[{ value: '', label: t.allTypes }, ...known.map((value) => ({ value, label: v.product(value) }))]}
            onChange={(value) => setSearch(fromFirstPage({ product: value }))}
          />
        </div>
      </section>
      <Grid>
        <ImpactBoxes impact={impact} type={type} statistics={statistics} covered={covered} />
        <Outliers impact={impact} type={type} statistics={statistics} covered={covered} />
        <Ranking type={type} />
        <Countries type={type} />
        <DaysOfWear type={type} />
      </Grid>
    </Page>
  );
}
