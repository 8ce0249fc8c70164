import type { ImpactGroup } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { figureLabel, rowTooltip } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const HEIGHT = 460;
const STEPS = ['country_making', 'country_dyeing', 'country_fabric', 'country_spinning'] as const;

/** Countries by the mean cost of their products. */
export function CostByCountry() {
  const { t, f } = useTexts(overviewMessages);
  const [search, setSearch] = useSearchParams();
  const step = STEPS.find((candidate) => candidate === search.get('by')) ?? 'country_making';
  const query = useQuery('GET /impacts/groups', { query: { by: step } });
  const nameOf = ({ key, name }: ImpactGroup) => (key === null ? '–' : key.length <= 3 ? f.country(key) : name);
  return (
    <Card
      title={t.byCountry}
      hint={t.byCountryHint}
      actions={
        <Select
          label={t.step}
          value={step}
          choices={STEPS.map((value) => ({ value, label: t[value] }))}
          onChange={(value) => setSearch({ by: value === 'country_making' ? '' : value })}
        />
      }
    >
      <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="products" height={HEIGHT} />}>
        {(groups) => {
          const rows = groups.toReversed();
          const highest = groups[0] as ImpactGroup;
          return (
            <Chart
              label={t.byCountryLabel(nameOf(highest), f.points(highest.mean))}
              height={HEIGHT}
              option={(theme) => ({
                grid: { right: 72 },
                tooltip: rowTooltip(rows, (row) => [
                  `<b>${nameOf(row)}</b>`,
                  f.pair(t.mean, f.points(row.mean)),
                  f.pair(t.min, f.points(row.min)),
                  f.pair(t.max, f.points(row.max)),
                  f.pair(t.products, f.integer(row.count)),
                ]),
                xAxis: { type: 'value', name: t.meanAxis },
                yAxis: { type: 'category', data: rows.map(nameOf) },
                series: [
                  {
                    type: 'bar',
                    barMaxWidth: 18,
                    itemStyle: { color: theme.accent, borderRadius: [0, 3, 3, 0] },
                    label: figureLabel(theme, (value) => f.points(value)),
                    data: rows.map(({ mean }) => mean),
                  },
                ],
              })}
              table={{
                columns: [
                  { header: t.country, cell: nameOf },
                  { header: t.mean, figure: ({ mean }) => f.points(mean) },
                  { header: t.min, figure: ({ min }) => f.points(min) },
                  { header: t.max, figure: ({ max }) => f.points(max) },
                  { header: t.products, figure: ({ count }) => f.integer(count) },
                ],
                rows: groups,
              }}
            />
          );
        }}
      </Async>
    </Card>
  );
}
