import { expect, it } from 'vitest';
import {
  DOCUMENT,
  FAILED,
  GOING_ON,
  IMPACTS,
  job,
  MODELS,
  PIPELINES,
  PREDICTION,
  REFERENCE,
  RUN,
  SIMULATION,
  STATISTICS,
  TSHIRT,
} from './testing/answers.js';
import { openBrowser } from './testing/browser.js';

const browser = openBrowser();
const JOBS = {
  'GET /jobs': [job('done'), job('queued', { id: 'job-2', file: { name: null, format: 'json', bytes: 1 } })],
  'GET /jobs/job-1/events': new Response(`event: end\ndata: ${JSON.stringify(job('done', { error: 'why' }))}\n\n`),
  'GET /jobs/job-1/result': new Response(
    ['added', 'refused', 'failed']
      .map((status, index) => JSON.stringify({ line: index + 2, index, status, detail: `d${index}` }))
      .join('\n'),
  ),
};
const ANSWERS = {
  ...REFERENCE,
  ...IMPACTS,
  ...STATISTICS,
  ...MODELS,
  ...PIPELINES,
  ...JOBS,
  'GET /models/3': MODELS['GET /models/{version}'],
  'POST /simulate': SIMULATION,
  'POST /predict': PREDICTION,
  [`GET /product/by-id/${TSHIRT.md5_id}`]: DOCUMENT,
  'GET /orchestrator/runs/run-1': RUN,
  'GET /orchestrator/runs/run-2': GOING_ON,
  'GET /orchestrator/runs/run-3': FAILED,
};
const fresh = (answers: object) =>
  Object.fromEntries(Object.entries(answers).map(([n, a]) => [n, a instanceof Response ? a.clone() : a]));
it.each([
  ['overview', '/'],
  ['products', '/products'],
  ['product', `/products/${TSHIRT.md5_id}`],
  ['score', '/score'],
  ['file', '/score?mode=file&job=job-1'],
  ['statistics', '/statistics'],
  ['analysis', '/analysis'],
  ['models', '/models'],
  ['pipelines', '/pipelines?run=run-1'],
])('the page %s shows what the API answers, in both languages', async (name, address) => {
  await browser.visit(address, fresh(ANSWERS));
  const asked = [...browser.requests].sort().join('\n');
  await expect(`${asked}\n\n${browser.page()}`).toMatchFileSnapshot(`testing/pages/${name}.en.txt`);
  await browser.visit(address, fresh(ANSWERS), { language: 'fr' });
  await expect(browser.page({ drawn: false })).toMatchFileSnapshot(`testing/pages/${name}.fr.txt`);
});
