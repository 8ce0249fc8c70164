import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ErrorCode } from '@ecobalyse/schema';
import { Window } from 'happy-dom';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';

/**
 * The dashboard in a DOM without a window: its pages as they are, asking a server on a free port that gives answers out of a
 * table and remembers what it was asked, at a time that the test holds. What is drawn, and how wide, only Chromium sees
 * (e2e/dashboard.test.ts).
 */

/** When the tests take place, wherever they run: noon, local time. */
export const NOW = new Date(2026, 10, 30, 12);
/** The timers that no test holds. */
const { setTimeout: later } = globalThis;
const turn = () => new Promise((resolve) => later(resolve, 1));
/** Turns after which what a test waits for does not come any more: of a process that stands still none goes by. */
const MOST_TURNS = 15_000;

/** What the dashboard asks of a browser, by name. */
const VALUES = ['document', 'location', 'history', 'sessionStorage', 'localStorage', 'HTMLElement'] as const;
const FUNCTIONS = ['dispatchEvent', 'matchMedia', 'addEventListener', 'removeEventListener'] as const;

const window = new Window({ url: 'http://dashboard.test/dashboard/' });
const browser: Record<string, unknown> = {
  // Without it, the cache of answers takes itself for a server.
  window,
  ...Object.fromEntries(VALUES.map((name) => [name, window[name]])),
  ...Object.fromEntries(FUNCTIONS.map((name) => [name, window[name].bind(window)])),
  // The same wherever the tests run.
  navigator: { languages: [], language: 'en' },
  // Nothing is painted: effects need not wait for it.
  requestAnimationFrame: (act: () => void) => later(act, 0),
  cancelAnimationFrame: clearTimeout,
};
/** What was brought into view: an element, by its class, whether there is anything in it yet, and how; or a place of the page. */
const scrolls: string[] = [];
Object.assign(window.HTMLElement.prototype, {
  scrollIntoView(this: HTMLElement, { block }: ScrollIntoViewOptions) {
    scrolls.push(`${this.className}${this.textContent === '' ? ' (empty)' : ''} ${block}`);
  },
});
browser.scrollTo = (x: number, y: number) => scrolls.push(`${x} ${y}`);
/** Names of the files that the reader was given. */
const files: string[] = [];
const { click } = window.HTMLElement.prototype;
window.HTMLAnchorElement.prototype.click = function () {
  if (this.download) files.push(this.download);
  else click.call(this);
};

const before = new Map(Object.keys(browser).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
function install(): void {
  for (const [name, value] of Object.entries(browser))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
/** Other tests of the same process see no browser. */
function uninstall(): void {
  for (const [name, was] of before) {
    if (was) Object.defineProperty(globalThis, name, was);
    else Reflect.deleteProperty(globalThis, name);
  }
}

// Modules read the page they are loaded in.
install();
/** What the server that sent the page wrote into it; a test may say otherwise before this is loaded. */
const { pageMeta = { 'served-by': 'api', 'api-key-header': 'access_token' } } = globalThis as { pageMeta?: object };
document.head.innerHTML = Object.entries(pageMeta)
  .map(([name, content]) => `<meta name="${name}" content="${content}">`)
  .join('');
document.body.innerHTML = '<div id="app"></div>';
const { h, options, render } = await import('preact');
const { App } = await import('../app.js');
const { Chart } = await import('../chart/chart.js');
const { CHART_THEMES } = await import('../chart/palette.js');
const { DataTable } = await import('../ui/data-table.js');
const { forgetKey, keepKey } = await import('../api/session.js');
const { chooseLanguage } = await import('../preferences.js');
uninstall();

type ChartProps = Parameters<typeof Chart>[0];
/** A chart as its label and its table; what would be drawn is kept beside it. */
const charts = new Map<string, ChartProps>();
function ChartAsTable(props: ChartProps) {
  charts.set(props.label, props);
  return h('figure', {}, h('figcaption', {}, props.label), h(DataTable, { caption: props.label, ...props.table }));
}
const { vnode: told } = options;
/** Elements that were made so far: without another one, a page is as it was. */
let made = 0;

const keyOf = (part: unknown) => (part as { key?: unknown } | null | undefined)?.key ?? undefined;
/** Two parts of a list with the same key are taken for each other when the list changes, with what was typed into them. */
function keysApart(children: unknown): void {
  if (!Array.isArray(children)) return;
  const keys = children.map(keyOf).filter((key) => key !== undefined);
  const twice = keys.find((key, at) => keys.indexOf(key) < at);
  if (twice !== undefined) throw new Error(`two parts of a list have the key ${twice}`);
  children.forEach(keysApart);
}

/** A failure, as the API tells it. */
export const failure = (status: number, detail: unknown, code?: ErrorCode) =>
  new Response(JSON.stringify({ detail, code }), { status });

type AnswerOf = (asked: { query: URLSearchParams; body: string; nth: number; language: 'en' | 'fr' }) => unknown;
/** Answers by method and path: JSON, or a function that makes them. */
export type Answers = Readonly<Record<string, unknown>>;

/** An answer that tells in words, and says in which language. */
export const inWords =
  (tell: AnswerOf): AnswerOf =>
  async (asked) =>
    new Response(JSON.stringify(await tell(asked)), { headers: { 'content-language': asked.language } });

interface Visit {
  readonly language?: 'en' | 'fr';
  readonly role?: 'reader' | 'writer' | 'admin';
}

/** The spaces that do not break are plain ones; editions of the language data of Node.js differ in units: 1 min, 1 mins. */
const steady = (text: string) =>
  text.replace(/[\u00a0\u202f\u2009]/g, ' ').replace(/(\d) ?(?:(ms|[gsh]|kg|min|sec|hr)|(min|sec|hr)s)\b/g, '$1 $2$3');
/** The text as it is read. */
const plain = (text: string | null | undefined) => steady((text ?? '').replace(/\s+/g, ' ')).trim();

/** A browser for the tests of a file. */
export function openBrowser() {
  let answers: Answers = {};
  let role: string;
  let waiting = 0;
  /** Method and address of each request, in the order they came. */
  const requests: string[] = [];
  const bodies: string[] = [];
  const types: (string | undefined)[] = [];
  const keys: unknown[] = [];
  const languages: unknown[] = [];

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse) {
    const { pathname, searchParams: query } = new URL(incoming.url ?? '', 'http://server.test');
    const body = Buffer.concat(await incoming.toArray()).toString();
    const name = `${incoming.method} ${pathname}`;
    const nth = requests.filter((request) => request.split('?')[0] === name).length + 1;
    keys.push(incoming.headers.access_token);
    // Every page asks whose key it is.
    if (name !== 'GET /me') {
      requests.push(`${incoming.method} ${incoming.url}`);
      bodies.push(body);
      types.push(incoming.headers['content-type']);
      languages.push(incoming.headers['accept-language']);
    }
    const language = incoming.headers['accept-language'] as 'en' | 'fr';
    const known = answers[name] ?? (name === 'GET /me' ? { name: 'tester', role } : undefined);
    const answer = typeof known === 'function' ? await (known as AnswerOf)({ query, body, nth, language }) : known;
    const { status, headers, text } =
      answer instanceof Response
        ? { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.clone().text() }
        : { status: answer === undefined ? 404 : 200, headers: {}, text: JSON.stringify(answer ?? { detail: 'no' }) };
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  const { fetch } = globalThis;

  beforeAll(async () => {
    process.on('uncaughtException', breakOff);
    install();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: NOW });
    const held = globalThis.setTimeout;
    // What is to happen at once needs no time to go by.
    globalThis.setTimeout = ((act: () => void, milliseconds?: number, ...given: []) =>
      (milliseconds ? held : later)(act, milliseconds, ...given)) as typeof setTimeout;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    globalThis.fetch = async (path, init) => {
      waiting++;
      try {
        return await fetch(base + path, init);
      } finally {
        waiting--;
      }
    };
    options.vnode = (vnode) => {
      made++;
      if ((vnode.type as unknown) === Chart) vnode.type = ChartAsTable as never;
      keysApart(vnode.props.children);
      if (vnode.type === 'tbody' && [vnode.props.children].flat().some((row) => keyOf(row) === undefined))
        throw new Error('a row of a table has no key');
      told?.(vnode);
    };
  });
  afterEach(() => {
    close();
    // Other tests let time go by.
    vi.setSystemTime(NOW);
  });
  afterAll(async () => {
    process.off('uncaughtException', breakOff);
    await turn();
    vi.useRealTimers();
    options.vnode = told as NonNullable<typeof told>;
    globalThis.fetch = fetch;
    server.closeAllConnections();
    server.close();
    uninstall();
  });

  const root = () => document.getElementById('app') as HTMLElement;
  function close() {
    render(null, root());
    forgetKey();
    charts.clear();
    for (const list of [requests, bodies, types, keys, languages, files, scrolls]) list.length = 0;
  }

  /** A drawing that broke off shows nothing any more: what is waited for would not come. */
  let broken: unknown;
  const breakOff = (error: unknown) => {
    broken = error;
  };
  async function next(turns: number): Promise<void> {
    if (broken !== undefined || turns > MOST_TURNS) {
      const error = broken ?? new Error(`nothing more comes of: ${plain(root().textContent).slice(0, 300)}`);
      broken = undefined;
      throw error;
    }
    await turn();
  }
  /** Until the condition holds. */
  async function until(holds: () => unknown): Promise<void> {
    for (let turns = 0; !holds(); turns++) await next(turns);
  }
  /** Until nothing is loaded any longer: no request, no part of the page that waits for one. */
  async function settled(): Promise<void> {
    let [seen, isBusy] = [-1, true];
    for (let [quiet, turns] = [0, 0]; quiet < 6; turns++) {
      await next(turns);
      if (waiting === 0 && seen !== made) {
        isBusy = root().querySelector('.skeleton, [aria-busy=true]') !== null;
        seen = made;
      }
      quiet = waiting === 0 && !isBusy ? quiet + 1 : 0;
    }
  }
  /** The element of a kind with a name, as its text, label or title. */
  function named<Found extends Element>(selector: string, name: string): Found {
    const all = [...root().querySelectorAll<Found & HTMLElement>(selector)];
    const found = all.find((element) =>
      [plain(element.textContent), element.getAttribute('aria-label')].includes(name),
    );
    if (!found)
      throw new Error(`no ${selector} is called ${name}: ${all.map((element) => plain(element.textContent))}`);
    return found;
  }
  const fieldOf = (label: string) =>
    root().querySelector<HTMLInputElement>(
      `[id="${named<HTMLLabelElement>('label[for]', label).getAttribute('for')}"]`,
    );
  function put(label: string, value: string | undefined, event: string) {
    const field = fieldOf(label);
    if (!field) throw new Error(`no field is called ${label}`);
    if (value !== undefined) field.value = value;
    field.dispatchEvent(new window.Event(event, { bubbles: true }) as unknown as Event);
    return settled();
  }

  return {
    /** Time goes by. */
    async pass(milliseconds: number) {
      await vi.advanceTimersByTimeAsync(milliseconds);
      await settled();
    },
    requests,
    bodies,
    /** Content types of the requests. */
    types,
    /** Keys of all requests. */
    keys,
    /** Languages that the requests asked for. */
    languages,
    files,
    scrolls,
    until,
    settled,
    /** Comes to an address with a key, and waits for what it shows. */
    async visit(address: string, given: Answers, { language = 'en', role: as = 'admin' }: Visit = {}) {
      close();
      answers = given;
      role = as;
      chooseLanguage(language);
      window.happyDOM.setURL(`http://dashboard.test/dashboard${address}`);
      // The router reads the address when the reader goes back or forth.
      window.dispatchEvent(new window.PopStateEvent('popstate'));
      keepKey('the-key');
      render(h(App, {}), root());
      await settled();
    },
    /** What the server answers from now on. */
    answer(changes: Answers) {
      answers = { ...answers, ...changes };
    },
    address: () => location.pathname.slice('/dashboard'.length) + decodeURIComponent(location.search),
    text: (selector = 'main') => plain(root().querySelector(selector)?.textContent),
    /** Texts of all elements of a selector, in their order. */
    texts: (selector: string) => [...root().querySelectorAll(selector)].map((element) => plain(element.textContent)),
    all: <Found extends Element = HTMLElement>(selector: string) => [...root().querySelectorAll<Found>(selector)],
    button: (name: string) => named<HTMLButtonElement>('button', name),
    async press(name: string, selector = 'button, a') {
      named<HTMLElement>(selector, name).click();
      await settled();
    },
    /** Chooses a file in the field of files. */
    async put(name: string, content = 'x;y') {
      const [input] = root().querySelectorAll<HTMLInputElement>('input[type=file]');
      Object.defineProperty(input, 'files', { value: [new File([content], name)], configurable: true });
      input?.dispatchEvent(new window.Event('change', { bubbles: true }) as unknown as Event);
      await settled();
    },
    choose: (label: string, value: string) => put(label, value, 'change'),
    type: (label: string, value: string) => put(label, value, 'input'),
    /** The reader goes on from a field. */
    leave: (label: string) => put(label, undefined, 'blur'),
    value: (label: string) => fieldOf(label)?.value,
    /** Head and rows of a table, by its caption or the beginning of it. */
    table(caption: string): string[][] {
      const found = [...root().querySelectorAll('table')].find((table) =>
        plain(table.querySelector('caption')?.textContent).startsWith(caption),
      );
      if (!found) throw new Error(`no table is called ${caption}`);
      return [...found.querySelectorAll('tr')].map((row) =>
        [...row.querySelectorAll('th, td')].map((cell) => plain(cell.textContent)),
      );
    },
    /** What would be drawn of a chart, by the beginning of its label. */
    chart(label: string) {
      const found = [...charts].reverse().find(([name]) => plain(name).startsWith(label));
      if (!found) throw new Error(`no chart is called ${label}: ${[...charts.keys()].join('\n')}`);
      return { ...found[1], drawn: drawnOf(found[1].option(CHART_THEMES.light)) as Record<string, never> };
    },
    /** What stands around every page, as text. */
    frame(): string {
      const frame = root().querySelector('.frame')?.cloneNode(true) as Element;
      frame.querySelector('main')?.replaceChildren();
      return `${steady(textOf(frame))}\n`;
    },
    /** What a selector finds first, as text. */
    part: (selector: string, isDetailed = true) =>
      `${steady(textOf(root().querySelector(selector) as Element, isDetailed))}\n`,
    /** The whole page as text: what is read, then what the charts would draw. */
    page({ drawn: isDrawn = true } = {}): string {
      const shown = textOf(root().querySelector('main') as Element, isDrawn);
      const captions = isDrawn ? [...root().querySelectorAll('figcaption')] : [];
      const drawn = captions
        .flatMap(({ textContent }) => charts.get(textContent ?? '') ?? [])
        .map(
          ({ label, height, option, renderer = 'svg', onClick }) =>
            `== ${plain(label)} (${height} px, ${renderer}${onClick ? ', leads on' : ''})\n${written(drawnOf(option(CHART_THEMES.light)))}`,
        );
      return `${steady([shown, ...drawn].join('\n'))}\n`;
    },
  };
}

/** What is told to those who do not see the page, or keeps them from writing what is refused. */
const TOLD = [
  ...['role', 'lang', 'tabindex', 'autocomplete', 'inputmode', 'placeholder'],
  ...['accept', 'download', 'target', 'rel', 'max', 'maxlength', 'min', 'minlength', 'pattern', 'required', 'step'],
  ...['aria-busy', 'aria-checked', 'aria-current', 'aria-expanded', 'aria-haspopup', 'aria-hidden', 'aria-invalid'],
  ...['aria-label', 'aria-live', 'aria-modal', 'aria-pressed', 'aria-selected', 'aria-sort'],
];

/** How an element looks, by its classes and, of an icon, by the beginning of its outline. */
const lookOf = (element: Element) => [element.tagName.toLowerCase(), ...element.classList].join('.');

/** What an element is besides its text. */
function notesOf(node: Element, isDetailed: boolean): string {
  const style = node.getAttribute('style') ?? '';
  const notes = [
    node.hasAttribute('disabled') && 'disabled',
    node.getAttribute('href'),
    node.getAttribute('title'),
    ...TOLD.map((name) => node.hasAttribute(name) && `${name}=${node.getAttribute(name)}`),
    !isDetailed && /tag|notice|stale/.test(node.className) && node.className,
    ['INPUT', 'SELECT', 'PROGRESS'].includes(node.tagName) && (node as HTMLInputElement).value,
    (isDetailed || /flex|width/.test(style)) && style,
    (node as HTMLInputElement).type === 'checkbox' && (node as HTMLInputElement).checked && 'checked',
    isDetailed && node.getAttribute('d')?.slice(0, 12),
  ].filter(Boolean);
  return notes.map((note) => `[${note}]`).join(' ');
}

/** A cell: how a column is shown, and whether a narrow page leaves it out, is told at its head. */
function cellOf(cell: Element, isDetailed: boolean): string {
  const within = [...cell.querySelectorAll('*')]
    .filter(({ tagName }) => !['OPTION', 'SVG', 'PATH'].includes(tagName))
    .map((part) => `{${[lookOf(part), notesOf(part, true)].join(' ').trim()}}`);
  return [
    plain(cell.textContent),
    cell.tagName === 'TH' && cell.className && `[${cell.className}]`,
    ...(isDetailed ? within : []),
  ]
    .filter(Boolean)
    .join(' ');
}

/** A line for each part of a page; in detail, also how each looks. */
function textOf(element: Element, isDetailed = true): string {
  const lines: string[] = [];
  const walk = (node: Element) => {
    if (node.tagName === 'TR') {
      lines.push(`| ${[...node.children].map((cell) => cellOf(cell, isDetailed)).join(' | ')}`);
      return;
    }
    const own = [...node.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent);
    const [text, notes] = [plain(own.join('')), notesOf(node, isDetailed)];
    const look = isDetailed ? lookOf(node) : node.tagName.toLowerCase();
    if (text !== '' || notes !== '' || (isDetailed && node.className !== ''))
      lines.push(`${look}: ${[text, notes].join(' ').trim()}`);
    for (const child of node.children) walk(child);
  };
  walk(element);
  return lines.join('\n');
}

const SAMPLES = [1234.567, 0.1234];
/** A place of ten pixels for each unit. */
const api = (value: readonly number[]) => ({
  value: (at: number) => value[at] ?? 0,
  coord: ([x, y]: readonly number[]) => [10 * (x ?? 0), 10 * (y ?? 0)],
  size: ([x, y]: readonly number[]) => [10 * (x ?? 0), 10 * (y ?? 0)],
});

type Draws = (...given: unknown[]) => unknown;

/** An option of a chart as data: its functions are what they write for each mark, or for two numbers. */
function drawnOf(value: unknown, data: readonly unknown[] = [], within = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => drawnOf(item, data, within));
  if (typeof value !== 'object' || value === null) return value;
  const own = (value as { data?: unknown; type?: string }).data;
  const series = (value as { series?: readonly { data?: readonly unknown[] }[] }).series;
  const marks = Array.isArray(own) ? own : (series?.at(-1)?.data ?? data);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (typeof part !== 'function') return [key, drawnOf(part, marks, key)];
      const draw = part as Draws;
      if (key === 'valueFormatter' || within === 'axisLabel') return [key, SAMPLES.map((sample) => draw(sample))];
      return [
        key,
        marks.slice(0, 3).map((mark, dataIndex) => {
          const plainValue = (mark as { value?: unknown })?.value ?? mark;
          const params = { dataIndex, value: plainValue, name: (mark as { name?: string })?.name ?? '' };
          return key === 'renderItem'
            ? draw(params, api([plainValue].flat() as number[]))
            : draw(Object.assign([params], params));
        }),
      ];
    }),
  );
}

/** A line for each value. */
function written(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${value}`;
  const flat = JSON.stringify(value);
  if (flat.length < 110) return flat;
  return Object.entries(value)
    .map(
      ([key, part]) =>
        `${indent}${key}: ${typeof part === 'object' && part !== null && JSON.stringify(part).length >= 110 ? '\n' : ''}${written(part, `${indent}  `)}`,
    )
    .join('\n');
}
