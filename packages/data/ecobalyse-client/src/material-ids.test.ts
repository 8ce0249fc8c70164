import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { listMaterials, simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEcobalyseClient } from './client.js';
import { UpstreamRefusedError } from './errors.js';

/** A newer version of the API: the same method, whose materials are known by UUIDs. */
const uuids = new Map(listMaterials().map(({ id }) => [id, randomUUID() as string]));
const slugs = new Map([...uuids].map(([slug, uuid]) => [uuid, slug]));
const newer = { id: randomUUID() as string, name: 'Ortie' };
const listed = [...listMaterials().map(({ id, name }) => ({ id: uuids.get(id) as string, name })), newer];

type Query = { materials: { id: string; share: number }[] };
/** Refused only once the list was given to somebody else. */
const SLOWLY_REFUSED = 'ei-pp';
let asked: string[] = [];
let isListAway = false;
/** Upstream before or after it was renewed: then it has our ids. */
let hasOldIds = false;

const upstream: Server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
  asked.push(`${request.method} ${request.url}`);
  if (request.method === 'GET') {
    response.once('close', () => upstream.emit('listed'));
    return answer(isListAway ? 500 : 200, hasOldIds ? listMaterials() : listed);
  }
  const query = (await json(request)) as Query;
  if (hasOldIds) {
    const unknown = query.materials.find(({ id }) => !uuids.has(id));
    if (unknown) return answer(400, { error: { materials: `Matière non trouvée id=${unknown.id}` } });
    return answer(200, simulateDetailed(query));
  }
  const stranger = query.materials.find(({ id }) => !slugs.has(id));
  if (stranger?.id === SLOWLY_REFUSED) await once(upstream, 'listed');
  if (stranger)
    return answer(400, { error: { decoding: `${stranger.id} n’est pas un UUID connu` }, documentation: '' });
  const known = { ...query, materials: query.materials.map((entry) => ({ ...entry, id: slugs.get(entry.id) })) };
  const text = JSON.stringify(simulateDetailed(known));
  const { inputs, ...rest } = JSON.parse(text) as ReturnType<typeof simulateDetailed>;
  const materials = inputs.materials.map((entry) => ({
    ...entry,
    material: { ...entry.material, id: uuids.get(entry.material.id) },
  }));
  return answer(200, { ...rest, inputs: { ...inputs, materials } });
}).listen(0, '127.0.0.1');
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

async function openClient() {
  if (!upstream.listening) await once(upstream, 'listening');
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  return createEcobalyseClient({ baseUrl, concurrency: 4, timeoutMs: 60_000, retries: 0 });
}

afterEach(() => vi.useRealTimers());
beforeEach(() => {
  asked = [];
  isListAway = false;
  hasOldIds = false;
});

const garment = (...ids: string[]) => ({
  mass: 0.17,
  materials: ids.map((id) => ({ id, share: 1 / ids.length })),
  product: 'tshirt',
});
const SIMULATE = 'POST /textile/simulator/detailed';
const LIST = 'GET /textile/materials';

describe('an upstream that has UUIDs for materials', () => {
  it('is asked with them once its list was needed, and answers with ours', async () => {
    const client = await openClient();
    const query = garment('ei-coton', 'ei-pet');
    const expected = JSON.parse(JSON.stringify(simulateDetailed(query)));
    expect(await client.simulateDetailed(query)).toEqual(expected);
    expect(asked).toEqual([SIMULATE, LIST, SIMULATE]);
    expect(await client.simulateDetailed(query)).toEqual(expected);
    expect(asked).toEqual([SIMULATE, LIST, SIMULATE, SIMULATE]);
    client.close();
  });

  it('answers all who asked before its list was there', async () => {
    const client = await openClient();
    const queries = [SLOWLY_REFUSED, 'ei-coton', 'ei-lin'].map((id) => garment(id));
    const answers = await Promise.all(queries.map((query) => client.simulateDetailed(query)));
    expect(answers.map(({ impacts }) => impacts.ecs)).toEqual(
      queries.map((query) => simulateDetailed(query).impacts.ecs),
    );
    client.close();
  });

  it('lists its materials by our ids, and those that are new by its own', async () => {
    const client = await openClient();
    expect(await client.materials()).toEqual([...listMaterials(), newer]);
    await client.simulateDetailed(garment('ei-lin'));
    expect(asked).toEqual([LIST, SIMULATE]);
    client.close();
  });

  it('still refuses what it does not know, and is asked for its list once', async () => {
    const client = await openClient();
    for (let time = 0; time < 2; time += 1) {
      await expect(client.simulateDetailed(garment('ei-coton', 'kevlar'))).rejects.toThrow(UpstreamRefusedError);
    }
    expect(asked.filter((path) => path === LIST)).toHaveLength(1);
    await expect(client.simulateDetailed(garment('kevlar'))).rejects.toThrow(/kevlar/);
    client.close();
  });

  it('is asked for its list again a minute after it refused what that does not name', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const client = await openClient();
    const listedAfter = async (ms: number) => {
      vi.advanceTimersByTime(ms);
      asked = [];
      await expect(client.simulateDetailed(garment('ei-coton', 'kevlar'))).rejects.toThrow(UpstreamRefusedError);
      return asked.includes(LIST);
    };
    expect([await listedAfter(0), await listedAfter(0)]).toEqual([true, false]);
    expect(await listedAfter(59_999)).toBe(false);
    // That refusal began a minute anew.
    expect([await listedAfter(59_999), await listedAfter(60_000)]).toEqual([false, true]);
    client.close();
  });

  it('has refused when its list is away', async () => {
    isListAway = true;
    const client = await openClient();
    await expect(client.simulateDetailed(garment('ei-coton'))).rejects.toThrow(/refused.*ei-coton/);
    client.close();
  });

  it('may go back to our ids, and forth, as often as it likes', async () => {
    const client = await openClient();
    for (const isOld of [false, true, false, true, true]) {
      hasOldIds = isOld;
      for (const id of ['ei-coton', 'ei-lin']) {
        const query = garment(id);
        expect(await client.simulateDetailed(query)).toEqual(JSON.parse(JSON.stringify(simulateDetailed(query))));
      }
    }
    client.close();
  });

  it('never shows an id that nobody sent', async () => {
    const client = await openClient();
    await client.simulateDetailed(garment('ei-coton'));
    hasOldIds = true;
    await expect(client.simulateDetailed(garment('ei-coton', 'kevlar'))).rejects.toThrow(/kevlar/);

    hasOldIds = false;
    await client.materials();
    hasOldIds = true;
    isListAway = true;
    // Not a refusal: asked once more when the list is there, it is answered.
    await expect(client.simulateDetailed(garment('ei-coton'))).rejects.toMatchObject({ kind: 'unreachable' });
    isListAway = false;
    expect((await client.simulateDetailed(garment('ei-coton'))).inputs.materials[0]?.material.id).toBe('ei-coton');
    client.close();
  });
});
