interface Named {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

type Place = 'top' | 'bottom' | 'right' | 'left';
type Box = readonly [left: number, top: number, right: number, bottom: number];

/** What a plot usually measures, in pixels: names are placed before it is drawn. */
const PLOT = { width: 480, height: 380 } as const;
const LETTER = 6.6;
const LINE = 14;
const GAP = 9;
/** Room at the right of a plot. */
const MARGIN = 16;

function boxOf(place: Place, x: number, y: number, width: number): Box {
  if (place === 'top' || place === 'bottom') {
    const top = place === 'top' ? y - GAP - LINE : y + GAP;
    return [x - width / 2, top, x + width / 2, top + LINE];
  }
  const left = place === 'right' ? x + GAP : x - GAP - width;
  return [left, y - LINE / 2, left + width, y + LINE / 2];
}

const covered = (a: Box, b: Box) =>
  Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));

/** What of a box lies beyond the plot and its margin, where it would be cut. */
const cutOff = ([left, top, right, bottom]: Box) =>
  LINE * (Math.max(0, -left) + Math.max(0, right - PLOT.width - MARGIN)) +
  (right - left) * (Math.max(0, -top) + Math.max(0, bottom - PLOT.height));

/** Share of a name that may lie over others before it is better left to the tooltip and the table. */
const MOST_COVERED = 0.2;

/**
 * Beside which end of its point each name covers least of the points and names before it; none for a name that could not be
 * read anywhere. Axes reach from -reach to reach.
 */
export function placesOf(points: readonly Named[], reach: number): (Place | undefined)[] {
  const across = (x: number) => ((x + reach) / (2 * reach)) * PLOT.width;
  const down = (y: number) => ((reach - y) / (2 * reach)) * PLOT.height;
  const taken: Box[] = points.map(({ x, y }) => [across(x) - 6, down(y) - 6, across(x) + 6, down(y) + 6]);
  return points.map(({ name, x, y }) => {
    const outward: readonly Place[] = x >= 0 ? ['right', 'top', 'bottom', 'left'] : ['left', 'top', 'bottom', 'right'];
    const choices = outward.map((place) => {
      const box = boxOf(place, across(x), down(y), name.length * LETTER);
      return { place, box, cost: taken.reduce((sum, other) => sum + covered(box, other), cutOff(box)) };
    });
    const best = choices.reduce((a, b) => (b.cost < a.cost ? b : a));
    if (best.cost > MOST_COVERED * name.length * LETTER * LINE) return undefined;
    taken.push(best.box);
    return best.place;
  });
}
