import type { ChartTheme } from './palette.js';

/** Figures behind the ends of bars. */
export const figureLabel = ({ softText }: ChartTheme, text: (value: number, at: number) => string) => ({
  show: true,
  position: 'right',
  color: softText,
  formatter: ({ value, dataIndex }: { value: number; dataIndex: number }) => text(value, dataIndex),
});

/** A tooltip that tells the row which the pointer is on, in lines of HTML. */
export const rowTooltip = <Row>(rows: readonly Row[], linesOf: (row: Row) => readonly string[]) => ({
  trigger: 'axis',
  formatter: ([{ dataIndex }]: [{ dataIndex: number }]) => linesOf(rows[dataIndex] as Row).join('<br>'),
});

/** What ECharts gives to the drawing of one mark of a custom series, as far as it is used. */
export interface CustomApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): readonly [number, number];
  size?(size: readonly [number, number]): readonly [number, number];
}

const HALF_CAP = 5;

/** A horizontal line with caps from value 0 to value 1, in the row of value 2. */
export function rangeMark(api: CustomApi, stroke: string) {
  const [from, y] = api.coord([api.value(0), api.value(2)]);
  const [to] = api.coord([api.value(1), api.value(2)]);
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke, lineWidth: 1.25 },
    silent: true,
  });
  return {
    type: 'group',
    children: [
      line(from, y, to, y),
      line(from, y - HALF_CAP, from, y + HALF_CAP),
      line(to, y - HALF_CAP, to, y + HALF_CAP),
    ],
  };
}

const HEAD_LENGTH = 9;
const HEAD_ANGLE = 0.42;

/** An arrow from the origin to the point of values 0 and 1. */
export function arrowMark(api: CustomApi, stroke: string) {
  const [x1, y1] = api.coord([0, 0]);
  const [x2, y2] = api.coord([api.value(0), api.value(1)]);
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const wing = (turn: number) => [x2 - HEAD_LENGTH * Math.cos(angle + turn), y2 - HEAD_LENGTH * Math.sin(angle + turn)];
  return {
    type: 'group',
    children: [
      { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth: 1.5 } },
      { type: 'polygon', shape: { points: [[x2, y2], wing(HEAD_ANGLE), wing(-HEAD_ANGLE)] }, style: { fill: stroke } },
    ],
  };
}

/** Lines at given values, drawn where they are: ECharts would round them to two decimals, and leave out what then lies outside. */
export const STILL_LINE = { silent: true, symbol: 'none', animation: false, precision: -1 } as const;

/**
 * A dot at value 1 in the row of value 0, on a thin line from value 2 to value 3 and a thick one from value 4 to value 5.
 *
 * @param offset - pixels below the middle of the row, for several of them in one.
 */
export function dotMark(api: CustomApi, colour: string, ground: string, offset: number) {
  const across = (dimension: number) => api.coord([api.value(dimension), api.value(0)])[0];
  const y = api.coord([api.value(1), api.value(0)])[1] + offset;
  const line = (from: number, to: number, lineWidth: number) => ({
    type: 'line',
    shape: { x1: across(from), y1: y, x2: across(to), y2: y },
    style: { stroke: colour, lineWidth },
  });
  return {
    type: 'group',
    children: [
      line(2, 3, 1.5),
      line(4, 5, 5),
      {
        type: 'circle',
        shape: { cx: across(1), cy: y, r: 5 },
        style: { fill: colour, stroke: ground, lineWidth: 1.5 },
      },
    ],
  };
}
