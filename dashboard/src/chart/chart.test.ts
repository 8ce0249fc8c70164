import { describe, expect, it } from 'vitest';
import { makeFormat } from '../i18n/make-format.js';
import { completeOption } from './complete-option.js';
import { escaped } from './escaped.js';
import { CHART_THEMES, STAGE_COLOURS } from './palette.js';
import { readPointerZoomed } from './zoomed-pointer.js';

const completed = (option: Record<string, unknown>, isStill = false) =>
  completeOption(option, CHART_THEMES.light, makeFormat('en', 'en-GB'), isStill) as {
    readonly baseOption: Readonly<Record<string, Record<string, never>>>;
    readonly media: readonly { readonly option: unknown }[];
  };
const base = (option: Record<string, unknown>) => completed({ xAxis: {}, yAxis: {}, ...option }).baseOption;

describe('the option of a chart', () => {
  it('has the common settings under its own, one level deep', () => {
    const { color, grid, tooltip } = base({ grid: { right: 90 }, tooltip: { trigger: 'axis' } });
    expect(color).toEqual(CHART_THEMES.light.series);
    expect(grid).toEqual({ left: 8, right: 90, top: 8, bottom: 8, containLabel: true });
    expect(tooltip).toMatchObject({ trigger: 'axis', confine: true, backgroundColor: '#ffffff' });
  });

  it('makes room for a legend only where one is asked for', () => {
    expect(base({})).not.toHaveProperty('legend');
    expect(base({ legend: { icon: 'circle' } })).toMatchObject({
      legend: { icon: 'circle', itemWidth: 12 },
      grid: { top: 40 },
    });
  });

  it.each([
    [{}, 8],
    [{ xAxis: { name: 'Pts' } }, 36],
    [{ xAxis: { name: 'Pts' }, grid: { bottom: 56 } }, 56],
  ])('makes room for the name of its axis: %j', (option, bottom) => {
    expect(base(option).grid).toMatchObject({ bottom });
  });

  it('names every row, and leaves out figures that overlap', () => {
    const { xAxis, yAxis } = base({ xAxis: { type: 'value' }, yAxis: { type: 'category' } });
    expect(yAxis?.axisLabel).toEqual({ color: CHART_THEMES.light.text, interval: 0 });
    expect(xAxis?.axisLabel).toMatchObject({ color: CHART_THEMES.light.softText, hideOverlap: true });
    const { formatter } = (xAxis as never as { axisLabel: { formatter: (value: number) => string } }).axisLabel;
    expect([formatter(1234.5), formatter(0.12345)]).toEqual(['1,235', '0.123']);
    const own = base({ xAxis: { nameGap: 5, axisLabel: { color: 'red' } } }).xAxis;
    expect(own).toMatchObject({ nameGap: 5, nameLocation: 'middle', axisLabel: { color: 'red', hideOverlap: true } });
  });

  it('has fewer ticks and broken names up to 420 px, and does not move for those who want nothing to move', () => {
    const { media } = completed({ xAxis: {}, yAxis: {} });
    expect(media).toEqual([{ query: { maxWidth: 420 }, option: { xAxis: { splitNumber: 3 } } }]);
    const widthOf = (...data: string[]) => completed({ xAxis: {}, yAxis: { type: 'category', data } }).media[0]?.option;
    expect(widthOf('Jean', 'T-shirt / polo')).toMatchObject({ yAxis: { axisLabel: { width: 91, overflow: 'break' } } });
    expect(widthOf('Knitting or weaving technique')).toMatchObject({ yAxis: { axisLabel: { width: 132 } } });
    expect([false, true].map((still) => completed({ xAxis: {}, yAxis: {} }, still).baseOption.animation)).toEqual([
      true,
      false,
    ]);
  });

  it('tells the parts of the cost apart', () => {
    expect(new Set(Object.values(STAGE_COLOURS)).size).toBe(11);
  });
});

it('a text for a tooltip is no HTML', () => {
  expect(escaped('<a href="x">&</a>')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;');
});

describe('the pointer on a page that is zoomed', () => {
  const placeOf = (width: number) => {
    const listeners = new Map<string, (event: object) => void>();
    readPointerZoomed({
      offsetWidth: 100,
      getBoundingClientRect: () => ({ left: 10, top: 20, width }),
      addEventListener: (name: string, listener: (event: object) => void) => listeners.set(name, listener),
    } as never);
    const event = { clientX: 110, clientY: 60, offsetX: 7, offsetY: 8 };
    listeners.get('click')?.(event);
    return event;
  };

  it.each([
    [100, 7, 8],
    [100.9, 7, 8],
    [200, 50, 20],
    [50, 200, 80],
  ])('of a box that is %d px wide on the screen', (width, offsetX, offsetY) => {
    expect(placeOf(width)).toMatchObject({ offsetX, offsetY });
  });
});
