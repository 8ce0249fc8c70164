import type { Component } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { arrowMark, type CustomApi } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { placesOf } from './label-places.js';
import { WideChart } from './wide-chart.js';

const HEIGHT = 480;

interface Mark {
  readonly kind: 'type' | 'part';
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

const marksOf = (kind: Mark['kind'], nameOf: (id: string) => string, x: Component['loadings'], y: typeof x): Mark[] =>
  Object.keys(x).map((id) => ({ kind, name: nameOf(id), x: x[id] ?? 0, y: y[id] ?? 0 }));

const furthest = (marks: readonly Mark[]) => Math.max(1e-9, ...marks.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]));

/** Product types on two of the principal components, with the loadings as arrows; and the variance that each explains. */
export function Components() {
  const { t, f, v } = useTexts(analysisMessages);
  const [search, setSearch] = useSearchParams();
  const query = useQuery('GET /stats/components', {});
  const numbers = (query.data ?? []).map(({ component }) => component);
  const chosen = (name: string, otherwise: number) => {
    const number = Number(search.get(name));
    return numbers.includes(number) ? number : otherwise;
  };
  const [across, up] = [chosen('x', 1), chosen('y', 2)];
  const choices = (numbers.length > 0 ? numbers : [1, 2]).map((number) => ({
    value: String(number),
    label: t.component(f.integer(number)),
  }));
  return (
    <>
      <Card
        title={t.components}
        hint={t.componentsHint}
        span={7}
        actions={
          <>
            <Select
              label={t.across}
              value={String(across)}
              choices={choices}
              onChange={(value) => setSearch({ x: value === '1' ? '' : value })}
            />
            <Select
              label={t.up}
              value={String(up)}
              choices={choices}
              onChange={(value) => setSearch({ y: value === '2' ? '' : value })}
            />
          </>
        }
      >
        <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="analyses" height={HEIGHT} />}>
          {(rows) => {
            const find = (number: number) =>
              rows.find(({ component }) => component === number) ?? (rows[0] as Component);
            const [first, second] = [find(across), find(up)];
            const types = marksOf('type', (id) => v.product(id), first.centroids, second.centroids);
            const parts = marksOf('part', v.stage, first.loadings, second.loadings);
            // Loadings lie between -1 and 1, centroids do not: the arrows are made as long as the cloud is wide.
            const scale = furthest(types) / furthest(parts);
            // Room for the names at the ends.
            const reach = Math.ceil(1.3 * furthest(types));
            const places = placesOf(
              [...types, ...parts.map((part) => ({ ...part, x: part.x * scale, y: part.y * scale }))],
              reach,
            );
            const axis = ({ component, explained_variance }: Component) => ({
              type: 'value',
              name: t.axis(f.integer(component), f.percent(explained_variance)),
              min: -reach,
              max: reach,
              axisLabel: { formatter: (value: number) => f.number(value, 2) },
            });
            return (
              <WideChart label={t.components}>
                <Chart
                  label={t.componentsLabel(f.percent(first.explained_variance), f.percent(second.explained_variance))}
                  height={HEIGHT}
                  option={(theme) => ({
                    grid: { left: 40 },
                    legend: { icon: 'circle' },
                    tooltip: { trigger: 'item' },
                    xAxis: { ...axis(first), nameGap: 28 },
                    yAxis: { ...axis(second), nameGap: 36 },
                    series: [
                      {
                        type: 'custom',
                        name: t.loadings,
                        itemStyle: { color: theme.highlight },
                        renderItem: (_: unknown, api: CustomApi) => arrowMark(api, theme.highlight),
                        data: parts.map(({ x, y }) => [x * scale, y * scale]),
                        tooltip: {
                          formatter: ({ dataIndex }: { dataIndex: number }) => {
                            const { name, x, y } = parts[dataIndex] as Mark;
                            return `<b>${name}</b><br>${f.number(x, 2)} / ${f.number(y, 2)}`;
                          },
                        },
                      },
                      {
                        // The names at the arrows' ends.
                        type: 'scatter',
                        silent: true,
                        symbolSize: 1,
                        itemStyle: { color: 'transparent' },
                        label: {
                          show: true,
                          color: theme.softText,
                          fontSize: 12,
                          formatter: ({ dataIndex }: { dataIndex: number }) =>
                            places[types.length + dataIndex] ? (parts[dataIndex]?.name ?? '') : '',
                        },
                        data: parts.map(({ x, y }, at) => ({
                          value: [x * scale, y * scale],
                          label: { position: places[types.length + at] },
                        })),
                      },
                      {
                        type: 'scatter',
                        name: t.typesShown,
                        symbolSize: 13,
                        itemStyle: { color: theme.accent },
                        label: {
                          show: true,
                          color: theme.text,
                          fontWeight: 600,
                          formatter: ({ dataIndex }: { dataIndex: number }) => types[dataIndex]?.name ?? '',
                        },
                        data: types.map(({ x, y }, at) => ({ value: [x, y], label: { position: places[at] } })),
                        tooltip: {
                          formatter: ({ dataIndex }: { dataIndex: number }) => {
                            const { x, y } = types[dataIndex] as Mark;
                            return `${f.number(x, 3)} / ${f.number(y, 3)}`;
                          },
                        },
                      },
                    ],
                  })}
                  table={{
                    columns: [
                      { header: t.kind, cell: ({ kind }) => (kind === 'type' ? t.typesShown : t.loadings) },
                      { header: t.name, cell: ({ name }) => name },
                      { header: t.component(f.integer(across)), figure: ({ x }) => f.number(x, 3) },
                      { header: t.component(f.integer(up)), figure: ({ y }) => f.number(y, 3) },
                    ],
                    rows: [...types, ...parts],
                  }}
                />
              </WideChart>
            );
          }}
        </Async>
      </Card>
      <Card title={t.explained} hint={t.explainedHint} span={5}>
        <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="analyses" height={HEIGHT} />}>
          {(rows) => (
            <Chart
              label={t.explainedLabel(f.percent((rows[1] ?? rows[0])?.cumulative_variance ?? 0))}
              height={HEIGHT}
              option={(theme) => ({
                grid: { right: 16 },
                legend: { icon: 'roundRect' },
                tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.percent(value, 1) },
                xAxis: { type: 'category', data: rows.map(({ component }) => f.integer(component)) },
                yAxis: { type: 'value', max: 1, axisLabel: { formatter: (value: number) => f.percent(value) } },
                series: [
                  {
                    type: 'bar',
                    name: t.each,
                    barMaxWidth: 34,
                    itemStyle: { color: theme.accent, borderRadius: [3, 3, 0, 0] },
                    data: rows.map(({ explained_variance }) => explained_variance),
                  },
                  {
                    type: 'line',
                    name: t.together,
                    itemStyle: { color: theme.highlight },
                    data: rows.map(({ cumulative_variance }) => cumulative_variance),
                  },
                ],
              })}
              table={{
                columns: [
                  { header: t.components, cell: ({ component }) => t.component(f.integer(component)) },
                  { header: t.each, figure: ({ explained_variance }) => f.percent(explained_variance, 1) },
                  { header: t.together, figure: ({ cumulative_variance }) => f.percent(cumulative_variance, 1) },
                ],
                rows,
              }}
            />
          )}
        </Async>
      </Card>
    </>
  );
}
