import { describe, expect, it, vi } from 'vitest';
import { FAILED, GOING_ON, PIPELINES, REFERENCE, RUN } from '../../testing/answers.js';
import { failure, NOW, openBrowser } from '../../testing/browser.js';
import { newest } from './use-live-runs.js';

const browser = openBrowser();
const ended = { ...GOING_ON, state: 'succeeded', finishedAt: NOW.toISOString() } as const;
const events = (...runs: readonly object[]) =>
  new Response(runs.map((run) => `event: run\ndata: ${JSON.stringify(run)}\n\n`).join(''));
const ANSWERS = {
  ...REFERENCE,
  ...PIPELINES,
  'GET /orchestrator/runs/run-1': RUN,
  'GET /orchestrator/runs/run-2': GOING_ON,
  'GET /orchestrator/runs/run-3': FAILED,
  'GET /orchestrator/runs/run-2/events': events(GOING_ON),
};
const QUIET = {
  ...ANSWERS,
  'GET /orchestrator/pipelines': PIPELINES['GET /orchestrator/pipelines'].map((pipeline) => ({
    ...pipeline,
    runs: [],
  })),
  'GET /orchestrator/runs': [RUN, FAILED],
};
const asked = (part: string) => browser.requests.filter((request) => request.includes(part));
/** Requests of the history, not of the durations below it. */
const history = () => asked('runs?').filter((request) => !request.endsWith('limit=50'));
const posted = () =>
  browser.requests.flatMap((request, at) => (request.startsWith('POST') ? [[request, browser.bodies[at]]] : []));

describe('the history of runs', () => {
  it('is asked by pipeline and state, and in steps up to 200', async () => {
    const runs = ({ query }: { query: URLSearchParams }) =>
      Array.from({ length: Number(query.get('limit')) }, (_, at) => ({ ...RUN, id: `r${at}` }));
    await browser.visit('/pipelines', { ...QUIET, 'GET /orchestrator/runs': runs });
    for (const _ of [1, 2, 3]) await browser.press('Show more');
    await browser.choose('Pipeline', 'ecobalyse');
    await browser.choose('State', 'failed');
    expect(browser.address()).toBe('/pipelines?pipeline=ecobalyse&state=failed');
    expect(history()).toEqual([
      'GET /orchestrator/runs?limit=10',
      'GET /orchestrator/runs?limit=40',
      'GET /orchestrator/runs?limit=160',
      'GET /orchestrator/runs?limit=200',
      'GET /orchestrator/runs?pipeline=ecobalyse&limit=200',
      'GET /orchestrator/runs?pipeline=ecobalyse&state=failed&limit=200',
    ]);
  });

  it('has no more to show once an answer is not full', async () => {
    const runs = Array.from({ length: 9 }, (_, at) => ({ ...RUN, id: `r${at}` }));
    await browser.visit('/pipelines', { ...QUIET, 'GET /orchestrator/runs': runs });
    expect(browser.texts('button')).not.toContain('Show more');
  });

  it('opens the run that is chosen', async () => {
    await browser.visit('/pipelines?state=failed', { ...QUIET, 'GET /orchestrator/runs': [FAILED] });
    await browser.press('30 Nov 2026, 09:00');
    expect(browser.address()).toBe('/pipelines?state=failed&run=run-3');
    expect(browser.all('[aria-pressed=true]')).toHaveLength(1);
    expect(browser.text('.run-details')).toContain('retried once');
    await browser.until(() => browser.scrolls.length > 0);
    expect(browser.scrolls).toEqual(['run-details nearest']);
  });
});

describe('a run', () => {
  it('tells its parameters, its tries and what it waits for while it goes on', async () => {
    await browser.visit('/pipelines?run=run-2', ANSWERS);
    expect(browser.text('.run-details').replaceAll(/ (began|Show).*/g, '')).toContain(
      'Run run-2 · started by: launcher, by npm start · Asked for: T-shirt / polo, at most 3,000 simulations, even when nothing has changed and 5 cross-validation folds · retried 2 times',
    );
    expect(browser.table('When each task')).toEqual([
      ['Task', 'Attempt', 'State', 'Began after', 'Duration'],
      ['Add products', '1', 'succeeded', '10 sec', '15 sec'],
      ['Train', '1', 'cancelled', '26 sec', '1 sec'],
      ['Train', '2', 'running', '30 sec', '30 sec'],
      ['Clear the cache', '–', 'waiting', '–', '–'],
    ]);
    await browser.pass(1000);
    expect(browser.table('When each task')[3]).toEqual(['Train', '2', 'running', '30 sec', '31 sec']);
  });

  it('that was closed ends the task that was under way with it', async () => {
    await browser.visit('/pipelines?run=run-3', QUIET);
    expect(browser.table('When each task')[1]).toEqual(['Statistics', '1', 'failed', '0 sec', '2 min 5 sec']);
    expect(browser.texts('.run-details .notice.bad')).toEqual(['cancelled by a user', 'no memory']);
  });

  it.each([
    [
      'en',
      [
        'Attempt 1: cancelled · 30 Nov 2026, 11:59 · 1 sec',
        'Attempt 2: running · 30 Nov 2026, 11:59 · 30 sec · retried by: anna, on the dashboard',
      ],
      ['It wrote nothing into its log.', 'One older line was cut.It wrote nothing into its log.'],
      'started by: launcher, by npm start',
    ],
    [
      'fr',
      [
        'Essai 1 : annulé · 30 nov. 2026, 11:59 · 1 s',
        'Essai 2 : en cours · 30 nov. 2026, 11:59 · 30 s · relancée par : anna, sur le tableau de bord',
      ],
      [
        'Rien n’est écrit dans son journal.',
        'Une ligne plus ancienne a été supprimée.Rien n’est écrit dans son journal.',
      ],
      'lancée par : launcher, par npm start',
    ],
  ] as const)('tells in %s each attempt at its tasks, and who started it', async (language, heads, bodies, by) => {
    await browser.visit('/pipelines?run=run-2', ANSWERS, { language });
    expect(browser.texts('.task-item summary')).toEqual(heads);
    const told = browser.texts('.task-item details').map((text, at) => text.slice(heads[at]?.length));
    expect(told).toEqual(bodies);
    expect(browser.text('.run-details .hint')).toContain(by);
  });

  it('shows the log of an attempt as it grows', async () => {
    const train = GOING_ON.tasks[1];
    const logged = (log: object[], cut = 0) => ({
      ...GOING_ON,
      tasks: [{ ...train, history: [{ ...train?.history?.[1], log, cut }] }],
    });
    const line = (text: string) => ({ at: NOW.toISOString(), text });
    await browser.visit('/pipelines?run=run-2', {
      ...ANSWERS,
      'GET /orchestrator/runs/run-2/events': events(logged([line('first')]), logged([line('last'), line('<b>')], 2)),
    });
    expect(browser.texts('.task-log li')).toEqual(['12:00:00 last', '12:00:00 <b>']);
    expect(browser.text('.task-item')).toContain('2 older lines were cut.');
  });

  it.each([
    ['run-3', 'Retry', 'POST /orchestrator/runs/run-3/retry'],
    ['run-2', 'Cancel the run', 'POST /orchestrator/runs/run-2/cancel'],
  ])('%s: %s', async (run, button, request) => {
    await browser.visit(`/pipelines?run=${run}`, { ...ANSWERS, [request]: RUN });
    browser.requests.length = 0;
    await browser.press(button, '.run-details button');
    expect(browser.requests).toEqual(
      expect.arrayContaining([request, 'GET /orchestrator/pipelines', `GET /orchestrator/runs/${run}`]),
    );
    browser.answer({ [request]: failure(409, 'too late') });
    await browser.visit(`/pipelines?run=${run}`, { ...ANSWERS, [request]: failure(409, 'too late') });
    await browser.press(button, '.run-details button');
    expect(browser.text('.run-details .state')).toContain('too late');
  });

  it('is acted on by administrators only', async () => {
    await browser.visit('/pipelines?run=run-3', QUIET, { role: 'writer' });
    expect(browser.texts('button[disabled]')).toEqual(expect.arrayContaining(['Run now', 'Pause', 'Resume', 'Retry']));
  });

  it('is followed until its end, again after a pause when the stream breaks off', async () => {
    await browser.visit('/pipelines', ANSWERS);
    expect(asked('/events')).toHaveLength(1);
    browser.answer({ 'GET /orchestrator/runs/run-2/events': failure(503, 'away') });
    for (const pause of [1000, 2000, 4000]) {
      const before = asked('/events').length;
      await browser.pass(pause - 1);
      expect(asked('/events')).toHaveLength(before);
      await browser.pass(1);
      expect(asked('/events')).toHaveLength(before + 1);
    }
    browser.answer({ 'GET /orchestrator/runs/run-2/events': events(ended) });
    await browser.pass(8000);
    expect(browser.texts('.tag').filter((tag) => tag.includes('running'))).toEqual([]);
    // What it may have changed is asked for again, once.
    expect(history()).toHaveLength(2);
    const followed = asked('/events').length;
    await browser.pass(60_000);
    expect(asked('/events')).toHaveLength(followed);
  });

  it.each([
    [15_000, 2000],
    [15_001, 1000],
  ])('whose stream went on for %i ms is followed again after %i ms', async (length, pause) => {
    let end = () => {};
    await browser.visit('/pipelines', {
      ...ANSWERS,
      'GET /orchestrator/runs/run-2/events': ({ nth }: { nth: number }) =>
        nth === 2
          ? new Promise((resolve) => {
              end = () => resolve(events(GOING_ON));
            })
          : failure(nth === 1 ? 503 : 404, 'away'),
    });
    await vi.advanceTimersByTimeAsync(1000);
    await browser.until(() => asked('/events').length === 2);
    await vi.advanceTimersByTimeAsync(length);
    end();
    await browser.settled();
    await browser.pass(pause - 1);
    expect(asked('/events')).toHaveLength(2);
    await browser.pass(1);
    expect(asked('/events')).toHaveLength(3);
  });

  it.each([403, 404])('that is refused with %i is not followed any longer', async (status) => {
    await browser.visit('/pipelines', { ...ANSWERS, 'GET /orchestrator/runs/run-2/events': failure(status, 'no') });
    await browser.pass(60_000);
    expect(asked('/events')).toHaveLength(1);
  });

  it.each([
    ['the stream told later', GOING_ON, ended, ended],
    ['the answer tells of the end', ended, GOING_ON, ended],
    ['the answer tells of a later retry', { ...GOING_ON, retries: 3 }, ended, { ...GOING_ON, retries: 3 }],
  ])('is shown as it was last when %s', (_, answer, streamed, shown) => {
    expect(newest(answer, new Map([[streamed.id, streamed]]))).toEqual(shown);
    expect(newest(answer, new Map([['other', streamed]]))).toEqual(answer);
  });
});

describe('a pipeline', () => {
  it.each([
    ['Pause the schedule: Extraction', 'ecobalyse_extract/pause'],
    ['Resume the schedule: Statistics and training', 'ecobalyse/resume'],
  ])('%s', async (button, path) => {
    await browser.visit('/pipelines', { ...QUIET, [`POST /orchestrator/pipelines/${path}`]: {} });
    await browser.press(button);
    expect(posted().map(([request]) => request)).toEqual([`POST /orchestrator/pipelines/${path}`]);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(2);
  });

  it.each([
    ['2', '1', { limit: 1, folds: 2 }],
    ['20', '100000', { limit: 100_000, folds: 20 }],
    ['', '', {}],
    ['1', '', 'Expected a whole number from 2 to 20.'],
    ['21', '', 'Expected a whole number from 2 to 20.'],
    ['2.5', '', 'Expected a whole number from 2 to 20.'],
    ['', '0', 'Expected a whole number from 1.'],
  ])('is run with %j folds and at most %j simulations', async (folds, limit, sent) => {
    const [first] = QUIET['GET /orchestrator/pipelines'];
    await browser.visit('/pipelines', {
      ...QUIET,
      'GET /orchestrator/pipelines': [{ ...first, tasks: ['simulations', 'train'] }],
      'POST /orchestrator/pipelines/ecobalyse_extract/runs': FAILED,
    });
    await browser.press('Run now: Extraction');
    await browser.type('Cross-validation folds', folds);
    await browser.type('At most so many simulations', limit);
    if (typeof sent === 'string') {
      expect(browser.texts('.field-error')).toEqual([sent]);
      expect(browser.button('Start the run').disabled).toBe(true);
      return;
    }
    browser.all<HTMLFormElement>('dialog form')[0]?.requestSubmit();
    await browser.settled();
    expect(posted()).toEqual([
      ['POST /orchestrator/pipelines/ecobalyse_extract/runs', JSON.stringify({ parameters: sent })],
    ]);
    expect(browser.address()).toBe('/pipelines?run=run-3');
    expect(browser.text('[role=status]')).toBe('Statistics and training: the run has started.');
  });

  it('is run with the type and the force that were chosen, where its tasks know them', async () => {
    await browser.visit('/pipelines', { ...QUIET, 'POST /orchestrator/pipelines/ecobalyse_training/runs': RUN });
    await browser.press('Run now: Extraction');
    expect(browser.texts('dialog label')).toEqual(['Only this product type', 'At most so many simulations']);
    await browser.press('Close');
    await browser.press('Run now: Training');
    expect(browser.texts('dialog label')).toEqual(['Even when nothing has changed', 'Cross-validation folds']);
    browser.all('dialog input[type=checkbox]')[0]?.click();
    await browser.settled();
    browser.all<HTMLFormElement>('dialog form')[0]?.requestSubmit();
    await browser.settled();
    expect(posted()[0]?.[1]).toBe('{"parameters":{"force":true}}');
  });

  it('of scoring anew is for the version that was named', async () => {
    const [extraction] = PIPELINES['GET /orchestrator/pipelines'];
    const rescore = {
      ...extraction,
      name: 'ecobalyse_rescore',
      runs: [],
      tasks: ['rescore', 'clear-cache', 'statistics'],
    };
    const run = { ...RUN, id: 'run-9', pipeline: 'ecobalyse_rescore', parameters: { methodVersion: '8.5.0' } };
    await browser.visit('/pipelines', {
      ...QUIET,
      'GET /orchestrator/pipelines': [rescore],
      'GET /orchestrator/runs/run-9': run,
      'POST /orchestrator/pipelines/ecobalyse_rescore/runs': run,
    });
    await browser.press('Run now: Scoring anew');
    expect(browser.texts('dialog label')).toEqual(['Version of the method']);
    await browser.type('Version of the method', '8.5.0');
    browser.all<HTMLFormElement>('dialog form')[0]?.requestSubmit();
    await browser.settled();
    expect(posted()[0]?.[1]).toBe('{"parameters":{"methodVersion":"8.5.0"}}');
    expect(browser.text('.run-details')).toContain('to version 8.5.0');
  });

  it('is asked about twice a second at most', async () => {
    await browser.visit('/pipelines', { ...QUIET, 'POST /orchestrator/pipelines/ecobalyse_extract/pause': {} });
    for (const _ of [1, 2, 3]) await browser.press('Pause the schedule: Extraction');
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(2);
    await browser.pass(499);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(2);
    await browser.pass(1);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(3);
  });

  it('is asked about 2 s after its next tick, then every 15 s while that is late', async () => {
    const [first] = QUIET['GET /orchestrator/pipelines'];
    await browser.visit('/pipelines', {
      ...QUIET,
      'GET /orchestrator/pipelines': [
        { ...first, nextTick: new Date(Date.now() + 3_600_000).toISOString() },
        { ...first, name: 'ecobalyse', nextTick: new Date(Date.now() + 60_000).toISOString() },
      ],
    });
    await browser.pass(61_999);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(1);
    await browser.pass(1);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(2);
    await browser.pass(14_999);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(2);
    await browser.pass(1);
    expect(asked('GET /orchestrator/pipelines')).toHaveLength(3);
  });
});

describe('incidents', () => {
  it('are told in words; the webhook is tried by administrators, and says what it answered', async () => {
    await browser.visit('/pipelines', { ...PIPELINES, 'POST /orchestrator/alerts/test': { message: 'ok' } });
    expect(browser.table('Incidents').map((row) => [row[0], row[2], row[3]])).toEqual([
      ['What', 'Until', 'Webhook told'],
      ['The last run failed.', 'goes on', expect.any(String)],
      ['It was away.', expect.any(String), 'it answered 500'],
    ]);
    await browser.press('Try the webhook');
    expect(browser.text('.notice.good')).toBe('The webhook took the trial.');
    browser.answer({ 'POST /orchestrator/alerts/test': failure(502, 'it answered 404', 'webhook_failed') });
    await browser.press('Try the webhook');
    expect(browser.text('[role=alert]')).toContain('it answered 404');
    await browser.visit('/pipelines', PIPELINES, { role: 'reader' });
    expect(browser.button('Try the webhook')?.disabled).toBe(true);
  });

  it('are told to nobody without a webhook', async () => {
    const none = { webhook: false, incidents: [] };
    await browser.visit('/pipelines', { ...PIPELINES, 'GET /orchestrator/alerts': none });
    expect(browser.texts('button')).not.toContain('Try the webhook');
    expect(browser.text()).toContain('set ALERT_WEBHOOK_URL');
    expect(browser.text()).toContain('No incident');
  });
});
