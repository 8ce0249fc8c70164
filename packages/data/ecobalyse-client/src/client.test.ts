import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import { bsonOfJson } from '@ecobalyse/bson';
import { IMPACT_CODES } from '@ecobalyse/schema';
import { listMaterials, simulateDetailed } from '@ecobalyse/textile-method';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wrongAnswer } from './check-answer.js';
import {
  createEcobalyseClient,
  type EcobalyseClientOptions,
  isLocalHost,
  retryDelay,
  turnsPerSecondOf,
} from './client.js';
import {
  UpstreamCancelledError,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from './errors.js';

/** Faults that no right server has: each test says what its server answers, on a real socket. */
let server: Server | undefined;
afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

async function faultyServer(handler: Handler) {
  const seen: { time: number; headers: IncomingMessage['headers'] }[] = [];
  server = createServer((request, response) => {
    seen.push({ time: performance.now(), headers: request.headers });
    request.resume().once('end', () => handler(request, response, seen.length));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { seen, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api` };
}

const client = (baseUrl: string, options: Partial<EcobalyseClientOptions> = {}) =>
  createEcobalyseClient({ baseUrl, concurrency: 4, timeoutMs: 60_000, retries: 2, retryDelayMs: 1, ...options });
/** What nobody answers is not waited for long. */
const SOON = { timeoutMs: 2000 };

const answer = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const COUNTRIES = [{ code: 'FR', name: 'France', zone: 'kept' }];

describe('retries', () => {
  it.each([
    [1, {}, 200],
    [2, {}, 400],
    [5, {}, 3200],
    [1, { firstMs: 50 }, 50],
    [3, { firstMs: 50 }, 200],
    [2, { askedMs: 399 }, 400],
    [2, { askedMs: 30_000 }, 30_000],
  ])('wait before try %d with %o %d ms, and up to a fifth more', (attempt, wish, ms) => {
    expect(retryDelay(attempt, { ...wish, random: 0 })).toBe(ms);
    expect(retryDelay(attempt, { ...wish, random: 1 })).toBeCloseTo(1.2 * ms, 9);
    expect(retryDelay(attempt, wish)).toBeGreaterThanOrEqual(ms);
  });

  it.each([
    [60, 2],
    [61, 1],
  ])('wait themselves for a Retry-After of up to a minute: of %d s', async (seconds, asked) => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count === 1 ? answer(response, 429, {}, { 'retry-after': String(seconds) }) : answer(response, 200, COUNTRIES),
    );
    let isOver = false;
    // The call's own time is counted by the clock that is held, too: it must not be over meanwhile.
    const call = client(baseUrl, { retries: 1, timeoutMs: 2_000_000_000 }).countries();
    const over = call.then(
      () => 'answered',
      () => 'rejected',
    );
    void over.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise(setImmediate);
      // Once the wait has begun: an answer is not hurried.
      if (vi.getTimerCount() > 0 && seen.length === 1) await vi.advanceTimersByTimeAsync(72_001);
    }
    expect([await over, seen.length]).toEqual([asked === 2 ? 'answered' : 'rejected', asked]);
  });

  it.each([408, 429, 500, 502, 503, 504])('tries again after %i, then gives the answer as received', async (status) => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count < 3 ? answer(response, status, {}) : answer(response, 200, COUNTRIES),
    );
    expect(await client(baseUrl).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(3);
  });

  it('gives up after its tries', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 500, {}));
    await expect(client(baseUrl).countries()).rejects.toThrow(UpstreamUnreachableError);
    expect(seen).toHaveLength(3);
  });

  it('waits as long as Retry-After says', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count === 1 ? answer(response, 429, {}, { 'retry-after': '1' }) : answer(response, 200, COUNTRIES),
    );
    await client(baseUrl).countries();
    expect((seen[1]?.time ?? 0) - (seen[0]?.time ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it.each([
    ['90 seconds', () => '90', 90],
    ['a date', () => new Date(Date.now() + 90_000).toUTCString(), 90],
    ['a day: an hour at most', () => '86400', 3600],
  ])('does not ask before a Retry-After of %s has passed, and says when that is', async (_name, header, seconds) => {
    // The client's clock is held; a date is compared with that of the machine.
    vi.useFakeTimers({ toFake: ['performance'] });
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count === 1 ? answer(response, 429, {}, { 'retry-after': header() }) : answer(response, 200, COUNTRIES),
    );
    const one = client(baseUrl);
    for (let time = 0; time < 2; time += 1) {
      const error = await one.countries().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UpstreamUnreachableError);
      expect((error as UpstreamUnreachableError).kind).toBe('rate-limited');
      const { retryAfterSeconds = 0 } = error as UpstreamUnreachableError;
      expect(Math.abs(retryAfterSeconds - seconds)).toBeLessThanOrEqual(2);
    }
    expect(seen).toHaveLength(1);
    vi.advanceTimersByTime(seconds * 1000 + 1000);
    expect(await one.countries()).toEqual(COUNTRIES);
  });

  it('makes all calls of a client wait for the Retry-After of one', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count === 1 ? answer(response, 503, {}, { 'retry-after': '1' }) : answer(response, 200, COUNTRIES),
    );
    const one = client(baseUrl, { retries: 0 });
    await expect(one.countries()).rejects.toMatchObject({ retryAfterSeconds: 1 });
    expect(await one.countries()).toEqual(COUNTRIES);
    expect((seen[1]?.time ?? 0) - (seen[0]?.time ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['a page', (response) => answer(response, 200, '<html>')],
    ['half an answer', (response) => answer(response, 200, '[{"code":"F')],
    ['another shape', (response) => answer(response, 200, { countries: [] })],
    ['a refusal as a page', (response) => answer(response, 400, '<html>')],
    [
      'a cut answer',
      (response) => response.writeHead(200, { 'content-length': '99' }).write('[', () => response.destroy()),
    ],
  ])('asks again after %s', async (_name, answerBadly) => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count === 1 ? answerBadly(response) : answer(response, 200, COUNTRIES),
    );
    expect(await client(baseUrl).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(2);
  });

  it('tries again after a timeout and after a broken connection', async () => {
    const { baseUrl, seen } = await faultyServer((request, response, count) => {
      if (count === 2) request.socket.destroy();
      if (count === 3) answer(response, 200, COUNTRIES);
    });
    expect(await client(baseUrl, SOON).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(3);
  });

  it('bounds an answer that comes drop by drop as one that does not come', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) => {
      if (count === 3) return void answer(response, 200, COUNTRIES);
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(drip));
    });
    expect(await client(baseUrl, SOON).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(3);
  });

  it('says that nobody listens, and what was asked', async () => {
    const probe = createTcpServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const asked = client(`http://127.0.0.1:${port}/api`, { retries: 0 });
    const calls: [() => Promise<unknown>, string][] = [
      [() => asked.countries(), '/textile/countries'],
      [() => asked.materials(), '/textile/materials'],
      [() => asked.products(), '/textile/products'],
      [() => asked.documentation(), 'its documentation'],
      [() => asked.methodVersion(), 'its documentation'],
      [() => asked.simulateDetailed({}), '/textile/simulator/detailed'],
      [() => asked.simulateTogether([{}]), '/textile/simulator/batch'],
      [() => asked.simulateTogetherAsBson([{}]), '/textile/simulator/batch'],
    ];
    for (const [call, what] of calls)
      await expect(call()).rejects.toThrow(`the Ecobalyse API cannot be reached for ${what} (ECONNREFUSED)`);
  });

  it.each([400, 401, 403, 404, 405, 410, 422])('never tries again after %i', async (status) => {
    const { baseUrl, seen } = await faultyServer((_request, response) =>
      answer(response, status, { error: { mass: 'non' } }),
    );
    const isRefusal = status === 400 || status === 422;
    await expect(client(baseUrl).simulateDetailed({})).rejects.toThrow(
      isRefusal ? 'mass: non' : `answered ${status} to`,
    );
    expect(seen).toHaveLength(1);
  });
});

describe('errors', () => {
  it('gives the reasons of a refusal by field', async () => {
    const { baseUrl } = await faultyServer((_request, response) =>
      answer(response, 400, { error: { mass: 'trop petite', materials: ['vide', 'inconnue'] }, documentation: 'url' }),
    );
    const error = await client(baseUrl)
      .simulateDetailed({})
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamRefusedError);
    expect((error as UpstreamRefusedError).reasons).toEqual({ mass: 'trop petite', materials: 'vide inconnue' });
  });

  it.each([
    ['a page', '<html>'],
    ['another shape', { impacts: {} }],
    ['nothing', ''],
  ])('says that %s is not an answer', async (_name, body) => {
    const { baseUrl } = await faultyServer((_request, response) => answer(response, 200, body));
    await expect(client(baseUrl).simulateDetailed({})).rejects.toThrow(UpstreamMalformedError);
  });

  const cut = (response: ServerResponse) => void response.socket?.destroy();
  it.each<[kind: string, advice: RegExp, (response: ServerResponse) => unknown]>([
    ['unauthorised', /ECOBALYSE_API_TOKEN/, (response) => answer(response, 401, { error: { authorization: 'non' } })],
    ['unauthorised', /ECOBALYSE_API_TOKEN/, (response) => answer(response, 403, '<html>')],
    ['not-found', /ECOBALYSE_API_URL/, (response) => answer(response, 404, {})],
    ['not-json', /maintenance.*ECOBALYSE_API_URL/, (response) => answer(response, 200, '<html>')],
    ['contract', /version.*ECOBALYSE_API_URL/, (response) => answer(response, 200, { impacts: {} })],
    ['rate-limited', /ECOBALYSE_REQUESTS_PER_SECOND/, (response) => answer(response, 429, {})],
    ['slow', /ECOBALYSE_TIMEOUT_MS/, () => undefined],
    ['slow', /ECOBALYSE_TIMEOUT_MS/, (response) => answer(response, 408, {})],
    ['unreachable', /cannot be reached.*ECOBALYSE_API_URL/, (response) => answer(response, 502, '<html>')],
    ['unreachable', /cannot be reached.*ECOBALYSE_API_URL/, cut],
  ])('are %s, say %s, and hold no token', async (kind, advice, respond) => {
    const { baseUrl } = await faultyServer((_request, response) => respond(response));
    const error = await client(baseUrl, { retries: 0, token: 'secret-token', ...(kind === 'slow' && SOON) })
      .simulateDetailed({})
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind,
      advice: expect.stringMatching(advice),
      message: expect.stringMatching(advice),
    });
    const { advice: english, frenchAdvice } = error as UpstreamUnreachableError;
    const settingsOf = (text: string) => text.match(/ECOBALYSE_\w+|v7\.0\.0/g)?.sort();
    expect([settingsOf(frenchAdvice), / (l’|la |le |vous|une? |ou |pas )/.test(` ${frenchAdvice}`)]).toEqual([
      settingsOf(english),
      true,
    ]);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret-token');
  });

  it('name the address behind a circle of redirections, at once', async () => {
    const { baseUrl, seen } = await faultyServer((request, response) =>
      answer(response, 302, {}, { location: request.url ?? '' }),
    );
    await expect(client(baseUrl).countries()).rejects.toMatchObject({ kind: 'not-found' });
    // Three redirections are followed, and nothing is tried again.
    expect(seen).toHaveLength(4);
  });

  it('are of its own when the caller gives up, or has no more time', async () => {
    const { baseUrl } = await faultyServer(() => undefined);
    const controller = new AbortController();
    const pending = client(baseUrl).countries(controller.signal);
    controller.abort(new Error('not needed'));
    const cancelled = await pending.catch((reason: unknown) => reason);
    expect(cancelled).toBeInstanceOf(UpstreamCancelledError);
    expect((cancelled as Error).cause).toEqual(new Error('not needed'));

    const late = client(baseUrl).countries(AbortSignal.timeout(20));
    await expect(late).rejects.toMatchObject({ name: 'UpstreamUnreachableError', kind: 'slow' });
  });

  it('are of its own, at once, when the caller gives up while upstream is left alone', {
    timeout: 15_000,
  }, async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) =>
      answer(response, 429, {}, { 'retry-after': '60' }),
    );
    const patient = client(baseUrl, { retries: 0 });
    await expect(patient.countries()).rejects.toThrow(UpstreamUnreachableError);
    const controller = new AbortController();
    const waiting = patient.countries(controller.signal);
    controller.abort(new Error('not needed'));
    await expect(waiting).rejects.toMatchObject({ name: 'UpstreamCancelledError', cause: new Error('not needed') });
    const late = patient.countries(AbortSignal.timeout(20));
    await expect(late).rejects.toMatchObject({ retryAfterSeconds: 60 });
    expect(seen).toHaveLength(1);
  });

  it('come to nobody who has gone from a turn that others need', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 200, COUNTRIES));
    const paced = client(baseUrl, { requestsPerSecond: 0.01 });
    const gone = Array.from({ length: 5 }, () => paced.countries(AbortSignal.abort()));
    for (const one of gone) await expect(one).rejects.toThrow(UpstreamCancelledError);
    // The first turn is still there; the second would come after 100 s.
    expect(await paced.countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(1);
  });
});

const QUERY = {
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.6 },
    { id: 'ei-lin', share: 0.4 },
  ],
  product: 'tshirt',
  countryMaking: 'FR',
};
type Answer = ReturnType<typeof simulateDetailed>;
const rightAnswer = (query: object = QUERY): Answer => JSON.parse(JSON.stringify(simulateDetailed(query)));
const zeros = ({ impacts }: Answer) => Object.fromEntries(Object.keys(impacts).map((code) => [code, 0]));

const elsewhere =
  (code: string) =>
  ({ inputs }: Answer) => ({ inputs: { ...inputs, countryMaking: { ...inputs.countryMaking, code } } });
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

/** An answer of so many bytes. */
function filled(right: Answer, bytes: number) {
  const empty = Buffer.byteLength(JSON.stringify({ ...right, text: '' }));
  return { ...right, text: 'x'.repeat(bytes - empty) };
}

describe('answers', () => {
  it('of 2 MiB are the greatest', async () => {
    const greatest = filled(rightAnswer(), 2 ** 21);
    const { baseUrl } = await faultyServer((_request, response) => answer(response, 200, greatest));
    expect(await client(baseUrl).simulateDetailed(QUERY)).toEqual(greatest);
  });

  it.each<[string, object, (right: Answer) => object, RegExp | undefined]>([
    ['a mass that was rounded', {}, ({ inputs }) => ({ inputs: { ...inputs, mass: 0.17 + 0.9e-6 } }), undefined],
    [
      'another mass',
      {},
      ({ inputs }) => ({ inputs: { ...inputs, mass: 0.17 + 1.1e-6 } }),
      /mass is 0\.170001\d*, and 0\.17 was/,
    ],
    [
      'a great mass that was rounded',
      { mass: 200 },
      ({ inputs }) => ({ inputs: { ...inputs, mass: 200.0001 } }),
      undefined,
    ],
    ['another great mass', { mass: 200 }, ({ inputs }) => ({ inputs: { ...inputs, mass: 200.0003 } }), /mass is/],
    ['a mass as text', { mass: '0.17' }, ({ inputs }) => ({ inputs: { ...inputs, mass: 7 } }), undefined],
    ['a product that was not asked for', { product: undefined }, () => ({}), undefined],
    ['a country that the method does not know', {}, elsewhere('XX'), undefined],
    ['one asked for that it does not know', { countryDyeing: 'XX' }, () => ({}), undefined],
    ['a country of fabric', { countryFabric: 'CN' }, () => ({}), /countryFabric is ---, and CN/],
    ['a country of dyeing', { countryDyeing: 'CN' }, () => ({}), /countryDyeing is ---, and CN/],
    ['49 levels below its fields', {}, () => ({ deep: nested(49) }), undefined],
    ['50 levels below its fields', {}, () => ({ deep: nested(50) }), /more than 50 levels/],
    ['one impact that is not 0', {}, (right) => ({ impacts: { ...zeros(right), acd: 1 } }), undefined],
    ['nothing but zeros', {}, (right) => ({ impacts: zeros(right) }), /all its impacts are 0/],
  ])('with %s', (_, asked, changed, fault) => {
    const right = rightAnswer();
    const answer = { ...right, ...changed(right) } as never;
    const told = wrongAnswer({ ...QUERY, ...asked }, { answer, json: JSON.stringify(answer) });
    if (fault === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(fault);
  });

  it.each<[string, RegExp, (right: Answer) => object]>([
    ['only zeros', /all its impacts are 0/, (right) => ({ ...right, impacts: zeros(right) })],
    ['another product', /product is jean/, () => rightAnswer({ ...QUERY, product: 'jean' })],
    ['another mass', /mass is 0.18/, () => rightAnswer({ ...QUERY, mass: 0.18 })],
    ['another country', /countryMaking is CN/, () => rightAnswer({ ...QUERY, countryMaking: 'CN' })],
    [
      'fewer materials',
      /number of materials/,
      () => rightAnswer({ ...QUERY, materials: [{ id: 'ei-lin', share: 1 }] }),
    ],
    [
      'another material',
      /materials.1.id is ei-pet/,
      () => rightAnswer({ ...QUERY, materials: [QUERY.materials[0], { id: 'ei-pet', share: 0.4 }] }),
    ],
    [
      'other shares',
      /materials.0.share is 0.5/,
      () => rightAnswer({ ...QUERY, materials: QUERY.materials.map(({ id }) => ({ id, share: 0.5 })) }),
    ],
    ['a field that no database can name', /holds U\+0000/, (right) => ({ ...right, detail: { 'a\0b': 1 } })],
    ['more levels than a database takes', /more than 50 levels/, (right) => ({ ...right, deep: nested(200) })],
    ['more bytes than a document may have', /more than 2 MiB/, (right) => filled(right, 2 ** 21 + 1)],
  ])('with %s are none: asked for again, then named', async (_name, fault, wrong) => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      answer(response, 200, count === 1 ? wrong(rightAnswer()) : rightAnswer()),
    );
    expect(await client(baseUrl).simulateDetailed(QUERY)).toEqual(rightAnswer());
    expect(seen).toHaveLength(2);
    seen.length = 0;
    await expect(client(baseUrl, { retries: 0 }).simulateDetailed(QUERY)).rejects.toMatchObject({
      kind: 'wrong',
      message: expect.stringMatching(fault),
    });
  });

  it('may be 0 for a garment that costs nothing', async () => {
    const disabledSteps = ['material', 'spinning', 'fabric', 'ennobling', 'making', 'distribution', 'use', 'eol'];
    const nothing = { ...QUERY, trims: [], disabledSteps };
    const { baseUrl } = await faultyServer((_request, response) => answer(response, 200, rightAnswer(nothing)));
    expect((await client(baseUrl).simulateDetailed(nothing)).impacts.ecs).toBe(0);
  });

  it('lose what bears the names of our own fields or of operators, and nothing else', async () => {
    const theirs = { $set: 2, _id: 5, md5_id: 'x', product_id: 'jean', _platform: {}, 'a.b': 1, c$: { $d: 3 } };
    const { baseUrl } = await faultyServer((_request, response) =>
      answer(response, 200, { ...rightAnswer(), ...theirs }),
    );
    expect(await client(baseUrl).simulateDetailed(QUERY)).toEqual({ ...rightAnswer(), 'a.b': 1, c$: { $d: 3 } });
  });
});

describe('the version of the method', () => {
  const CONSTANT = { version: '0.0.1-alpha' };
  it.each<[string, string, object, string | null]>([
    ['at the top', '/api', { version: 'v9.1.0', info: CONSTANT }, '9.1.0'],
    ['at the top of another than the address names', '/versions/v7.0.0/api', { version: '7.0.1' }, '7.0.1'],
    ['in the address', '/versions/v7.0.0/api', { info: CONSTANT }, '7.0.0'],
    ['in info', '/api', { info: { version: '7.0.0' } }, '7.0.0'],
    ['nowhere', '/api', { info: CONSTANT }, null],
    ['in no text', '/api', { version: 9, info: 'none' }, null],
  ])('is told %s', async (_name, path, document, version) => {
    const { baseUrl } = await faultyServer((_request, response) => answer(response, 200, document));
    expect(await client(baseUrl.replace('/api', path)).methodVersion()).toBe(version);
  });

  it.each([
    ['a hash', 'abc', 'abc'],
    ['nothing', undefined, undefined],
    ['no text', 7, undefined],
    ['more than a hash has', 'a'.repeat(101), undefined],
  ])('comes with what upstream tells of its figures: %s', async (_name, figures, told) => {
    const document = { version: 'v7.0.0', 'x-figures': figures };
    const { baseUrl } = await faultyServer((_request, response) => answer(response, 200, document));
    const one = client(baseUrl);
    expect(one.figures()).toBeUndefined();
    expect(await one.methodVersion()).toBe('7.0.0');
    expect(one.figures()).toBe(told);
  });

  it('is read again after a minute, or as soon as it has to be', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { baseUrl } = await faultyServer((_request, response, count) =>
      answer(response, 200, { version: `v${count}.0.0` }),
    );
    const one = client(baseUrl);
    expect(await one.methodVersion()).toBe('1.0.0');
    expect(await one.methodVersion()).toBe('1.0.0');
    expect(await one.methodVersion(undefined, 0)).toBe('2.0.0');
    vi.advanceTimersByTime(59_999);
    expect(await one.methodVersion()).toBe('2.0.0');
    expect(await one.methodVersion(undefined, 60_000)).toBe('2.0.0');
    vi.advanceTimersByTime(1);
    expect(await one.methodVersion()).toBe('3.0.0');
  });
});

describe('manners', () => {
  it('says honestly who asks, and sends the token', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 200, COUNTRIES));
    await client(baseUrl, { token: 'abc' }).countries();
    expect(seen[0]?.headers['user-agent']).toMatch(/ecobalyse-platform/);
    expect(seen[0]?.headers.authorization).toBe('Bearer abc');
  });

  it('has no more requests under way than it may', async () => {
    let most = 0;
    const held: ServerResponse[] = [];
    const answerAll = () => {
      for (const one of held.splice(0)) answer(one, 200, COUNTRIES);
    };
    const { baseUrl } = await faultyServer((_request, response) => {
      held.push(response);
      most = Math.max(most, held.length);
      // As many as may be under way are waited for.
      if (held.length === 3) setImmediate(answerAll);
    });
    const limited = client(baseUrl, { concurrency: 3, retries: 0 });
    await Promise.all(Array.from({ length: 30 }, () => limited.countries()));
    expect(most).toBe(3);
  });

  it('keeps its pace', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 200, COUNTRIES));
    const paced = client(baseUrl, { requestsPerSecond: 20 });
    const begun = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => paced.countries()));
    expect((seen[4]?.time ?? 0) - begun).toBeGreaterThanOrEqual(4 * 50 - 10);
  });

  it.each([
    ['http://127.0.0.1:8001/api', true],
    ['http://[::1]:8001/api', true],
    ['http://simulator:8001/api', true],
    ['http://localhost:8001/api', true],
    ['http://10.1.2.3/api', true],
    ['http://11.1.2.3/api', false],
    ['http://192.168.1.2/api', true],
    ['http://192.169.1.2/api', false],
    ['http://172.15.0.1/api', false],
    ['http://172.16.0.1/api', true],
    ['http://172.20.0.1/api', true],
    ['http://172.31.0.1/api', true],
    ['http://172.32.0.1/api', false],
    ['http://172.1.0.1/api', false],
    ['http://[2001:db8::1]/api', false],
    ['https://ecobalyse.beta.gouv.fr/api', false],
    ['http://8.8.8.8/api', false],
  ])('knows whether %s is local', (url, local) => expect(isLocalHost(url)).toBe(local));

  it.each([
    ['http://127.0.0.1/api', undefined, 0],
    ['https://ecobalyse.beta.gouv.fr/api', undefined, 5],
    ['https://ecobalyse.beta.gouv.fr/api', 0, 0],
    ['http://127.0.0.1/api', 2, 2],
  ])('has for %s, told %s, a pace of %d a second', (baseUrl, requestsPerSecond, turns) => {
    expect(turnsPerSecondOf({ baseUrl, requestsPerSecond, concurrency: 1, timeoutMs: 1, retries: 0 })).toBe(turns);
  });
});

describe('many queries', () => {
  const queries = Array.from({ length: 120 }, (_, at) => ({ ...QUERY, mass: (100 + at) / 1000 }));
  const refused = { ...QUERY, mass: -1 };

  /** Answers as the simulator does; `spoil` changes lines of batches, and gives the status of all of one when it is a number. */
  async function upstreamOf(spoil: (line: string, at: number) => string | number = (line) => line, refusal?: string) {
    const paths: string[] = [];
    const lineOf = (text: string) => {
      try {
        return JSON.stringify(simulateDetailed(JSON.parse(text)));
      } catch {
        return JSON.stringify({ error: { mass: 'non' }, status: 400 });
      }
    };
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
      paths.push(pathname.split('/').at(-1) ?? '');
      const isBatch = pathname.endsWith('/batch');
      const whole = body.split('\n').map(lineOf);
      const lines = searchParams.get('zeros') === 'omitted' ? whole.map(withoutZeros) : whole;
      const spoilt = isBatch ? lines.map(spoil) : lines;
      const status =
        spoilt.find((line) => typeof line === 'number') ?? (lines[0]?.startsWith('{"error"') && !isBatch ? 400 : 200);
      response.writeHead(status).end(status === 200 ? spoilt.join('\n') : (refusal ?? spoilt.join('\n')));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { paths, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api` };
  }
  const ZEROS = IMPACT_CODES.slice(0, -2)
    .map((code) => `"${code}":0,`)
    .join('');
  const withoutZeros = (line: string) => line.replaceAll(ZEROS, '');
  const massesOf = (answers: readonly unknown[]) =>
    answers.map((one) => (one instanceof UpstreamRefusedError ? 'refused' : (one as Answer).inputs.mass));

  it('are asked by batches of 50, in order, and a refusal is in the place of its answer', async () => {
    const { baseUrl, paths } = await upstreamOf();
    const asked = queries.with(70, refused);
    const answers = await client(baseUrl).simulateManyDetailed(asked);
    expect(massesOf(answers)).toEqual(asked.map(({ mass }) => (mass < 0 ? 'refused' : mass)));
    // What was no answer is asked by itself.
    expect(paths).toEqual(['batch', 'batch', 'batch', 'detailed']);
  });

  it('are asked one by one where there are no batches, which is asked once', async () => {
    const { baseUrl, paths } = await upstreamOf(() => 404);
    const one = client(baseUrl);
    for (let time = 0; time < 2; time += 1)
      expect(massesOf(await one.simulateManyDetailed(queries.slice(0, 3)))).toEqual([0.1, 0.101, 0.102]);
    expect(paths).toEqual(['batch', ...Array(6).fill('detailed')]);
  });

  it.each([400, 422])('are asked one by one where a batch is refused by %i', async (status) => {
    const { baseUrl, paths } = await upstreamOf(() => status, '{"error":"no such thing"}');
    const one = client(baseUrl, { retries: 0 });
    for (let time = 0; time < 2; time += 1)
      expect(massesOf(await one.simulateManyDetailed(queries.slice(0, 2)))).toEqual([0.1, 0.101]);
    expect(paths).toEqual(['batch', ...Array(4).fill('detailed')]);
  });

  it('are asked one by one where a pace is kept', async () => {
    const { baseUrl, paths } = await upstreamOf();
    await client(baseUrl, { requestsPerSecond: 1000 }).simulateManyDetailed(queries.slice(0, 3));
    expect(paths).toEqual(['detailed', 'detailed', 'detailed']);
  });

  it.each<[string, (line: string, at: number) => string]>([
    ['is for another garment', (line, at) => (at === 1 ? JSON.stringify(simulateDetailed(QUERY)) : line)],
    ['has another shape', (line, at) => (at === 1 ? '{"impacts":{}}' : line)],
  ])('are asked alone when a line of a batch %s', async (_name, spoil) => {
    const { baseUrl, paths } = await upstreamOf(spoil);
    expect(massesOf(await client(baseUrl).simulateManyDetailed(queries.slice(0, 3)))).toEqual([0.1, 0.101, 0.102]);
    expect(paths).toEqual(['batch', 'detailed']);
  });

  it('are asked one by one after a batch of which lines are missing', async () => {
    const { baseUrl, paths } = await upstreamOf((line, at) => (at === 2 ? '' : line));
    const answers = await client(baseUrl, { retries: 0 }).simulateManyDetailed(queries.slice(0, 3));
    expect(massesOf(answers)).toEqual([0.1, 0.101, 0.102]);
    expect(paths).toEqual(['batch', 'detailed', 'detailed', 'detailed']);
  });

  it('reject when upstream is away', async () => {
    const { baseUrl } = await upstreamOf(() => 503);
    await expect(client(baseUrl, { retries: 0 }).simulateManyDetailed(queries)).rejects.toThrow(
      UpstreamUnreachableError,
    );
  });

  it('give nothing for what is to be asked alone, and ask it of nobody', async () => {
    const { baseUrl, paths } = await upstreamOf();
    const together = await client(baseUrl).simulateTogether(queries.with(70, refused));
    expect(together.map((one) => one?.answer.inputs.mass ?? null)).toEqual(
      queries.with(70, refused).map(({ mass }) => (mass < 0 ? null : mass)),
    );
    expect(await client(baseUrl, { requestsPerSecond: 1000 }).simulateTogether(queries.slice(0, 2))).toEqual([
      null,
      null,
    ]);
    expect(paths).toEqual(['batch', 'batch', 'batch']);
  });

  it('come without zeros, as they came, and are given with them', async () => {
    const { baseUrl } = await upstreamOf();
    const [given] = await client(baseUrl).simulateTogether(queries.slice(0, 1));
    const whole = JSON.stringify(simulateDetailed(queries[0] as object));
    expect(JSON.stringify(given?.answer)).toBe(whole);
    expect(given?.json).toBe(withoutZeros(whole));
    expect(given?.json.length).toBeLessThan(0.7 * whole.length);
  });

  it('are given as text without the fields of ours that they came with', async () => {
    const { baseUrl } = await upstreamOf((line) => line.replace('{', '{"_id":1,'));
    const [given] = await client(baseUrl).simulateTogether(queries.slice(0, 1));
    expect(given?.answer).not.toHaveProperty('_id');
    expect(given?.json).toBe(JSON.stringify(given?.answer));
  });

  describe('as BSON', () => {
    const asked = queries.slice(0, 3);
    const documents = () => asked.map((query) => bsonOfJson(simulateDetailed(query)));

    /** Answers batches with bytes; what is asked alone is not answered. */
    async function bsonUpstream(bytes: Buffer, type = 'application/bson') {
      const accepted: unknown[] = [];
      const { baseUrl } = await faultyServer(({ headers }, response) => {
        accepted.push(headers.accept);
        response.writeHead(200, { 'content-type': type }).end(bytes);
      });
      return { accepted, one: client(baseUrl, { retries: 0 }) };
    }

    it('come as they were sent, with what the platform computes with', async () => {
      const { accepted, one } = await bsonUpstream(Buffer.concat(documents()));
      const given = await one.simulateTogetherAsBson(asked);
      expect(given.map((each) => each?.bson)).toEqual(documents());
      expect(given.map((each) => each?.answer.inputs.mass)).toEqual(asked.map(({ mass }) => mass));
      expect(given[0]?.answer.impacts).toEqual(simulateDetailed(asked[0] as object).impacts);
      expect(accepted).toEqual(['application/bson']);
    });

    it.each<[string, object]>([
      ['is for another garment', simulateDetailed({ ...QUERY, mass: 0.9 })],
      ['is a refusal', { status: 400, error: { mass: 'non' } }],
      [
        'costs nothing',
        { ...simulateDetailed(asked[1] as object), impacts: Object.fromEntries(IMPACT_CODES.map((code) => [code, 0])) },
      ],
      ['has a field of ours', { ...simulateDetailed(asked[1] as object), md5_id: 'x' }],
      ['has an operator', { ...simulateDetailed(asked[1] as object), $where: 'x' }],
    ])('are none where one %s, and the others are', async (_, wrong) => {
      const { one } = await bsonUpstream(Buffer.concat(documents().with(1, bsonOfJson(wrong))));
      expect((await one.simulateTogetherAsBson(asked)).map((each) => each?.bson ?? null)).toEqual(
        documents().with(1, null as never),
      );
    });

    it.each<[string, () => Buffer]>([
      ['is cut', () => Buffer.concat(documents()).subarray(0, -1)],
      ['is one short', () => Buffer.concat(documents().slice(1))],
      ['is one too many', () => Buffer.concat([...documents(), ...documents().slice(1, 2)])],
    ])('are asked for by themselves from then on when a batch %s', async (_, bytes) => {
      const { accepted, one } = await bsonUpstream(bytes());
      for (let time = 0; time < 2; time += 1)
        expect(await one.simulateTogetherAsBson(asked)).toEqual([null, null, null]);
      expect(accepted).toHaveLength(1);
    });

    it('are made of lines where upstream knows of nothing else', async () => {
      const { baseUrl } = await upstreamOf((line, at) => (at === 1 ? '{}' : line));
      const given = await client(baseUrl).simulateTogetherAsBson(asked);
      expect(given.map((each) => each?.bson ?? null)).toEqual(documents().with(1, null as never));
      expect(given[2]?.answer.inputs.mass).toBe(asked[2]?.mass);
    });

    it('tell of another version by their form, as others do', async () => {
      const withoutPef = asked.map((query) => {
        const { pef: _, ...impacts } = simulateDetailed(query).impacts;
        return bsonOfJson({ ...simulateDetailed(query), impacts });
      });
      const versions = [1, 2];
      const { baseUrl } = await faultyServer(({ method }, response, count) => {
        if (method === 'GET') return answer(response, 200, { version: `v${versions.shift()}`, info: { version: 'x' } });
        const bytes = count < 3 ? documents() : withoutPef;
        return response.writeHead(200, { 'content-type': 'application/bson' }).end(Buffer.concat(bytes));
      });
      const one = client(baseUrl);
      expect(await one.methodVersion()).toBe('1');
      await one.simulateTogetherAsBson(asked);
      expect(await one.methodVersion()).toBe('1');
      expect((await one.simulateTogetherAsBson(asked)).map((each) => each !== null)).toEqual([true, true, true]);
      expect(await one.methodVersion()).toBe('2');
    });

    it('are asked for by themselves where upstream has other ids', async () => {
      const theirs = (id: string) => `their ${id}`;
      const { baseUrl } = await faultyServer(({ method }, response) => {
        if (method === 'GET')
          return answer(
            response,
            200,
            listMaterials().map(({ id, name }) => ({ id: theirs(id), name })),
          );
        const inTheirs = asked.map((query) => {
          const made = JSON.parse(JSON.stringify(simulateDetailed(query)));
          for (const { material } of made.inputs.materials) material.id = theirs(material.id);
          return bsonOfJson(made);
        });
        return response.writeHead(200, { 'content-type': 'application/bson' }).end(Buffer.concat(inTheirs));
      });
      const one = client(baseUrl);
      await one.materials();
      expect(await one.simulateTogetherAsBson(asked)).toEqual([null, null, null]);
    });
  });

  it('may be none', async () => {
    const { baseUrl, paths } = await upstreamOf();
    expect(await client(baseUrl).simulateManyDetailed([])).toEqual([]);
    expect(paths).toEqual([]);
  });
});
