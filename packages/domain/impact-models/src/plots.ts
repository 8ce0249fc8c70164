import type { Importance } from './importance.js';
import type { PredictedPoint } from './train-models.js';

const [WIDTH, HEIGHT, MARGIN] = [640, 480, 64];
const MAX_POINTS = 2000;
const TICKS = 5;

const escaped = (text: string) => text.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);

function picture(title: string, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/><text x="${WIDTH / 2}" y="24" text-anchor="middle" font-size="16">${escaped(title)}</text>${body}</svg>`;
}

interface Axis {
  label: string;
  min: number;
  max: number;
}

/** At most 2,000 of the points, evenly taken: as many as a plot can show apart. */
export function plottedPoints(points: readonly PredictedPoint[]): PredictedPoint[] {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, at) => at % every === 0);
}

function scatter(title: string, x: Axis, y: Axis, points: readonly PredictedPoint[], line: [number, number]): string {
  const across = (value: number) => MARGIN + ((value - x.min) / (x.max - x.min || 1)) * (WIDTH - 2 * MARGIN);
  const up = (value: number) => HEIGHT - MARGIN - ((value - y.min) / (y.max - y.min || 1)) * (HEIGHT - 2 * MARGIN);
  const ticks = Array.from({ length: TICKS + 1 }, (_, at) => {
    const [atX, atY] = [x.min + ((x.max - x.min) * at) / TICKS, y.min + ((y.max - y.min) * at) / TICKS];
    return `<text x="${across(atX).toFixed(1)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${Math.round(atX)}</text><text x="${MARGIN - 6}" y="${(up(atY) + 4).toFixed(1)}" text-anchor="end">${Math.round(atY)}</text>`;
  }).join('');
  const dots = plottedPoints(points)
    .map(([a, b]) => `<circle cx="${across(a).toFixed(1)}" cy="${up(b).toFixed(1)}" r="2"/>`)
    .join('');
  const frame = `<path d="M${MARGIN} ${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}" fill="none" stroke="#444"/>`;
  const ideal = `<path d="M${across(x.min)} ${up(line[0])}L${across(x.max)} ${up(line[1])}" stroke="#c33" stroke-dasharray="4"/>`;
  const labels = `<text x="${WIDTH / 2}" y="${HEIGHT - 16}" text-anchor="middle">${x.label}</text><text x="16" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})">${y.label}</text>`;
  return picture(title, `${frame}${ticks}${labels}<g fill="#2a6f97" fill-opacity=".35">${dots}</g>${ideal}`);
}

const bounds = (values: readonly number[]): [number, number] => [
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
];

/** Predicted against actual costs of the test set, as SVG. */
export function predictedPlot(points: readonly PredictedPoint[]): string {
  const [min, max] = bounds(points.flat());
  return scatter(
    'Predicted against actual cost (test set)',
    { label: 'actual cost, Pts', min, max },
    { label: 'predicted cost, Pts', min, max },
    points,
    [min, max],
  );
}

/** Errors against predicted costs of the test set, as SVG. */
export function residualPlot(points: readonly PredictedPoint[]): string {
  const residuals = points.map(([cost, prediction]): PredictedPoint => [prediction, prediction - cost]);
  const [minX, maxX] = bounds(residuals.map(([x]) => x));
  const [minY, maxY] = bounds(residuals.map(([, y]) => y));
  return scatter(
    'Residuals (test set)',
    { label: 'predicted cost, Pts', min: minX, max: maxX },
    { label: 'predicted minus actual, Pts', min: minY, max: maxY },
    residuals,
    [0, 0],
  );
}

const BAR_HEIGHT = 24;

/** Permutation importance as bars, as SVG. */
export function importancePlot(importance: readonly Importance[]): string {
  const shown = importance.slice(0, Math.floor((HEIGHT - 2 * MARGIN) / BAR_HEIGHT));
  const largest = Math.max(...shown.map(({ rmseIncrease }) => rmseIncrease), Number.MIN_VALUE);
  const label = 150;
  const bars = shown
    .map(({ field, rmseIncrease }, at) => {
      const top = MARGIN + at * BAR_HEIGHT;
      const width = (Math.max(0, rmseIncrease) / largest) * (WIDTH - label - 2 * MARGIN);
      return `<text x="${label}" y="${top + 14}" text-anchor="end">${escaped(field)}</text><rect x="${label + 8}" y="${top}" width="${width.toFixed(1)}" height="18" fill="#2a6f97"/><text x="${(label + 14 + width).toFixed(1)}" y="${top + 14}">${rmseIncrease.toFixed(1)}</text>`;
    })
    .join('');
  return picture('Permutation importance: rise of the RMSE, Pts', bars);
}
