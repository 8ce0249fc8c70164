import { getEventListeners } from 'node:events';
import { setImmediate as nextMoment } from 'node:timers/promises';
import type { DetailedSimulation } from '@ecobalyse/schema';
import { scrape } from '@ecobalyse/telemetry';
import { startTestRedis } from '@ecobalyse/test-servers';
import { listMaterials, simulateDetailed } from '@ecobalyse/textile-method';
import axios, { AxiosError, type InternalAxiosRequestConfig } from 'axios';
import axiosRetry from 'axios-retry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { measureCalls } from './call-metrics.js';
import { withoutOurFields, wrongAnswer } from './check-answer.js';
import {
  UpstreamCancelledError,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from './errors.js';
import { compareMaterials, ourMaterials, withOurIds, withTheirIds } from './material-ids.js';
import { openOwnPace, openSharedPace } from './pace.js';

describe('calls are measured', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  const figuresOf = async (path: string) =>
    (await scrape()).text
      .split('\n')
      .filter((line) => line.includes(`path="${path}"`) && /_(sum|count|total)\{/.test(line))
      .map((line) => line.replace(/^ecobalyse_|path="[^"]*",?/g, ''));
  const failing = (code: string) => (config: InternalAxiosRequestConfig) => {
    vi.advanceTimersByTime(250);
    return Promise.reject(new AxiosError('no', code, config));
  };
  const answering = (status: number) => (config: InternalAxiosRequestConfig) => {
    vi.advanceTimersByTime(1500);
    const response = { status, data: '', statusText: '', headers: {}, config };
    return status < 400
      ? Promise.resolve(response)
      : Promise.reject(new AxiosError('no', 'ERR_BAD_RESPONSE', config, null, response));
  };
  it.each([
    ['answered', answering(200), '200', 1.5],
    ['refused', answering(400), '400', 1.5],
    ['too late', failing('ECONNABORTED'), 'timeout', 0.25],
    ['too late below', failing('ETIMEDOUT'), 'timeout', 0.25],
    ['not connected', failing('ECONNREFUSED'), 'unreachable', 0.25],
  ])('in seconds: %s', async (path, adapter, status, seconds) => {
    const http = axios.create({ adapter });
    measureCalls(http);
    await http.get(path).catch(() => undefined);
    expect(await figuresOf(path)).toEqual([
      `upstream_request_duration_seconds_sum{status="${status}"} ${seconds}`,
      `upstream_request_duration_seconds_count{status="${status}"} 1`,
    ]);
  });

  it('when they are cancelled', async () => {
    const http = axios.create({ adapter: (config) => Promise.reject(new axios.CanceledError('gone', config)) });
    measureCalls(http);
    await http.get('gone').catch(() => undefined);
    expect((await figuresOf('gone'))[1]).toBe('upstream_request_duration_seconds_count{status="cancelled"} 1');
  });

  it('each try, and further tries counted', async () => {
    let tries = 0;
    const http = axios.create({
      adapter: (config) => {
        tries += 1;
        return tries < 3 ? answering(503)(config) : answering(200)(config);
      },
    });
    measureCalls(http);
    axiosRetry(http, { retries: 5, retryDelay: () => 0, retryCondition: () => true });
    await http.get('again');
    expect(await figuresOf('again')).toEqual([
      'upstream_request_duration_seconds_sum{status="503"} 3',
      'upstream_request_duration_seconds_count{status="503"} 2',
      'upstream_request_duration_seconds_sum{status="200"} 1.5',
      'upstream_request_duration_seconds_count{status="200"} 1',
      'upstream_retries_total{} 2',
    ]);
  });

  it('pass errors that are no answers on', async () => {
    const broken = new TypeError('a fault of ours');
    const http = axios.create({ adapter: () => Promise.reject(broken) });
    measureCalls(http);
    await expect(http.get('broken')).rejects.toBe(broken);
    expect(await figuresOf('broken')).toEqual([]);
  });
});

describe('errors for people', () => {
  it.each([
    [
      'unreachable',
      new UpstreamUnreachableError('x'),
      'The Ecobalyse API cannot be reached: try again later, or check ECOBALYSE_API_URL and the way out of the network.',
    ],
    [
      'slow',
      new UpstreamUnreachableError('x', { kind: 'slow' }),
      'The Ecobalyse API does not answer in time: try again later, or raise ECOBALYSE_TIMEOUT_MS.',
    ],
    [
      'rate-limited',
      new UpstreamUnreachableError('x', { kind: 'rate-limited', retryAfterSeconds: 7 }),
      'The Ecobalyse API was asked too often: try again later, or lower ECOBALYSE_REQUESTS_PER_SECOND.',
    ],
    [
      'not-found',
      new UpstreamMalformedError('x', { kind: 'not-found' }),
      'There is no Ecobalyse API at this address: check ECOBALYSE_API_URL, which for the official API ends with /versions/v7.0.0/api.',
    ],
    [
      'contract',
      new UpstreamMalformedError('x'),
      'What answers does not keep the contract of the Ecobalyse API, v7 or v8: check which version ECOBALYSE_API_URL names.',
    ],
    [
      'wrong',
      new UpstreamMalformedError('x', { kind: 'wrong' }),
      'The Ecobalyse API gave an answer that cannot be right, and nothing of it was kept: try again later; if it stays so, tell those who run it.',
    ],
  ])('of what is %s say the cause and what mends it', (kind, error, advice) => {
    const [, remedy] = advice.split(/: (.*)/);
    expect(error).toMatchObject({ kind, advice, message: `x: ${remedy?.slice(0, -1)}` });
    expect(error.frenchAdvice).toContain(' : ');
    expect(error.name).toBe(error.constructor.name);
    expect(error.retryAfterSeconds).toBe(kind === 'rate-limited' ? 7 : undefined);
    expect(error.cause).toBeUndefined();
  });

  it('of refusals and of who gave up say why', () => {
    expect(new UpstreamRefusedError({ mass: 'too small', product: 'unknown' })).toMatchObject({
      name: 'UpstreamRefusedError',
      message: 'refused by the Ecobalyse API: mass: too small; product: unknown',
      reasons: { mass: 'too small', product: 'unknown' },
    });
    expect(new UpstreamCancelledError('/x', 7)).toMatchObject({
      name: 'UpstreamCancelledError',
      message: 'the call of the Ecobalyse API for /x was cancelled',
      cause: 7,
    });
  });
});

describe('ids of materials', () => {
  const theirs = listMaterials().map(({ id, name }) => ({
    id: id === 'ei-lin' ? id : `uuid of ${id}`,
    name: ` ${name.toUpperCase()} `,
  }));
  const ids = compareMaterials([...theirs, { id: 'uuid of silk', name: 'Silk' }]);

  it('are found by name, but for those that are listed as they are', () => {
    expect(ids.toTheirs.get('ei-coton')).toBe('uuid of ei-coton');
    expect(ids.toOurs.get('uuid of ei-coton')).toBe('ei-coton');
    expect([ids.toTheirs.has('ei-lin'), ids.toOurs.has('uuid of silk')]).toEqual([false, false]);
    expect(ids.toTheirs.size).toBe(listMaterials().length - 1);
    expect(compareMaterials([]).toTheirs.size).toBe(0);
  });

  it('are sent as upstream has them, and nothing else of a query is touched', () => {
    const query = {
      mass: 1,
      materials: [
        { id: 'ei-coton', share: 0.5 },
        { id: 'kevlar', share: 0.3 },
        { id: 'ei-lin', share: 0.2 },
      ],
    };
    expect(withTheirIds(query, ids)).toEqual({
      mass: 1,
      materials: [
        { id: 'uuid of ei-coton', share: 0.5 },
        { id: 'kevlar', share: 0.3 },
        { id: 'ei-lin', share: 0.2 },
      ],
    });
    expect(ourMaterials(query, ids)).toEqual([
      ['ei-coton', 'uuid of ei-coton'],
      ['ei-lin', 'ei-lin'],
    ]);
    expect(ourMaterials(query)).toEqual([
      ['ei-coton', 'ei-coton'],
      ['ei-lin', 'ei-lin'],
    ]);
    for (const same of [{ mass: 1 }, { materials: 'cotton' }, { materials: [{ id: 'kevlar' }] }])
      expect(withTheirIds(same, ids)).toBe(same);
    expect(ourMaterials({ materials: 7 })).toEqual([]);
  });

  it('come back as ours', () => {
    const answer = {
      ecs: 1,
      inputs: {
        mass: 2,
        materials: [
          { share: 1, material: { id: 'uuid of ei-coton', name: 'x' } },
          { share: 0, material: { id: 'silk' } },
        ],
      },
    };
    expect(withOurIds(answer as unknown as DetailedSimulation, ids)).toEqual({
      ecs: 1,
      inputs: {
        mass: 2,
        materials: [
          { share: 1, material: { id: 'ei-coton', name: 'x' } },
          { share: 0, material: { id: 'silk' } },
        ],
      },
    });
  });
});

describe('an answer', () => {
  const query = {
    mass: 0.2,
    product: 'jean',
    materials: [{ id: 'ei-coton', share: 1 }],
    countryFabric: 'CN',
    countryDyeing: 'TR',
    countryMaking: 'FR',
  };
  const right = JSON.parse(JSON.stringify(simulateDetailed(query))) as DetailedSimulation;
  const inputs = (changed: object) => ({ ...right, inputs: { ...right.inputs, ...changed } }) as DetailedSimulation;
  const nested = (depth: number): object => (depth === 0 ? {} : { deeper: nested(depth - 1) });

  it.each<[string, DetailedSimulation, string | undefined]>([
    ['right', right, undefined],
    ['of a mass rounded', inputs({ mass: 0.2000009 }), undefined],
    [
      'of another mass',
      inputs({ mass: 0.2000011 }),
      'it is for another garment: mass is 0.2000011, and 0.2 was asked for',
    ],
    [
      'of another type',
      inputs({ product: { ...right.inputs.product, id: 'pull' } }),
      'it is for another garment: product is pull, and jean was asked for',
    ],
    [
      'made in another country',
      inputs({ countryMaking: { ...right.inputs.countryMaking, code: 'BD' } }),
      'it is for another garment: countryMaking is BD, and FR was asked for',
    ],
    ['made in an unheard-of one', inputs({ countryMaking: { ...right.inputs.countryMaking, code: 'XX' } }), undefined],
    [
      'of another material',
      inputs({ materials: [{ ...right.inputs.materials[0], material: { id: 'ei-lin' } }] }),
      'it is for another garment: materials.0.id is ei-lin, and ei-coton was asked for',
    ],
    [
      'of another share',
      inputs({ materials: [{ ...right.inputs.materials[0], share: 0.5 }] }),
      'it is for another garment: materials.0.share is 0.5, and 1 was asked for',
    ],
    [
      'of two materials',
      inputs({ materials: [right.inputs.materials[0], right.inputs.materials[0]] }),
      'it is for another garment: number of materials is 2, and 1 was asked for',
    ],
    ['as deep as may be', { ...right, more: nested(48) } as never, undefined],
    ['too deep', { ...right, more: nested(49) } as never, 'it is nested more than 50 levels deep'],
    ['with a NUL in a text', { ...right, more: ['a\0b', '\0":'] } as never, undefined],
    ['with what looks like a NUL in a name', { ...right, more: { 'a\\u0000b': 1 } } as never, undefined],
    ['with a NUL in a quoted name', { ...right, more: { '"\0"': 1 } } as never, 'the name of a field holds U+0000'],
    ['with a NUL in a name', { ...right, more: [{ 'a\0b': 1 }] } as never, 'the name of a field holds U+0000'],
    [
      'all 0',
      { ...right, impacts: Object.fromEntries(Object.keys(right.impacts).map((code) => [code, 0])) } as never,
      'all its impacts are 0',
    ],
  ])('%s: is it wrong?', (_what, answer, fault) =>
    expect(wrongAnswer(query, { answer, json: JSON.stringify(answer) })).toBe(fault),
  );

  it('has nothing that bears the name of a field of ours, and is itself when it has none', () => {
    expect(withoutOurFields(right)).toBe(right);
    expect(
      withoutOurFields({ ...right, _id: 1, _platform: 2, md5_id: 3, product_id: 4, $set: 5, more: 6 } as never),
    ).toEqual({ ...right, more: 6 });
  });
});

describe('a pace', () => {
  it('of one turn an hour keeps nobody who is aborted', async () => {
    const own = openOwnPace(1 / 3600);
    await own.nextTurn();
    const stop = new AbortController();
    const waits = [own.nextTurn(stop.signal), own.nextTurn(stop.signal)];
    let ended = 0;
    for (const wait of waits) void wait.then(() => (ended += 1));
    await nextMoment();
    expect(ended).toBe(0);
    stop.abort();
    await Promise.all([...waits, own.nextTurn(stop.signal)]);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  // None of these looks at the time: a turn that comes a thousand times too late does not come within the test.
  it('of many turns a second lets them through', async () => {
    const own = openOwnPace(1000);
    for (let turn = 0; turn < 5; turn += 1) await own.nextTurn();
    own.close();
    const redis = await startTestRedis();
    const shared = openSharedPace({
      redisUrl: redis.url,
      of: 'many',
      turnsPerSecond: 50,
      onError: (error) => expect.fail(error.message),
    });
    for (let turn = 0; turn < 4; turn += 1) await shared.nextTurn();
    shared.close();
    await redis.close();
  });
});
