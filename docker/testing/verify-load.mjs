/**
 * A constant, modest load on the API over loopback, and an account of every answer. What an operation may do to it is
 * said when it begins; everything else is a fault.
 */
import { setTimeout as wait } from 'node:timers/promises';

const READERS = 4;
const PAUSE_MS = 60;
const TIMEOUT_MS = 15_000;

const READS = [
  '/product',
  '/product/chemise?nb_doc=5',
  '/product/chemise/good_product?nb_doc=3',
  '/stats/countries',
  '/stats/impacts',
  '/',
];

const garment = (index) => ({
  mass: (200_000 + index) / 1e6,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
});

/** Kinds of answers: `ok`, `refused` (no connection or cut off), `busy` (503 that says when to come back), or the status. */
async function ask(url, options) {
  try {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    if (response.status === 503 && response.headers.has('retry-after')) return { kind: 'busy', body };
    return { kind: response.ok ? 'ok' : String(response.status), body };
  } catch (error) {
    return { kind: error.name === 'TimeoutError' ? 'timeout' : 'refused', body: String(error.cause ?? error) };
  }
}

/**
 * Starts the load.
 *
 * @returns `phase(name, allowed)` begins a phase in which, beside `ok`, only the allowed kinds may occur; `added` has the
 * identities of the products whose addition was acknowledged; `stop()` ends the load.
 */
export function startLoad(apiUrl, headers) {
  let running = true;
  let phase = { name: 'start', allowed: [], counts: {}, faults: [] };
  const added = new Set();

  const note = (current, kind, what) => {
    current.counts[kind] = (current.counts[kind] ?? 0) + 1;
    if (kind !== 'ok' && !current.allowed.includes(kind)) current.faults.push(`${kind}: ${what}`);
  };
  async function reader(at) {
    for (let turn = at; running; turn += 1) {
      const current = phase;
      const path = READS[turn % READS.length];
      const { kind, body } = await ask(`${apiUrl}${path}`, { headers });
      note(current, kind, `GET ${path} ${body.slice(0, 200)}`);
      await wait(PAUSE_MS);
    }
  }
  async function writer() {
    for (let index = 0; running; index += 1) {
      const current = phase;
      const { kind, body } = await ask(`${apiUrl}/product`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(garment(index)),
      });
      note(current, kind, `POST /product ${body.slice(0, 200)}`);
      const identity = /Product added (\w+)/.exec(body)?.[1];
      if (kind === 'ok' && identity) added.add(identity);
      await wait(PAUSE_MS);
    }
  }
  const loops = [...Array.from({ length: READERS }, (_, at) => reader(at)), writer()];
  return {
    added,
    phase(name, allowed) {
      phase = { name, allowed, counts: {}, faults: [] };
      return phase;
    },
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}
