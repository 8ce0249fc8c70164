import { useQuery } from '../../api/use-query.js';
import { Histogram } from '../../chart/histogram.js';
import { useTexts } from '../../i18n/texts.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const HEIGHT = 300;

/** Histogram of the environmental cost of everything. */
export function CostDistribution() {
  const { t, f } = useTexts(overviewMessages);
  const query = useQuery('GET /impacts/distribution', {});
  return (
    <Card title={t.distribution} hint={t.distributionHint} span={8}>
      <Async
        query={query}
        height={HEIGHT + 30}
        isEmpty={({ count }) => count === 0}
        empty={<NothingYet what="products" height={HEIGHT} />}
      >
        {(found) => (
          <Histogram
            label={t.distributionLabel(f.integer(found.count), f.points(found.quartiles?.[1] ?? 0))}
            height={HEIGHT}
            distribution={found}
            axisName={t.cost}
            counted={t.products}
            from={t.from}
            to={t.to}
            marks={(found.quartiles ?? []).map((cost, at) => ({ cost, name: at === 1 ? f.points(cost) : '' }))}
          />
        )}
      </Async>
    </Card>
  );
}
