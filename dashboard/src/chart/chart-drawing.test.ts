import { h, render } from 'preact';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBrowser } from '../testing/browser.js';

/** What a chart asks of the library that draws it, which needs a window: Chromium sees what it draws (e2e/dashboard.test.ts). */

const browser = openBrowser();
const { Chart } = await import('./chart.js');
const { chooseLanguage, chooseTheme } = await import('../preferences.js');
const { CHART_THEMES } = await import('./palette.js');

const calls: string[] = [];
let click: (event: object) => void = () => {};
let resized = () => {};
class Observer {
  constructor(act: () => void) {
    resized = act;
  }
  observe({ className }: Element) {
    calls.push(`observe ${className}`);
  }
  disconnect() {
    calls.push('disconnect');
  }
}
const library = {
  init: ({ className }: Element, theme: unknown, { renderer }: { renderer: string }) => {
    calls.push(`init ${className} ${theme} ${renderer}`);
    return {
      setOption: ({ baseOption }: { baseOption: { xAxis: { name: string }; animation: boolean } }, how?: object) =>
        calls.push(`draw ${baseOption.xAxis.name} ${baseOption.animation}${how ? ` ${JSON.stringify(how)}` : ''}`),
      on: (_: string, act: typeof click) => {
        click = act;
      },
      resize: () => calls.push('resize'),
      dispose: () => calls.push('dispose'),
    };
  },
};

/** Charts themselves are tables in the other tests. */
const Drawn = (props: Parameters<typeof Chart>[0]) => Chart(props);
async function draw(props: Partial<Parameters<typeof Chart>[0]> = {}) {
  const table = { columns: [{ header: 'Type', cell: (row: unknown) => String(row) }], rows: ['tshirt'] };
  const option = () => ({ xAxis: { name: 'cost' }, yAxis: {} });
  const root = document.getElementById('app') as HTMLElement;
  render(h(Drawn, { label: 'Costs', height: 240, option, table, ...props }), root);
  await browser.settled();
}
const drawn = () => calls.splice(0);

describe('a chart', () => {
  beforeAll(() => {
    vi.stubGlobal('ResizeObserver', Observer);
  });
  beforeEach(async () => {
    vi.doMock('./echarts.js', () => library);
    chooseTheme('light');
    chooseLanguage('en');
    // What was drawn before it has gone.
    await browser.settled();
    calls.length = 0;
  });
  afterAll(() => {
    vi.doUnmock('./echarts.js');
    vi.unstubAllGlobals();
  });

  it('is drawn in its box, as wide as that is, and gone with its page', async () => {
    await draw();
    await browser.until(() => calls.length > 2);
    expect(drawn()).toEqual(['init chart-box null svg', 'draw cost true', 'observe chart-box']);
    resized();
    expect(drawn()).toEqual(['resize']);
    expect(browser.part('.chart')).toBe(
      'figure.chart: \nfigcaption.visually-hidden: Costs\ndiv.chart-box: [role=img] [aria-label=Costs] [height: 240px;]\nbutton.link-button.chart-switch: Show as a table\n',
    );
    render(null, document.getElementById('app') as HTMLElement);
    await browser.until(() => calls.length > 1);
    expect(drawn()).toEqual(['disconnect', 'dispose']);
  });

  it('is drawn anew for other data, another theme or another language, and not for the same', async () => {
    const option = (name: string) => ({
      option: (theme: object) => ({ xAxis: { name: `${name} ${theme === CHART_THEMES.dark}` }, yAxis: {} }),
    });
    await draw(option('a'));
    await browser.until(() => calls.length > 2);
    drawn();
    await draw(option('a'));
    expect(drawn()).toEqual([]);
    await draw(option('b'));
    expect(drawn()).toEqual(['draw b false true {"notMerge":true}']);
    chooseTheme('dark');
    await browser.settled();
    expect(drawn()).toEqual(['draw b true true {"notMerge":true}']);
    chooseLanguage('fr');
    await browser.settled();
    expect(drawn()).toEqual(['draw b true true {"notMerge":true}']);
  });

  it('of thousands of marks is a canvas, and leads on where it is pressed', async () => {
    const pressed: unknown[] = [];
    await draw({ renderer: 'canvas', onClick: () => pressed.push('before') });
    await browser.until(() => calls.length > 2);
    expect(drawn()[0]).toBe('init chart-box clickable null canvas');
    await draw({ renderer: 'canvas', onClick: ({ name }) => pressed.push(name) });
    click({ name: 'tshirt' });
    expect(pressed).toEqual(['tshirt']);
  });

  it.each([
    [240, 320],
    [400, 400],
  ])('of %i px is a table of at most %i px when it is asked for, and a chart again', async (height, most) => {
    await draw({ height });
    await browser.until(() => calls.length > 2);
    drawn();
    await browser.press('Show as a table');
    expect(drawn()).toEqual(['disconnect', 'dispose']);
    expect(browser.all('.chart-table')[0]?.getAttribute('style')).toBe(
      `min-height: ${height}px; max-height: ${most}px;`,
    );
    expect(browser.table('Costs')).toEqual([['Type'], ['tshirt']]);
    await browser.press('Show as a chart');
    await browser.until(() => calls.length > 2);
    expect(drawn()[0]).toBe('init chart-box null svg');
    expect(browser.all('table')).toEqual([]);
  });

  it('does not move for who wants nothing to', async () => {
    const { matchMedia } = globalThis;
    globalThis.matchMedia = ((query: string) => ({ matches: query === '(prefers-reduced-motion: reduce)' })) as never;
    await draw();
    await browser.until(() => calls.length > 2);
    globalThis.matchMedia = matchMedia;
    expect(drawn()[1]).toBe('draw cost false');
  });

  it('that cannot be loaded is a table, and says so', async () => {
    vi.doMock('./echarts.js', () => Promise.reject(new Error('offline')));
    await draw();
    await browser.until(() => browser.all('table').length > 0);
    expect(browser.text('.notice')).toBe('The chart could not be loaded. Here is its table.');
    expect(browser.all('.chart-switch')).toEqual([]);
  });
});
