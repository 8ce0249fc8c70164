import { describe, expect, it } from 'vitest';
import { importancePlot, plottedPoints, predictedPlot, residualPlot } from './plots.js';

/** What a picture shows, one kind at a time. */
const all = (svg: string, tag: RegExp) => [...svg.matchAll(tag)].map(([, ...values]) => values);
const dots = (svg: string) => all(svg, /<circle cx="([\d.-]+)" cy="([\d.-]+)" r="2"\/>/g).map((at) => at.map(Number));
const texts = (svg: string) => all(svg, /<text [^>]*>([^<]*)<\/text>/g).flat();
const line = (svg: string) =>
  all(svg, /<path d="M([\d.-]+) ([\d.-]+)L([\d.-]+) ([\d.-]+)"/g)
    .flat()
    .map(Number);

describe('a plot', () => {
  it('of predictions has a point for each, on axes of the same range, and the line of those that are right', () => {
    const svg = predictedPlot([
      [100, 100],
      [200, 150],
      [300, 600],
    ]);
    // From 64 to 576 across and from 416 to 64 up, over 100 to 600 Pts.
    expect(dots(svg)).toEqual([
      [64, 416],
      [166.4, 380.8],
      [268.8, 64],
    ]);
    expect(line(svg)).toEqual([64, 416, 576, 64]);
    expect(texts(svg)).toEqual([
      'Predicted against actual cost (test set)',
      ...[100, 200, 300, 400, 500, 600].flatMap((tick) => [String(tick), String(tick)]),
      'actual cost, Pts',
      'predicted cost, Pts',
    ]);
    const ticks = all(svg, /<text x="([\d.]+)" y="([\d.]+)" text-anchor="(?:middle|end)">\d+</g).map((at) =>
      at.map(Number),
    );
    expect(ticks.slice(0, 4)).toEqual([
      [64, 434],
      [58, 420],
      [166.4, 434],
      [58, 349.6],
    ]);
  });

  it('of errors has them over the predictions, and the line of none', () => {
    const svg = residualPlot([
      [100, 110],
      [200, 190],
      [300, 310],
    ]);
    expect(dots(svg)).toEqual(
      [
        [64, 64],
        [268.8, 416],
        [576, 64],
      ].map(([x, y], at) => [at === 1 ? 268.8 : x, y]),
    );
    expect(line(svg)).toEqual([64, 240, 576, 240]);
    expect(texts(svg).slice(-2)).toEqual(['predicted cost, Pts', 'predicted minus actual, Pts']);
  });

  it('of one point is drawn', () => expect(dots(predictedPlot([[5, 5]]))).toEqual([[64, 416]]));

  it.each([
    [2000, 2000, 1],
    [2001, 1001, 2],
    [4001, 1334, 3],
  ])('of %d points shows %d of them, each one in %d', (count, shown, every) => {
    const points = Array.from({ length: count }, (_, at): [number, number] => [at, at]);
    const plotted = plottedPoints(points);
    expect(plotted).toHaveLength(shown);
    expect(plotted[1]?.[0]).toBe(every);
  });

  it('of importance has a bar for each, and text that is no markup', () => {
    const svg = importancePlot([
      { field: 'a<b>&c', rmseIncrease: 40 },
      { field: 'price', rmseIncrease: 10.04 },
      { field: 'noise', rmseIncrease: -3 },
    ]);
    expect(texts(svg)).toEqual([
      'Permutation importance: rise of the RMSE, Pts',
      'a&#60;b&#62;&#38;c',
      '40.0',
      'price',
      '10.0',
      'noise',
      '-3.0',
    ]);
    expect(all(svg, /<rect x="158" y="(\d+)" width="([\d.]+)" height="18"/g).map((at) => at.map(Number))).toEqual([
      [64, 362],
      [88, 90.9],
      [112, 0],
    ]);
    expect(all(svg, /<text x="([\d.]+)" y="(\d+)">/g).map((at) => at.map(Number))).toEqual([
      [526, 78],
      [254.9, 102],
      [164, 126],
    ]);
  });

  it('has room for fourteen bars', () => {
    const many = Array.from({ length: 20 }, (_, at) => ({ field: `f${at}`, rmseIncrease: 1 }));
    expect(texts(importancePlot(many)).filter((text) => text.startsWith('f'))).toHaveLength(14);
    expect(importancePlot([])).toContain('</svg>');
  });
});
