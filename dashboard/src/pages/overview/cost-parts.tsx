import { useQuery } from '../../api/use-query.js';
import { partsByType, StackedParts } from '../../chart/stacked-parts.js';
import { useTexts } from '../../i18n/texts.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const HEIGHT = 310;
const ALL = 'all';

/** Stacked bars: the mean cost of each part of the life cycle by product type. */
export function CostParts() {
  const { t, f, v } = useTexts(overviewMessages);
  const query = useQuery('GET /stats/stages', {});
  const typeName = (type: string) => (type === ALL ? t.allTypes : v.product(type));
  return (
    <Card title={t.stages} hint={t.stagesHint} span={6}>
      <Async query={query} height={HEIGHT + 90} empty={<NothingYet what="statistics" height={HEIGHT} />}>
        {(rows) => {
          const greatest = rows
            .filter(({ product_id }) => product_id === ALL)
            .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
          return (
            <StackedParts
              label={t.stagesLabel(v.stage(greatest?.stage ?? ''), f.percent(greatest?.share ?? 0))}
              height={HEIGHT}
              header={t.type}
              axisName={t.cost}
              rows={partsByType(rows).map(({ type, parts }) => ({ name: typeName(type), parts }))}
            />
          );
        }}
      </Async>
    </Card>
  );
}
