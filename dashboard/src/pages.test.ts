import { describe, expect, it } from 'vitest';
import {
  ANALYSES,
  CATALOGUE,
  CATALOGUES,
  COMPARISON,
  DOCUMENT,
  DOUBTFUL,
  FAILED,
  GOING_ON,
  IMPACTS,
  job,
  KEYS,
  MODELS,
  PIPELINES,
  PREDICTION,
  pageOf,
  REFERENCE,
  RESULTS,
  RETENTION,
  RUN,
  SIMULATION,
  STATISTICS,
  TSHIRT,
  VERSIONS,
} from './testing/answers.js';
import { failure, openBrowser } from './testing/browser.js';

const browser = openBrowser();
const JOBS = {
  'GET /jobs': pageOf([job('done'), job('queued', { id: 'job-2', file: { name: null, format: 'json', bytes: 1 } })]),
  'GET /jobs/job-1/events': new Response(`event: end\ndata: ${JSON.stringify(job('done', { error: 'why' }))}\n\n`),
  'GET /jobs/job-1/products': RESULTS,
  'GET /files/mappings': pageOf([]),
};
const ANSWERS = {
  ...REFERENCE,
  ...IMPACTS,
  ...STATISTICS,
  ...ANALYSES,
  ...MODELS,
  ...PIPELINES,
  ...JOBS,
  ...CATALOGUES,
  ...KEYS,
  ...VERSIONS,
  ...RETENTION,
  [`GET /catalogues/${CATALOGUE.id}/declaration`]: {
    declarations: [{}],
    left_out: [{ id: 'own-2', reference: 'TS-2', reason: 'no barcode' }],
  },
  'GET /catalogues/api/products': pageOf([DOUBTFUL]),
  'GET /models/3': MODELS['GET /models/{version}'],
  'GET /compare': COMPARISON,
  'POST /simulate': SIMULATION,
  'POST /predict': PREDICTION,
  [`GET /product/by-id/${TSHIRT.md5_id}`]: DOCUMENT,
  'GET /orchestrator/runs/run-1': RUN,
  'GET /orchestrator/runs/run-2': GOING_ON,
  'GET /orchestrator/runs/run-3': FAILED,
};
const fresh = (answers: object) =>
  Object.fromEntries(Object.entries(answers).map(([n, a]) => [n, a instanceof Response ? a.clone() : a]));
const PAGES = [
  ['overview', '/'],
  ['catalogues', '/catalogues'],
  ['catalogue', `/catalogues/${CATALOGUE.id}`],
  ['catalogue-changes', `/catalogues/${CATALOGUE.id}?tab=changes`],
  ['catalogue-declaration', `/catalogues/${CATALOGUE.id}?tab=declaration`],
  ['catalogue-product', `/catalogues/${CATALOGUE.id}/products/own-1`],
  ['to-check', '/to-check'],
  ['products', '/products'],
  ['product', `/products/${TSHIRT.md5_id}`],
  ['compare', `/compare?item=${TSHIRT.md5_id}&item=${encodeURIComponent('{"query":{}}')}`],
  ['score', '/score'],
  ['file', '/score?mode=file&job=job-1'],
  ['statistics', '/statistics'],
  ['analysis', '/analysis?catalogue=reference-grid&catalogue=spring'],
  ['analysis-effects', '/analysis?tab=effects'],
  ['analysis-sensitivity', '/analysis?tab=sensitivity'],
  ['analysis-segments', '/analysis?tab=segments'],
  ['analysis-outliers', '/analysis?tab=outliers'],
  ['analysis-standing', '/analysis?tab=standing&catalogue=spring'],
  ['analysis-grid', '/analysis?tab=grid'],
  ['models', '/models'],
  ['pipelines', '/pipelines?run=run-1'],
  ['keys', '/keys'],
  ['versions', '/versions'],
  ['retention', '/retention'],
] as const;
const alerts = () => browser.texts('[role=alert]');

describe.each(PAGES)('the page %s', (name, address) => {
  it('says that it is loading, and of no failure, then shows what the API answers, in both languages', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late = Object.entries(fresh(ANSWERS)).map(([request, answer]) => [
      request,
      (asked: never) => held.then(() => (typeof answer === 'function' ? answer(asked) : answer)),
    ]);
    const visited = browser.visit(address, Object.fromEntries(late));
    await browser.until(() => browser.text().includes('Loading…'));
    expect(alerts()).toEqual([]);
    release();
    await visited;
    expect(browser.text()).not.toContain('Loading…');
    expect(alerts()).toEqual([]);
    const asked = [...browser.requests].sort().join('\n');
    await expect(`${asked}\n\n${browser.page()}`).toMatchFileSnapshot(`testing/pages/${name}.en.txt`);
    await browser.visit(address, fresh(ANSWERS), { language: 'fr' });
    await expect(browser.page({ drawn: false })).toMatchFileSnapshot(`testing/pages/${name}.fr.txt`);
  });

  it('says what failed and how to go on while the database is away, and shows it when it is back', async () => {
    const away = Object.keys(ANSWERS).map((request) => [request, failure(503, 'away')]);
    await browser.visit(address, Object.fromEntries(away));
    expect(browser.text()).toContain('The service cannot answer just now.');
    expect(browser.button('Try again')).toBeDefined();
    browser.answer(fresh(ANSWERS));
    await browser.pass(1000);
    expect(alerts()).toEqual([]);
    expect(browser.text()).not.toContain('The service cannot answer');
  });
});
