/** The pipelines page: draws what the REST tells, again every second or so, and calls it when a button is pressed. */

const ICONS = { succeeded: '✓', running: '▶', failed: '✗', cancelled: '■', waiting: '·', skipped: '↷' };
const BUSY_REFRESH_MS = 700;
const IDLE_REFRESH_MS = 4000;

const byId = (id) => document.getElementById(id);
const opened = new Set();
let timer;
let drawn;

/** An element with properties, attributes (`attrs`) and children; texts are always texts, never markup. */
function element(tag, { attrs = {}, ...properties } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const detail =
      typeof content.detail === 'string' ? content.detail : JSON.stringify(content.detail ?? answer.statusText);
    throw Object.assign(new Error(detail), { status: answer.status });
  }
  return content;
}

const localTime = (iso) => new Date(iso).toLocaleString([], { dateStyle: 'short', timeStyle: 'medium' });

function duration(from, to) {
  const seconds = Math.max(0, (new Date(to ?? Date.now()) - new Date(from)) / 1000);
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const stateLabel = (state) =>
  element('span', { className: `state ${state}`, textContent: state, attrs: { 'data-icon': ICONS[state] } });

/** The run's tasks as a bar, each as wide as it took. */
function strip(run) {
  const label = run.tasks.map(({ task, state }) => `${task} ${state}`).join(', ');
  const bar = element('span', { className: 'strip', attrs: { role: 'img', 'aria-label': label } });
  for (const task of run.tasks) {
    const took = task.startedAt ? duration(task.startedAt, task.finishedAt) : undefined;
    const piece = element('i', {
      className: task.state,
      title: `${task.task}: ${task.state}${took ? `, ${took}` : ''}`,
    });
    const milliseconds = task.startedAt ? new Date(task.finishedAt ?? Date.now()) - new Date(task.startedAt) : 0;
    piece.style.flexGrow = String(Math.max(100, milliseconds));
    bar.append(piece);
  }
  return bar;
}

/** What a task's summary says, in words. */
function resultText(result) {
  if (result === null || typeof result !== 'object') return '';
  return Object.entries(result)
    .filter(([, value]) => ['number', 'string', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${value}`)
    .join(', ');
}

function taskRow(task) {
  const { progress } = task;
  return element(
    'tr',
    {},
    element('td', { textContent: task.task }),
    element('td', {}, stateLabel(task.state)),
    element('td', {
      className: 'number',
      textContent: task.startedAt ? duration(task.startedAt, task.finishedAt) : '',
    }),
    element('td', { className: 'number', textContent: task.attempts > 1 ? `attempt ${task.attempts}` : '' }),
    element(
      'td',
      {},
      task.state === 'running' && progress?.planned
        ? element(
            'span',
            {},
            element('progress', { max: progress.planned, value: progress.done }),
            ` ${progress.done} of ${progress.planned}`,
          )
        : undefined,
      task.error ? element('div', { className: 'error', textContent: task.error }) : undefined,
      task.state === 'succeeded'
        ? element('div', { className: 'result', textContent: resultText(task.result) })
        : undefined,
      task.log.length > 0 ? element('pre', { className: 'log', textContent: task.log.join('\n') }) : undefined,
    ),
  );
}

function runDetails(run) {
  const canRetry = run.state === 'failed' || run.state === 'cancelled';
  return element(
    'div',
    { className: 'detail' },
    run.reason
      ? element('p', { className: run.state === 'failed' ? 'error' : 'empty', textContent: run.reason })
      : undefined,
    run.state === 'skipped'
      ? undefined
      : element(
          'table',
          {},
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              ...['Task', 'State', 'Duration', '', 'Result'].map((textContent) =>
                element('th', { textContent, scope: 'col' }),
              ),
            ),
          ),
          element('tbody', {}, ...run.tasks.map(taskRow)),
        ),
    element(
      'p',
      { className: 'actions' },
      canRetry
        ? element('button', { textContent: 'Retry', onclick: () => act(() => call('POST', `/runs/${run.id}/retry`)) })
        : undefined,
      run.state === 'running'
        ? element('button', { textContent: 'Cancel', onclick: () => act(() => call('POST', `/runs/${run.id}/cancel`)) })
        : undefined,
    ),
  );
}

function runItem(run) {
  const item = element(
    'details',
    { open: opened.has(run.id) },
    element(
      'summary',
      {},
      stateLabel(run.state),
      element('span', { textContent: localTime(run.createdAt), title: `started by ${run.trigger}` }),
      element('span', { textContent: run.state === 'skipped' ? '' : duration(run.createdAt, run.finishedAt) }),
      strip(run),
    ),
    runDetails(run),
  );
  item.addEventListener('toggle', () => (item.open ? opened.add(run.id) : opened.delete(run.id)));
  return item;
}

function nextTickText(pipeline) {
  if (pipeline.paused) return `${pipeline.schedule} (${pipeline.timeZone}), paused`;
  if (pipeline.schedule === 'off') return 'no schedule';
  const next = pipeline.nextTick ? `next ${localTime(pipeline.nextTick)}` : 'next tick not known yet';
  return `${pipeline.schedule} (${pipeline.timeZone}), ${next}`;
}

function pipelineCard(pipeline) {
  const running = pipeline.runs.some(({ state }) => state === 'running');
  const path = `/pipelines/${pipeline.name}`;
  return element(
    'section',
    { className: 'pipeline', id: pipeline.name },
    element(
      'div',
      { className: 'top' },
      element('h2', { textContent: pipeline.name }),
      element(
        'div',
        { className: 'actions' },
        element('button', {
          className: 'primary',
          textContent: 'Run now',
          disabled: running,
          onclick: () => act(() => call('POST', `${path}/runs`, {})),
        }),
        element('button', {
          textContent: pipeline.paused ? 'Resume' : 'Pause',
          disabled: pipeline.schedule === 'off',
          onclick: () => act(() => call('POST', `${path}/${pipeline.paused ? 'resume' : 'pause'}`)),
        }),
      ),
    ),
    element('p', { className: 'about', textContent: pipeline.description }),
    element('p', { className: 'schedule', textContent: nextTickText(pipeline) }),
    element(
      'div',
      { className: 'runs' },
      ...(pipeline.runs.length > 0
        ? pipeline.runs.map(runItem)
        : [element('p', { className: 'empty', textContent: 'It has not run yet: Run now starts it.' })]),
    ),
  );
}

/** Does what a button says; what goes wrong is said on the page. */
async function act(action) {
  try {
    await action();
    byId('message').textContent = '';
  } catch (error) {
    byId('message').textContent = error.message;
  }
  await refresh();
}

function showLogin() {
  byId('login').hidden = false;
  document.querySelector('nav').hidden = true;
  byId('message').textContent = '';
  byId('pipelines').replaceChildren();
  drawn = undefined;
  byId('key').focus();
}

async function refresh() {
  clearTimeout(timer);
  try {
    const pipelines = await call('GET', '/pipelines');
    byId('login').hidden = true;
    document.querySelector('nav').hidden = false;
    if (/^(Loading|The pipelines cannot)/.test(byId('message').textContent)) byId('message').textContent = '';
    const busy = pipelines.some(({ runs }) => runs.some(({ state }) => state === 'running'));
    const data = JSON.stringify(pipelines);
    // Drawing again would take the focus from whoever uses the keyboard.
    if (busy || data !== drawn) byId('pipelines').replaceChildren(...pipelines.map(pipelineCard));
    drawn = data;
    timer = setTimeout(refresh, busy ? BUSY_REFRESH_MS : IDLE_REFRESH_MS);
  } catch (error) {
    if (error.status === 403) {
      showLogin();
      return;
    }
    byId('message').textContent = `The pipelines cannot be read: ${error.message}. Trying again…`;
    timer = setTimeout(refresh, IDLE_REFRESH_MS);
  }
}

byId('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await call('POST', '/session', { key: byId('key').value });
    byId('key').value = '';
    byId('login-error').textContent = '';
    await refresh();
  } catch (error) {
    byId('login-error').textContent = error.status === 403 ? 'This is not the key.' : error.message;
  }
});

byId('logout').addEventListener('click', async () => {
  await call('DELETE', '/session');
  showLogin();
});

await refresh();
