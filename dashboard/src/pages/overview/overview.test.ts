import { describe, expect, it } from 'vitest';
import { IMPACTS, REFERENCE, STATISTICS } from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const ANSWERS = { ...REFERENCE, ...IMPACTS, ...STATISTICS };

describe('the distribution of the cost', () => {
  it.each([
    [0, 0, []],
    [0, 12, ['Beyond the axis: 12, up to 900,000 Pts.']],
    [3, 0, ['Before the axis begins: 3, down to 0.5 Pts.']],
    [1, 1234, ['Before the axis begins: 1, down to 0.5 Pts. Beyond the axis: 1,234, up to 900,000 Pts.']],
  ])('says how many lie beyond it: %i and %i', async (below, above, said) => {
    const distribution = { ...IMPACTS['GET /impacts/distribution'], min: 0.5, max: 900_000, below, above };
    await browser.visit('/', { ...ANSWERS, 'GET /impacts/distribution': distribution });
    expect(browser.texts('p.hint').filter((text) => /^B(eyond|efore)/.test(text))).toEqual(said);
    expect(browser.chart('Histogram').drawn.xAxis).toMatchObject({ min: 500, max: 1500 });
  });
});
