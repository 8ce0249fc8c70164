import { setTimeout as wait } from 'node:timers/promises';

/** A constant load on the API, over loopback, and an account of every answer. */

const TIMEOUT_MS = 20_000;
const WRITE_EVERY = 4;
const DELETE_EVERY = 10;

const READS = [
  '/product',
  '/product/chemise?nb_doc=5',
  '/product/chemise/good_product?nb_doc=3',
  '/stats/countries',
  '/impacts?limit=20&sort=-ecs',
  '/',
] as const;

/** How a request ended: a good answer, one that asks to come back (503 with Retry-After), no connection, or a status. */
export type Outcome = 'ok' | 'busy' | 'refused' | 'timeout' | `status ${number}`;

/** Something that may not happen, with when it did. */
export interface Fault {
  at: number;
  what: string;
}

export interface Load {
  readonly counts: Map<string, number>;
  readonly faults: Fault[];
  /** Milliseconds of the good answers to reads. */
  readonly latenciesMs: number[];
  /** Every product that was sent, and what became of it as far as its client knows. */
  readonly products: Map<number, { identity: string | null; state: 'added' | 'deleted' | 'unknown' }>;
  stop(): Promise<void>;
}

/** A garment of which there is only one: the extraction's grid has no such mass. */
export function garment(index: number) {
  return {
    mass: (200_000 + index) / 1e6,
    materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
    product: 'tshirt',
    countrySpinning: 'FR',
    countryFabric: 'FR',
    countryDyeing: 'FR',
    countryMaking: 'FR',
    fabricProcess: 'knitting-mix',
  };
}

/** Sends one request and reads its whole answer. */
export async function ask(url: string, init: RequestInit): Promise<{ outcome: Outcome; body: string }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    if (response.ok) return { outcome: 'ok', body };
    const comesBack = response.status === 503 && response.headers.has('retry-after');
    return { outcome: comesBack ? 'busy' : `status ${response.status}`, body };
  } catch (error) {
    const { name, cause } = error as Error;
    return { outcome: name === 'TimeoutError' ? 'timeout' : 'refused', body: String(cause ?? error) };
  }
}

/**
 * Starts the load.
 *
 * @param rate - requests a second, started at a constant pace whether or not the earlier ones are answered.
 * @param isExcused - whether what happened between two times is a consequence of a kill.
 */
export function startLoad(
  apiUrl: string,
  key: string,
  rate: number,
  isExcused: (outcome: Outcome, path: string, from: number, to: number) => boolean,
): Load {
  const headers = { access_token: key };
  const load = {
    counts: new Map<string, number>(),
    faults: [] as Fault[],
    latenciesMs: [] as number[],
    products: new Map<number, { identity: string | null; state: 'added' | 'deleted' | 'unknown' }>(),
  };
  const pending = new Set<Promise<void>>();
  let running = true;

  async function send(method: string, path: string, body?: object): Promise<{ outcome: Outcome; body: string }> {
    const from = Date.now();
    const began = performance.now();
    const answer = await ask(`${apiUrl}${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { outcome } = answer;
    if (outcome === 'ok' && method === 'GET') load.latenciesMs.push(performance.now() - began);
    load.counts.set(outcome, (load.counts.get(outcome) ?? 0) + 1);
    if (outcome !== 'ok' && !isExcused(outcome, `${method} ${path}`, from, Date.now()))
      load.faults.push({ at: from, what: `${method} ${path}: ${outcome} ${answer.body.slice(0, 200)}` });
    return answer;
  }
  async function add(index: number): Promise<void> {
    load.products.set(index, { identity: null, state: 'unknown' });
    const { outcome, body } = await send('POST', '/product', garment(index));
    const identity = /Product added (\w+)/.exec(body)?.[1];
    if (outcome !== 'ok' || !identity) return;
    load.products.set(index, { identity, state: 'added' });
    if (index % DELETE_EVERY !== 0) return;
    load.products.set(index, { identity, state: 'unknown' });
    const removed = await send('DELETE', `/product?md5_id=${identity}`);
    if (removed.outcome === 'ok') load.products.set(index, { identity, state: 'deleted' });
  }
  async function pace(): Promise<void> {
    const start = performance.now();
    for (let turn = 0; running; turn += 1) {
      const due = start + (turn * 1000) / rate;
      if (due > performance.now()) await wait(due - performance.now());
      const path = READS[turn % READS.length] as string;
      const request = turn % WRITE_EVERY === 0 ? add(turn / WRITE_EVERY) : send('GET', path).then(() => undefined);
      pending.add(request);
      void request.finally(() => pending.delete(request));
    }
  }
  const pacing = pace();
  return {
    ...load,
    async stop() {
      running = false;
      await pacing;
      await Promise.all(pending);
    },
  };
}
