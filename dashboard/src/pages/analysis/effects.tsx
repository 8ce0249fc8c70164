import type { Effects as EffectsAnswer } from '@ecobalyse/schema';
import { EFFECT_FACTORS } from '@ecobalyse/schema/vocabulary';
import { useQuery } from '../../api/use-query.js';
import { Dots } from '../../chart/dots.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { asked, useChoice } from './choice.js';
import { ReadCatalogues } from './read-catalogues.js';
import { useNames } from './use-names.js';

const HEIGHT = 300;

type Level = EffectsAnswer['catalogues'][number]['types'][number]['levels'][number];

/** Effects of one catalogue on the type of the choice, or on all of them together. */
const levelsOf = ({ types }: EffectsAnswer['catalogues'][number], product: string): readonly Level[] =>
  (types.find(({ product_id }) => product_id === (product || null)) ?? types[0])?.levels ?? [];

/** What changing one thing does to the same garment, everything else as it is. */
export function Effects() {
  const { t, f } = useTexts(analysisMessages);
  const language = useLanguage();
  const nameIn = useNames();
  const { choice } = useChoice();
  const [search, setSearch] = useSearchParams();
  const factor = EFFECT_FACTORS.find((name) => name === search.get('factor')) ?? EFFECT_FACTORS[0];
  const nameOf = ({ level, name }: Pick<Level, 'level' | 'name'>) => nameIn(factor, level, name);
  const inPoints = search.get('as') === 'points';
  const reference = search.get('reference') ?? '';
  const query = useQuery('GET /analysis/effects', { query: { ...asked(choice), factor, reference } });
  const signed = (value: number) => `${value > 0 ? '+' : ''}${inPoints ? f.points(value) : f.percent(value / 100)}`;
  const changeOf = ({ points, percent }: Level) => (inPoints ? points : percent);
  const levels = query.data?.catalogues.flatMap((catalogue) => levelsOf(catalogue, choice.product)) ?? [];
  const known = query.data ? [query.data.reference, ...levels] : [];
  const references = [...new Map(known.map((one) => [one.level, nameOf(one)]))]
    .map(([value, label]) => ({ value, label }))
    .sort((a, b) => a.label.localeCompare(b.label, f.locale));
  return (
    <Card
      title={t.effects}
      hint={t.effectsHint}
      actions={
        <>
          <Select
            label={t.changed}
            value={factor}
            choices={EFFECT_FACTORS.map((value) => ({ value, label: t[`f_${value}`] }))}
            onChange={(value) => setSearch({ factor: value === EFFECT_FACTORS[0] ? '' : value, reference: '' })}
          />
          <Select
            label={t.reference}
            value={query.data?.reference.level ?? reference}
            choices={references}
            onChange={(value) => setSearch({ reference: value })}
          />
          <Select
            label={t.shown}
            value={inPoints ? 'points' : 'percent'}
            choices={[
              { value: 'percent', label: t.percent },
              { value: 'points', label: t.points },
            ]}
            onChange={(value) => setSearch({ as: value === 'points' ? value : '' })}
          />
        </>
      }
    >
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={() => levels.length === 0}
        empty={<EmptyState title={t.noEffectsTitle} height={HEIGHT} hint={t.noEffects} />}
      >
        {({ catalogues, per, notes, reference: compared }) => {
          const names = new Map(levels.map((one) => [one.level, nameOf(one)]));
          const byLevel = catalogues.map(
            (catalogue) => new Map(levelsOf(catalogue, choice.product).map((level) => [level.level, level])),
          );
          const furthest = levels.reduce((a, b) =>
            Math.abs(changeOf(b).median) > Math.abs(changeOf(a).median) ? b : a,
          );
          const { median, p5, p95 } = changeOf(furthest);
          const text = t.effectsText(nameOf(furthest), nameOf(compared), signed(median), signed(p5), signed(p95));
          return (
            <>
              <p class="lead">{text}</p>
              <Dots<Level>
                label={text}
                rows={[...names].map(([level, name]) => ({ name, of: byLevel.map((of) => of.get(level)) }))}
                series={catalogues.map(({ name }) => name[language])}
                dotOf={(level) => ({ at: changeOf(level).median, low: changeOf(level).p5, high: changeOf(level).p95 })}
                describe={(level) =>
                  t.spread(
                    signed(changeOf(level).median),
                    signed(changeOf(level).p5),
                    signed(changeOf(level).p95),
                    f.integer(level.count),
                  )
                }
                axisName={inPoints ? t[`cost_${per}`] : t.percentAxis}
                text={(value) => (inPoints ? f.number(value, 3) : f.percent(value / 100))}
                reference={0}
                header={t[`f_${factor}`]}
                seriesHeader={t.catalogue}
                columns={[
                  { header: t.garments, figure: ({ count }) => f.integer(count) },
                  { header: t.change, figure: (level) => signed(changeOf(level).median) },
                  {
                    header: t.ninety,
                    figure: (level) => t.range(signed(changeOf(level).p5), signed(changeOf(level).p95)),
                  },
                  { header: t.cheaper, figure: ({ cheaper }) => f.percent(cheaper) },
                ]}
              />
              <ReadCatalogues catalogues={catalogues} notes={notes} />
            </>
          );
        }}
      </Async>
    </Card>
  );
}
