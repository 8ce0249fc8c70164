import {
  type EcobalyseClient,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import type { ProductRequest } from '@ecobalyse/schema';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AddingInterruptedError } from './add-products.js';
import { scoreProduct } from './score-product.js';
import { scoreProducts } from './score-products.js';

afterEach(() => void vi.useRealTimers());

const products = (count: number) =>
  new Map(Array.from({ length: count }, (_, index) => [`p${index}`, { mass: index } as ProductRequest]));
const ANSWER = { impacts: { ecs: 1 }, inputs: { product: { id: 'jean' } } };
const never = new AbortController().signal;

/** What upstream does at each try of a product, by its number; it answers where nothing is said. */
type Script = Record<number, unknown[]>;

async function score(count: number, script: Script, { countries = async () => [] as never, signal = never } = {}) {
  const tries = new Map<number, number>();
  const pauses: unknown[] = [];
  const upstream: Pick<
    EcobalyseClient,
    'simulateDetailed' | 'simulateTogether' | 'methodVersion' | 'figures' | 'countries'
  > = {
    simulateTogether: async (queries) => queries.map(() => null),
    async simulateDetailed(query) {
      const { mass } = query as { mass: number };
      const number = tries.get(mass) ?? 0;
      tries.set(mass, number + 1);
      const fault = script[mass]?.[number];
      if (fault) throw fault;
      return ANSWER as never;
    },
    methodVersion: async () => '7.0.0',
    figures: () => undefined,
    countries,
  };
  const parts = {
    upstream: upstream as EcobalyseClient,
    concurrency: 2,
    pause: async (ms?: number) => void pauses.push(ms) as never,
  };
  const { outcomes, interruption } = await scoreProducts(products(count), parts, signal);
  const shown = [...outcomes]
    .map(([id, outcome]) => [id, 'answer' in outcome ? 'scored' : 'reasons' in outcome ? 'refused' : outcome.error])
    .sort();
  return { outcomes: Object.fromEntries(shown), interruption, pauses, tries: [...tries.values()] };
}

const broken = new UpstreamUnreachableError('the connection broke off');
const always = (error: unknown) => Array.from({ length: 9 }, () => error);

describe('scoring', () => {
  it('tries what upstream failed on again after half a second, then two, as long as that scores none', async () => {
    const slow = new UpstreamUnreachableError('x', { kind: 'slow' });
    expect(await score(2, { 0: always(slow) })).toEqual({
      outcomes: { p0: slow, p1: 'scored' },
      interruption: undefined,
      pauses: [500, 2000],
      tries: [3, 1],
    });
  });

  it('begins its pauses anew whenever one more is scored', async () => {
    const script = { 0: [broken, broken], 1: [broken, broken, broken], 2: always(broken) };
    expect(await score(3, script)).toMatchObject({
      outcomes: { p0: 'scored', p1: 'scored' },
      interruption: broken,
      pauses: [500, 2000, 500, 500, 2000],
      tries: [3, 4, 6],
    });
  });

  it.each<[string, Error, boolean]>([
    // Upstream said it of the product, not of the way to it.
    ['slow', new UpstreamUnreachableError('x', { kind: 'slow' }), true],
    ['500', new UpstreamUnreachableError('x (status 500)'), true],
    ['599', new UpstreamUnreachableError('x (status 599)'), true],
    ['not JSON', new UpstreamMalformedError('x', { kind: 'not-json' }), true],
    ['contract', new UpstreamMalformedError('x', { kind: 'contract' }), true],
    ['429', new UpstreamUnreachableError('x (status 429)', { kind: 'rate-limited' }), false],
    ['broken off', broken, false],
    ['token', new UpstreamMalformedError('x', { kind: 'unauthorised' }), false],
    ['address', new UpstreamMalformedError('x', { kind: 'not-found' }), false],
  ])(
    'takes what upstream fails on while it scores others for the fault of the product: %s',
    async (_what, error, own) => {
      const { outcomes, interruption } = await score(2, { 0: always(error) });
      expect([outcomes, interruption]).toEqual(
        own ? [{ p0: error, p1: 'scored' }, undefined] : [{ p1: 'scored' }, error],
      );
      const alone = await score(1, { 0: always(error) });
      expect([alone.outcomes, alone.interruption]).toEqual(own ? [{ p0: error }, undefined] : [{}, error]);
      const both = await score(2, { 0: always(error), 1: always(error) });
      expect(both.interruption).toBe(error);
    },
  );

  it('ends at once, and is told what was scored, when upstream does not answer anything else either', async () => {
    const away = new UpstreamUnreachableError('away');
    const countries = () => Promise.reject(away);
    const { outcomes, interruption, pauses } = await score(9, { 1: always(broken) }, { countries });
    expect([interruption, pauses]).toEqual([away, []]);
    expect(Object.keys(outcomes).length).toBeLessThan(8);
  });

  it('ends by what is no failure of upstream, and with whoever asked', async () => {
    const bug = new TypeError('a bug');
    expect((await score(3, { 0: [bug] })).interruption).toBe(bug);
    const reason = new Error('stopping');
    expect(await score(3, {}, { signal: AbortSignal.abort(reason) })).toMatchObject({
      interruption: reason,
      tries: [],
    });
  });

  /** What does not end before it is told to. */
  const until = (signal?: AbortSignal) =>
    new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  it.each<[what: string, stopped: string, parts: object]>([
    ['all together', 'simulateTogether', {}],
    ['the version', 'methodVersion', {}],
    ['one of them', 'simulateDetailed', {}],
    ['anything', 'countries', { simulateDetailed: () => Promise.reject(broken) }],
  ])(
    'ends while upstream is asked for %s when nobody wants it any more',
    { timeout: 10_000 },
    async (_what, stopped, parts) => {
      const reason = new Error('stopping');
      const stop = new AbortController();
      const upstream = {
        simulateTogether: async (queries: readonly object[]) => queries.map(() => null),
        simulateDetailed: async () => ANSWER,
        methodVersion: async () => '7',
        figures: () => undefined,
        ...parts,
        [stopped](...asked: unknown[]) {
          setImmediate(() => stop.abort(reason));
          return until(asked.at(-1) as AbortSignal | undefined);
        },
      } as unknown as EcobalyseClient;
      expect((await scoreProducts(products(3), { upstream, concurrency: 2 }, stop.signal)).interruption).toBe(reason);
    },
  );

  it('ends in the pause before upstream is asked again', { timeout: 10_000 }, async () => {
    const reason = new Error('stopping');
    const stop = new AbortController();
    const upstream = {
      simulateTogether: async (queries: readonly object[]) => queries.map(() => null),
      simulateDetailed: () => Promise.reject(broken),
      ...{ methodVersion: async () => '7', figures: () => undefined, countries: async () => [] },
    } as unknown as EcobalyseClient;
    const pause = (_ms: unknown, _value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
      setImmediate(() => stop.abort(reason));
      return until(signal);
    };
    const parts = { upstream, concurrency: 2, pause: pause as never };
    expect((await scoreProducts(products(3), parts, stop.signal)).interruption).toBe(reason);
  });

  it('ends after ten minutes, whatever upstream seems to do, and leaves nothing behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const hangs = (_query: unknown, signal?: AbortSignal) => until(signal);
    const simulateTogether = async (queries: readonly object[]) => queries.map(() => null);
    const upstream = {
      ...{ simulateDetailed: hangs, simulateTogether },
      methodVersion: async () => '7',
    } as unknown as EcobalyseClient;
    let ended: unknown;
    const scoring = scoreProducts(products(3), { upstream, concurrency: 2 }, never).then(({ interruption }) => {
      ended = interruption;
    });
    vi.advanceTimersByTime(599_999);
    await Promise.resolve();
    expect(ended).toBeUndefined();
    vi.advanceTimersByTime(1);
    await scoring;
    expect(ended).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('longer than 10 minutes') });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['answers some of them', async () => [{ answer: ANSWER }, null, { answer: ANSWER }], [1]],
    ['fails', async () => Promise.reject(broken), [0, 1, 2]],
  ])(
    'asks for all together first, and for the rest alone, when upstream %s',
    async (_name, simulateTogether, alone) => {
      const asked: number[] = [];
      const upstream = {
        simulateTogether,
        simulateDetailed: async ({ mass }: { mass: number }) => {
          asked.push(mass);
          return ANSWER;
        },
        methodVersion: async () => '7.0.0',
        figures: () => 'abc',
      } as unknown as EcobalyseClient;
      const { outcomes } = await scoreProducts(products(3), { upstream, concurrency: 1 }, never);
      expect(outcomes.size).toBe(3);
      for (const outcome of outcomes.values())
        expect(outcome).toEqual({ answer: ANSWER, methodVersion: '7.0.0', figures: 'abc' });
      expect(asked).toEqual(alone);
    },
  );

  it('leaves no listener at a signal that lives on', async () => {
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await score(2, {}, { signal });
    expect(removed.mock.calls).toEqual(added.mock.calls);
    expect(added).toHaveBeenCalledTimes(1);
  });
});

describe('one product', () => {
  const one = (upstream: object) =>
    scoreProduct(
      { figures: () => undefined, ...upstream } as EcobalyseClient,
      { product: 'jean' } as ProductRequest,
      never,
    );

  it('has a score of an upstream that does not tell its version', async () => {
    const scored = await one({
      simulateDetailed: async () => ANSWER,
      methodVersion: () => Promise.reject(new Error('no such route')),
    });
    expect(scored).toEqual({ answer: ANSWER, methodVersion: null });
  });

  it('has reasons when it is refused, and the error of anything else', async () => {
    const methodVersion = async () => '7.0.0';
    const reasons = { mass: 'too much' };
    expect(
      await one({ simulateDetailed: () => Promise.reject(new UpstreamRefusedError(reasons)), methodVersion }),
    ).toEqual({ reasons });
    await expect(one({ simulateDetailed: () => Promise.reject(broken), methodVersion })).rejects.toBe(broken);
  });
});

it('an interruption tells how long upstream wants to be left alone', () => {
  const asked = new UpstreamUnreachableError('x', { kind: 'rate-limited', retryAfterSeconds: 90 });
  expect(new AddingInterruptedError(asked, 3)).toMatchObject({ retryAfterSeconds: 90, added: 3, cause: asked });
  expect(new AddingInterruptedError('text', 0)).toMatchObject({ retryAfterSeconds: 0, message: 'text' });
});
