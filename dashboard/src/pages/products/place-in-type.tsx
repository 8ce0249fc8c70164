import type { Distribution } from '@ecobalyse/schema';
import type { Query } from '../../api/use-query.js';
import { type Bin, Histogram } from '../../chart/histogram.js';
import { useTexts } from '../../i18n/texts.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { productMessages } from './product-messages.js';

const HEIGHT = 420;
/** Fine bins joined for the eye. */
const JOINED = 5;

function joined(bins: readonly Bin[]): Bin[] {
  const wide: Bin[] = [];
  for (let at = 0; at < bins.length; at += JOINED) {
    const group = bins.slice(at, at + JOINED);
    const [first, last] = [group[0] as Bin, group.at(-1) as Bin];
    wide.push({ from: first.from, to: last.to, count: group.reduce((sum, { count }) => sum + count, 0) });
  }
  return wide;
}

interface PlaceInTypeProps {
  readonly query: Query<Distribution>;
  readonly cost: number;
  /** That place in words. */
  readonly rank: string;
}

/** Where a product stands in the distribution of its type. */
export function PlaceInType({ query, cost, rank }: PlaceInTypeProps) {
  const { t, f } = useTexts(productMessages);
  return (
    <Card title={t.place} hint={t.placeHint} span={5}>
      <Async query={query} height={HEIGHT + 30}>
        {(found) =>
          found.count === 0 ? (
            <EmptyState title={t.alone} hint={t.aloneHint} height={HEIGHT + 30} />
          ) : (
            <Histogram
              label={t.placeLabel(f.points(cost), rank)}
              height={HEIGHT}
              distribution={{ ...found, bins: joined(found.bins) }}
              axisName={t.costAxis}
              counted={t.products}
              from={t.from}
              to={t.to}
              marks={[{ cost, name: f.points(cost) }]}
              stands
            />
          )
        }
      </Async>
    </Card>
  );
}
