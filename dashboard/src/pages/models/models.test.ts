import { type ModelChecks, textileQuerySchema } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { MODELS, pageOf } from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';
import { modelsMessages, nameIn } from './models-messages.js';

const browser = openBrowser();
const details = MODELS['GET /models/{version}'];
const ANSWERS = {
  ...MODELS,
  'GET /models/3': details,
  'GET /models/3/checks': MODELS['GET /models/{version}/checks'],
  'GET /models/4/checks': {
    ...{ version: 4, level: null, checked: 0, outside: 0, drifts_from: null, drifts: false, median_error: null },
    items: [],
  },
  'GET /models/4': { ...MODELS['GET /models'].items[0], evaluation: null },
  'POST /models/4/promote': { message: 'done' },
};

describe('models', () => {
  it.each([
    ['', 3],
    ['?version=4', 4],
    ['?version=9', 3],
  ])('shows the version of the address, or the one in production: %s', async (address, version) => {
    await browser.visit(`/models${address}`, ANSWERS);
    expect(browser.requests).toEqual([
      'GET /models?limit=200',
      `GET /models/${version}`,
      `GET /models/${version}/checks`,
    ]);
  });

  it('shows the newest where none is in production', async () => {
    const none = pageOf(MODELS['GET /models'].items.map((model) => ({ ...model, production: false })));
    await browser.visit('/models', { ...ANSWERS, 'GET /models': none });
    expect(browser.requests.at(-1)).toBe('GET /models/4/checks');
    await browser.press('Version 3');
    expect(browser.address()).toBe('/models?version=3');
  });

  it('puts a version into production after a question, and asks for the list again', async () => {
    await browser.visit('/models?version=4', ANSWERS);
    expect(browser.text()).toContain('refused, since it predicts costs that cannot be');
    await browser.press('Put into production');
    expect(browser.text('dialog')).toContain('3');
    await browser.press('Cancel');
    expect(browser.all('dialog')).toEqual([]);
    await browser.press('Put into production');
    browser.answer({ 'POST /models/4/promote': failure(503, 'registry away') });
    await browser.press('Put into production', 'dialog .primary');
    expect(browser.text('dialog')).toContain('registry away');
    browser.answer(ANSWERS);
    browser.requests.length = 0;
    await browser.press('Put into production', 'dialog .primary');
    expect(browser.requests.sort()).toEqual([
      'GET /models/4',
      'GET /models/4/checks',
      'GET /models?limit=200',
      'POST /models/4/promote',
    ]);
    expect(browser.text('.notice.good')).toContain('4');
  });

  it('lets no writer do so', async () => {
    await browser.visit('/models?version=4', ANSWERS, { role: 'writer' });
    expect(browser.button('Put into production').disabled).toBe(true);
  });

  it('tells a model that was promoted by hand, and what older ones do not tell', async () => {
    const { test: _, interval: __, counts: ___, ...older } = details.evaluation;
    await browser.visit('/models', {
      ...ANSWERS,
      'GET /models/3': {
        ...details,
        decision:
          'kept as a candidate: median error 3.10 % against 3.00 % over the same strata, less than 2.0 % better',
        metrics: {},
        evaluation: older,
      },
    });
    expect(browser.page({ drawn: false }).split('h2: What the model')[0]).toMatchInlineSnapshot(`
      "main: [tabindex=-1]
      h1: Models [tabindex=-1]
      p: Models predict the cost of a product that is only half described. Each training compares six families and keeps the best.
      p: Catalogue: , with products added without a catalogue. Your own catalogues are not counted here.
      a: reference grid [/dashboard/products?catalogue=reference-grid]
      h2: Versions
      p: Newest first. Choose one to see how it was judged.
      div: [aria-busy=false]
      div: [role=group] [tabindex=0] [aria-label=Versions of the model]
      caption: Versions of the model
      | Version | State | Family [minor] | Trained [minor] | RMSE [numeric minor] | Typical error [numeric] | R² [numeric minor] | In the interval [numeric minor]
      | Version 4Ridge regression | candidate | Ridge regression | 30 Nov 2026, 10:00 | – | – | – | –
      | Version 3Boosted trees | in production | Boosted trees | 30 Nov 2026, 10:00 | 3.1 Pts | 1.23% | 0.998765 | 91.2%
      div: [aria-busy=false]
      h2: Version 3 · Boosted trees
      p: 30 Nov 2026, 10:00 · put into production by hand · at its training: kept as a candidate: median error 3.1% against 3% on the same garments, less than 2% better
      span: in production [tag good]
      div: [aria-live=polite]
      dt: Typical error
      span: –
      span: mean share by which a prediction is off
      dt: R²
      span: –
      span: share of the differences that is predicted
      dt: In the interval
      span: –
      span: of the test set inside its 90% interval
      dt: Interval, ±
      span: 3.45%
      span: half-width of the interval, as a share of the prediction
      dt: Test set
      span: –
      h2: Products that arrived since
      p: What this version predicts of products that were scored after its training, beside what they cost: those that are described in full, with and without a catalogue, a sample where many arrive at once.
      div: [aria-busy=false]
      p: It keeps what it promises: 12 of 201 costs lie outside the interval; from 36 on it would drift.
      dt: Products compared
      span: 201
      span: the last ones, 500 at most
      dt: In the interval
      span: 94%
      span: 90% is promised
      dt: Median error
      span: 1.5%
      figcaption: Share of the costs inside the interval, by 50 arrivals: 94% of 201 in all, 90% promised
      div: [role=group] [tabindex=0] [aria-label=Share of the costs inside the interval, by 50 arrivals: 94% of 201 in all, 90% promised]
      caption: Share of the costs inside the interval, by 50 arrivals: 94% of 201 in all, 90% promised
      | Arrived | Garments [numeric] | In the interval [numeric]
      | 30 Nov 2026, 11:00 – 30 Nov 2026, 11:00 | 1 | 100%
      | 30 Nov 2026, 11:00 – 30 Nov 2026, 11:00 | 50 | 94%
      | 30 Nov 2026, 11:00 – 30 Nov 2026, 11:00 | 50 | 94%
      | 30 Nov 2026, 11:00 – 30 Nov 2026, 11:00 | 50 | 94%
      | 30 Nov 2026, 11:00 – 30 Nov 2026, 11:00 | 50 | 94%
      h2: Predicted against actual
      p: This version kept no points
      div: It was trained before the platform kept them: train again with “Even when nothing has changed” on the page Pipelines.
      "
    `);
  });

  it('tells how the best family was judged on each stratum of strangers, interpolation by that name beside them', async () => {
    const { reports } = details.evaluation;
    const judged = { ...reports[0]?.metrics, medianApe: 1.234, p95Ape: 56.78 };
    const strata = [
      { ...judged, stratum: 'upcycled', count: 143, coverage: 0.901, width: 0.0345 },
      { ...judged, stratum: 'missing fields', count: 143, medianApe: 16.4, coverage: 0.89, width: 0.6 },
    ];
    const told = reports.map((report) =>
      report.family === details.family
        ? { ...report, error: 2, strata, interpolation: judged }
        : { ...report, error: 1 },
    );
    await browser.visit('/models', {
      ...ANSWERS,
      'GET /models/3': { ...details, evaluation: { ...details.evaluation, reports: told } },
    });
    expect(browser.table('Errors and coverage by stratum')).toEqual([
      ['Stratum', 'Garments', 'Median error', '95 % of errors below', 'In the interval', 'Interval, ±'],
      ['upcycled', '143', '1.234%', '56.78%', '90.1%', '3.45%'],
      ['missing fields', '143', '16.4%', '56.78%', '89%', '60%'],
      ['interpolation (products of the catalogue with neighbours in training)', '–', '1.234%', '56.78%', '–', '–'],
    ]);
    // By the error over the strata, not by one that an outlier moves.
    expect(browser.table('Metrics of each family').at(-1)?.[0]).toBe('Boosted trees best');
  });

  it('tells the 200 points that are furthest off, above or below', async () => {
    const test = Array.from({ length: 201 }, (_, at) => [1000, 1000 + (at % 2 ? at : -at)]);
    await browser.visit('/models', {
      ...ANSWERS,
      'GET /models/3': { ...details, evaluation: { ...details.evaluation, test } },
    });
    const rows = browser.table('Scatter of predicted');
    expect([rows.length, rows[1]?.[2], rows[2]?.[2], rows.at(-1)?.[2]]).toEqual([201, '-200 Pts', '199 Pts', '1 Pts']);
  });

  it('draws a prediction far off beyond the axes, and says so', async () => {
    const ordinary = Array.from({ length: 100 }, (_, at) => [1000 + at, 1001 + at + (at % 5)]);
    const test = [...ordinary, [1100, 900_000]];
    await browser.visit('/models', {
      ...ANSWERS,
      'GET /models/3': { ...details, evaluation: { ...details.evaluation, test } },
    });
    const axes = ['Scatter of predicted', 'Scatter of the errors'].map((label) => {
      const { xAxis, yAxis } = browser.chart(label).drawn as unknown as Record<string, { min?: number; max?: number }>;
      return [xAxis?.max, yAxis?.min, yAxis?.max];
    });
    expect(axes).toEqual([
      [1104, undefined, 1104],
      [1104, 1, 5],
    ]);
    expect(browser.texts('p.hint').filter((text) => text.startsWith('Beyond'))).toEqual([
      'Beyond the axis: 1, up to 900,000 Pts.',
      'Beyond the axis: 1, up to 898,900 Pts.',
    ]);
  });

  it('draws the band of the interval from 0.9 of the least to 1.02 of the greatest cost', async () => {
    await browser.visit('/models', ANSWERS);
    const [upper, lower] = browser.chart('Scatter of the errors').drawn.series as unknown as { data: unknown }[];
    expect([upper?.data, lower?.data]).toEqual([
      [
        [450, 0.0345 * 450],
        [2040, 0.0345 * 2040],
      ],
      [
        [450, -0.0345 * 450],
        [2040, -0.0345 * 2040],
      ],
    ]);
  });
});

describe('products that arrived since', () => {
  const checks: ModelChecks = MODELS['GET /models/{version}/checks'];
  const shown = (language: 'en' | 'fr', change: Partial<ModelChecks>) =>
    browser.visit('/models', { ...ANSWERS, 'GET /models/3/checks': { ...checks, ...change } }, { language });

  it.each<['en' | 'fr', Partial<ModelChecks>, string]>([
    ['en', {}, 'It keeps what it promises: 12 of 201 costs lie outside the interval; from 36 on it would drift.'],
    [
      'fr',
      { drifts: true, outside: 48 },
      'Elle dérive : 48 coûts sur 201 sont hors de l’intervalle à 90 %, plus que le hasard n’explique.',
    ],
    ['en', { checked: 12, drifts_from: null }, '12 products say too little yet: 200 are needed.'],
  ])('%s %o', async (language, change, text) => {
    await shown(language, change);
    expect(browser.page()).toContain(text);
  });

  it('shows the share inside the interval by 50 arrivals, the oldest first, beside what is promised', async () => {
    await shown('en', {});
    const { series, xAxis } = browser.chart('Share of the costs').drawn as unknown as {
      series: { data: number[]; markLine: { data: { yAxis: number }[] } }[];
      xAxis: { data: string[] };
    };
    expect(xAxis.data).toHaveLength(5);
    expect(series[0]?.data).toEqual([1, 0.94, 0.94, 0.94, 0.94]);
    expect(series[0]?.markLine.data).toEqual([{ yAxis: 0.9 }]);
    expect(
      browser
        .table('Share of the costs')
        .slice(1)
        .map(([, checked, inside]) => [checked, inside]),
    ).toEqual([
      ['1', '100%'],
      ['50', '94%'],
      ['50', '94%'],
      ['50', '94%'],
      ['50', '94%'],
    ]);
  });

  it('says so where nothing was compared', async () => {
    await browser.visit('/models?version=4', ANSWERS);
    expect(browser.page()).toContain('No product was compared yet');
  });
});

describe('what a model looks at', () => {
  // Places vary together, the kind of a printing and its share do not.
  const fields = Object.keys(textileQuerySchema.shape).filter((field) => !field.startsWith('country'));
  it.each([...fields, 'countries', 'printingRatio'])('%s has a name in both languages', (field) => {
    for (const language of ['en', 'fr'] as const) {
      expect(nameIn(modelsMessages[language], `f_${field}`, '')).toMatch(/^\p{Lu}/u);
    }
  });
});
