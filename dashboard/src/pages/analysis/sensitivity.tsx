import type { Sensitivity as SensitivityAnswer } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { type CustomApi, rangeMark, rowTooltip } from '../../chart/marks.js';
import { bound } from '../../i18n/define-messages.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { useChoice } from './choice.js';

const ROW = 40;
const AROUND = 90;
const BAR = 11;
const GAP = 2;
const HEIGHT = 500;
/** Interactions that are told. */
const PAIRS = 5;

type Input = SensitivityAnswer['inputs'][number];

/** What decides the cost over a stated distribution of garments: Sobol's indices with their errors. */
export function Sensitivity() {
  const { t, f, v } = useTexts(analysisMessages);
  const language = useLanguage();
  const { product, per } = useChoice().choice;
  const query = useQuery('GET /analysis/sensitivity', { query: { product, per } });
  const share = (value: number) => f.percent(value, 1);
  const withError = (value: number, error: number) => t.withError(share(value), share(error));
  return (
    <Card title={t.sensitivity(product === '' ? t.allTypes : v.product(product))} hint={t.sensitivityHint}>
      <Async query={query} height={HEIGHT}>
        {({ inputs, pairs, interactions, distribution, evaluations, mean, deviation, notes }) => {
          const nameOf = (input: string) => inputs.find((one) => one.input === input)?.name[language] ?? input;
          const [first] = inputs as [Input];
          const text = t.sensitivityText(first.name[language], share(first.total), share(interactions));
          const bars = (
            name: string,
            color: string | undefined,
            nth: 0 | 1,
            of: (input: Input) => readonly [value: number, error: number],
            stroke: string,
          ) => [
            {
              type: 'bar',
              name,
              barWidth: BAR,
              barGap: `${(100 * GAP) / BAR}%`,
              itemStyle: { color, borderRadius: [0, 3, 3, 0] },
              data: inputs.map((input) => of(input)[0]),
            },
            {
              type: 'custom',
              silent: true,
              z: 3,
              encode: { x: [0, 1], y: 2 },
              renderItem: (_: unknown, api: CustomApi) => ({
                ...rangeMark(api, stroke),
                y: (nth - 0.5) * (BAR + GAP),
              }),
              data: inputs.map((input, at) => {
                const [value, error] = of(input);
                return [value - error, value + error, at];
              }),
            },
          ];
          return (
            <>
              <p class="lead">{text}</p>
              <Chart
                label={text}
                height={AROUND + ROW * inputs.length}
                option={(theme) => ({
                  legend: { icon: 'roundRect', data: [t.total, t.first] },
                  tooltip: rowTooltip(inputs, (input) => [
                    `<b>${input.name[language]}</b>`,
                    f.pair(t.total, withError(input.total, input.total_error)),
                    f.pair(t.first, withError(input.first, input.first_error)),
                  ]),
                  xAxis: { type: 'value', axisLabel: { formatter: (value: number) => f.percent(value) } },
                  yAxis: { type: 'category', inverse: true, data: inputs.map(({ name }) => name[language]) },
                  series: [
                    ...bars(t.total, theme.accent, 0, ({ total, total_error }) => [total, total_error], theme.text),
                    ...bars(t.first, theme.series[1], 1, (input) => [input.first, input.first_error], theme.text),
                  ],
                })}
                table={{
                  columns: [
                    { header: t.input, cell: ({ name }) => name[language] },
                    { header: t.total, figure: ({ total, total_error }) => withError(total, total_error) },
                    { header: t.first, figure: (input) => withError(input.first, input.first_error) },
                  ],
                  rows: inputs,
                }}
              />
              {pairs.length > 0 && (
                <>
                  <h3 class="below-chart">{t.interactions}</h3>
                  <ul>
                    {pairs.slice(0, PAIRS).map(({ inputs: [one = '', other = ''], second, second_error }) => (
                      <li key={one + other}>{t.pair(nameOf(one), nameOf(other), withError(second, second_error))}</li>
                    ))}
                  </ul>
                </>
              )}
              <p class="soft hint">{t.computed(f.integer(evaluations), f.points(mean), f.points(deviation))}</p>
              {[distribution.about, ...notes].map((note) => (
                <p key={note.en} class="soft hint">
                  {bound(note[language])}
                </p>
              ))}
            </>
          );
        }}
      </Async>
    </Card>
  );
}
