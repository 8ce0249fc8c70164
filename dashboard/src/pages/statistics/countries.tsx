import type { CountryStatistic } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { useTexts } from '../../i18n/texts.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { statisticsMessages } from './statistics-messages.js';

const HEIGHT = 620;

interface Counted {
  readonly name: string;
  readonly fabric: number;
  readonly making: number;
  /** Products of the types that are shown. */
  readonly all: number;
}

/** The counts of each country over the types, most products made there first. */
function byCountry(rows: readonly CountryStatistic[]): Counted[] {
  const all = [...new Map(rows.map(({ product_id, count }) => [product_id, count])).values()].reduce(
    (a, b) => a + b,
    0,
  );
  const countries = new Map<string, Counted>();
  for (const { country_name, countryFabric_count, countryMaking_count } of rows) {
    const before = countries.get(country_name);
    countries.set(country_name, {
      name: country_name,
      fabric: (before?.fabric ?? 0) + countryFabric_count,
      making: (before?.making ?? 0) + countryMaking_count,
      all,
    });
  }
  return [...countries.values()].sort((a, b) => b.making - a.making || b.fabric - a.fabric);
}

/** Whether it says nothing which country comes first: the least frequent one has nearly as many products. */
const ALIKE = 0.8;
const isAlike = (ranked: readonly Counted[]) =>
  ranked.length > 1 && (ranked.at(-1)?.making ?? 0) >= ALIKE * (ranked[0]?.making ?? 0);

/** Countries of fabric and of making as ranked bars. */
export function Countries({ type }: { type: string }) {
  const { t, f } = useTexts(statisticsMessages);
  const query = useQuery('GET /stats/countries', { query: { product_id: type } });
  const countries = useQuery('GET /countries', {}).data ?? [];
  const codes = new Map(countries.map(({ code, name }) => [name, code]));
  // The statistics know countries by the upstream's French names.
  const nameOf = (name: string) => f.country(codes.get(name) ?? name);
  return (
    <Card title={t.countries} hint={t.countriesHint} span={6}>
      <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="statistics" height={HEIGHT} />}>
        {(found) => {
          const ranked = byCountry(found);
          const rows = ranked.toReversed();
          const [first] = ranked as [Counted];
          return (
            <>
              <Chart
                label={t.countriesLabel(nameOf(first.name), f.integer(first.making))}
                height={HEIGHT}
                option={(theme) => ({
                  legend: { icon: 'roundRect' },
                  tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.integer(value) },
                  xAxis: {
                    type: 'value',
                    name: t.productCount,
                    minInterval: 1,
                    axisLabel: { formatter: (value: number) => f.integer(value) },
                  },
                  yAxis: { type: 'category', data: rows.map(({ name }) => nameOf(name)) },
                  series: [
                    {
                      type: 'bar',
                      name: t.making,
                      barMaxWidth: 10,
                      itemStyle: { color: theme.accent, borderRadius: [0, 2, 2, 0] },
                      data: rows.map(({ making }) => making),
                    },
                    {
                      type: 'bar',
                      name: t.fabric,
                      barMaxWidth: 10,
                      itemStyle: { color: theme.series[1], borderRadius: [0, 2, 2, 0] },
                      data: rows.map(({ fabric }) => fabric),
                    },
                  ],
                })}
                table={{
                  columns: [
                    { header: t.country, cell: ({ name }) => nameOf(name) },
                    { header: t.making, figure: ({ making }) => f.integer(making) },
                    { header: t.share, figure: ({ making, all }) => f.percent(making / all, 1) },
                    { header: t.fabric, figure: ({ fabric }) => f.integer(fabric) },
                  ],
                  rows: ranked,
                }}
              />
              {isAlike(ranked) && <p class="soft hint">{t.alike}</p>}
            </>
          );
        }}
      </Async>
    </Card>
  );
}
