import type { Strata, Stratum } from '@ecobalyse/schema';
import { STRATUM_GROUPINGS } from '@ecobalyse/schema/vocabulary';
import { useQuery } from '../../api/use-query.js';
import { Dots } from '../../chart/dots.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { asked, useChoice } from './choice.js';
import { NoProducts, ReadCatalogues } from './read-catalogues.js';
import { useNames } from './use-names.js';

const HEIGHT = 300;

type Group = Strata['catalogues'][number]['groups'][number];

/** Groups of all catalogues under one name each, the costliest of the first catalogue first. */
function rowsOf(catalogues: Strata['catalogues']) {
  const keys = [...new Set(catalogues.flatMap(({ groups }) => groups.map(({ key }) => key)))];
  const byKey = catalogues.map(({ groups }) => new Map(groups.map((group) => [group.key, group])));
  return keys
    .map((key) => byKey.map((groups) => groups.get(key)))
    .sort((a, b) => (b[0]?.median ?? Number.NEGATIVE_INFINITY) - (a[0]?.median ?? Number.NEGATIVE_INFINITY));
}

/** Costs of like garments in groups: medians with their spread, and how sure they are. */
export function Costs() {
  const { t, f } = useTexts(analysisMessages);
  const language = useLanguage();
  const nameIn = useNames();
  const { choice } = useChoice();
  const [search, setSearch] = useSearchParams();
  const by = STRATUM_GROUPINGS.find((name) => name === search.get('by')) ?? STRATUM_GROUPINGS[0];
  const query = useQuery('GET /analysis/strata', { query: { ...asked(choice), by } });
  const nameOf = ({ key, name }: Group) => nameIn(by, key, name);
  const between = (low: number, high: number) => t.range(f.number(low), f.number(high));
  const withInterval = (value: number, low: number | null, high: number | null) =>
    low === null || high === null ? f.points(value) : `${f.points(value)} (${between(low, high)})`;
  return (
    <Card
      title={t.costs}
      hint={t.costsHint}
      actions={
        <Select
          label={t.by}
          value={by}
          choices={STRATUM_GROUPINGS.map((value) => ({ value, label: t[`by_${value}`] }))}
          onChange={(value) => setSearch({ by: value === STRATUM_GROUPINGS[0] ? '' : value })}
        />
      }
    >
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={({ catalogues }) => catalogues.every(({ groups }) => groups.length === 0)}
        empty={<NoProducts />}
      >
        {({ catalogues, per, notes }) => {
          const rows = rowsOf(catalogues);
          // Not empty: there is one with groups.
          const told = catalogues.find(({ groups }) => groups.length > 0) as Strata['catalogues'][number];
          const ordered = told.groups.toSorted((a, b) => b.median - a.median);
          const [most, least] = [ordered[0] as Group, ordered.at(-1) as Group];
          const [name, value] = [nameOf(most), f.points(most.median)];
          const extremes =
            most === least ? t.costsOne(name, value) : t.costsText(name, value, nameOf(least), f.points(least.median));
          const text = catalogues.length > 1 ? t.ofCatalogue(told.name[language], extremes) : extremes;
          const constant = rows.flat().flatMap((group) => (group?.constant && group.count > 1 ? [nameOf(group)] : []));
          return (
            <>
              <p class="lead">{text}</p>
              <Dots<Stratum>
                label={text}
                rows={rows.map((of) => ({ name: nameOf(of.find((group) => group) as Group), of }))}
                series={catalogues.map(({ name }) => name[language])}
                dotOf={({ median: at, p5: low, p95: high, q1: innerLow, q3: innerHigh }) => ({
                  at,
                  low,
                  high,
                  innerLow,
                  innerHigh,
                })}
                describe={({ median, p5, p95, count }) =>
                  t.spread(f.points(median), f.number(p5), f.number(p95), f.integer(count))
                }
                axisName={t[`cost_${per}`]}
                text={(value) => f.number(value, 3)}
                header={t[`by_${by}`]}
                seriesHeader={t.catalogue}
                columns={[
                  { header: t.products, figure: ({ count }) => f.integer(count) },
                  {
                    header: t.medianInterval,
                    figure: (row) => withInterval(row.median, row.median_low, row.median_high),
                  },
                  { header: t.meanInterval, figure: (row) => withInterval(row.mean, row.mean_low, row.mean_high) },
                  { header: t.middleHalf, figure: ({ q1, q3 }) => between(q1, q3) },
                  { header: t.ninety, figure: ({ p5, p95 }) => between(p5, p95) },
                ]}
              />
              {constant.length > 0 && <p class="soft hint">{t.constantValue(f.list([...new Set(constant)]))}</p>}
              <ReadCatalogues catalogues={catalogues} notes={notes} />
            </>
          );
        }}
      </Async>
    </Card>
  );
}
