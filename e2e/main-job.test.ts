import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApiClient } from '@ecobalyse/api-client';
import { countImpacts, listRuns, openStore, type Store } from '@ecobalyse/store';
import { waitUntil } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { apiKeyOf, curl, isAlive, type Launched, launch, newPlace, type Place } from './platform.js';

const PRODUCT =
  '{"mass": 0.17, "materials": [{"id": "ei-coton", "share": 1, "country": "FR"}], "product": "tshirt", "countrySpinning": "FR", "countryFabric": "FR", "countryDyeing": "FR", "countryMaking": "FR", "fabricProcess": "knitting-mix"}';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const open = (place: Place): Store =>
  openStore({ uri: place.mongodbUri, dbName: 'ecobalyse', appName: 'e2e', serverSelectionTimeoutMs: 2000 });

/** `npm start` of a place, as somebody runs it who reads its output and notes its processes. */
async function startNpm(place: Place, ...args: string[]) {
  const data = join(place.folder, '.data');
  const npm = spawn('npm', ['start', '--', ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...place.env, DATA_DIR: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const noted = async () => {
    const { launcher, parts } = JSON.parse(await readFile(join(data, 'processes.json'), 'utf8'));
    return [{ name: 'launcher', ...launcher }, ...parts] as { name: string; pid: number }[];
  };
  // What fails to end must not outlive its test.
  onTestFinished(async () => {
    for (const { pid } of await noted().catch(() => [])) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return {
    npm,
    data,
    says: (part: RegExp) => waitUntil(`npm start says ${part}`, () => part.test(text)),
    text: () => text,
    noted,
    pidOf: async (part: string) => (await noted()).find(({ name }) => name === part)?.pid as number,
  };
}
/** Waits for the end of all that is noted, also of what starts meanwhile. */
async function haveEnded(noted: () => Promise<{ pid: number }[]>): Promise<void> {
  const pids = new Set<number>();
  await waitUntil('everything has ended', async () => {
    for (const { pid } of await noted().catch(() => [])) pids.add(pid);
    return pids.size > 0 && ![...pids].some(isAlive);
  });
}

const LIMIT = 200;
/** Nobody listens there, and clients ask there: fetch refuses port 1. */
const NOBODY = 'http://127.0.0.1:2';

// One place from its first start on: its tests keep their order.
describe('npm start, and the curl commands of the contract', { shuffle: false }, () => {
  let place: Place;
  let store: Store;
  let platform: Launched;
  let key: string;
  let header: string;

  beforeAll(async () => {
    place = await newPlace();
    store = open(place);
    // Slow enough for a test to come in between. A schedule that ticks all the while computes nothing of a part.
    const slowly = { ECOBALYSE_REQUESTS_PER_SECOND: '50', EXTRACTION_BATCH_SIZE: '20', SCHEDULE_ECOBALYSE: '3s' };
    platform = launch(
      { ...place, env: { ...place.env, ...slowly } },
      ...['--once', '--product', 'tshirt', '--limit', String(LIMIT)],
    );
  });
  afterAll(async () => {
    platform.signal('SIGTERM');
    await platform.exit;
    await store.close();
    await place.remove();
  });

  it('goes on with an extraction when any one process is killed, and resumes it when all are', async () => {
    const stored = (count: number) =>
      waitUntil(`${count} documents are stored`, async () => (await countImpacts(store)) >= count, 120_000).catch(
        (error: unknown) => {
          throw new Error(`${error}\n${platform.output()}`);
        },
      );
    let at = 20;
    // Another worker is killed below.
    for (const part of ['extraction', 'mongodb', 'redis', 'simulator', 'api', 'orchestrator']) {
      await stored(at);
      const before = (await platform.pids())[part] as number;
      process.kill(before, 'SIGKILL');
      await waitUntil(`${part} runs again`, async () => ![undefined, before].includes((await platform.pids())[part]));
      at += 10;
    }
    await stored(at);
    const pids = Object.values(await platform.pids());
    platform.signal('SIGKILL');
    await platform.exit;
    for (const pid of pids.slice(0, 3)) process.kill(pid, 'SIGKILL');

    // The parts that are left are those of a launcher that was killed: the next start stops them and takes over.
    platform = launch(place);
    await platform.says('Ctrl-C stops everything', 150_000);
    expect(platform.output()).toContain('left behind by a start that was killed');
    expect(platform.output()).toContain('Resuming the extraction that was interrupted');
    key = await apiKeyOf(place);
    header = `access_token: ${key}`;
  }, 480_000);

  it('adds up, and says where things are', async () => {
    const text = platform.output();
    const counts = /200 simulations in [\d.]+ s: (\d+) inserted, 0 updated, (\d+) unchanged, 0 refused/.exec(text);
    expect(Number(counts?.[1]) + Number(counts?.[2]), text).toBe(LIMIT);
    for (const part of [
      place.apiUrl,
      `${place.apiUrl}/docs`,
      place.orchestratorUrl,
      join(place.folder, '.data'),
      key,
      'curl ',
    ])
      expect(text).toContain(part);
    const documents = await countImpacts(store);
    expect(await store.collection('impacts').distinct('md5_id')).toHaveLength(documents);
    const [run] = await listRuns(store, { pipeline: 'ecobalyse_extract' }, 1);
    expect(run).toMatchObject({ state: 'succeeded', tasks: { load: { result: { products: documents } } } });
  });

  it('keeps the key to the user', async () => {
    expect((await stat(join(place.folder, '.env'))).mode & 0o777).toBe(0o600);
  });

  it('runs the curl command that it printed', async () => {
    const [, url = ''] = /curl "([^"]+)" -H/.exec(platform.output()) ?? [];
    const { status, body } = await curl(url, '-H', header);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual([
      { inputs: expect.any(Object), average_impacts: expect.any(Number), covered_impacts: 2 },
    ]);
  });

  it('has the reference data and the documentation of the impacts', async () => {
    const counts = await Promise.all(
      (
        ['countries', 'materials', 'products', 'fabricProcess', 'products_details', 'impacts_documentation'] as const
      ).map((name) => store.collection(name).countDocuments()),
    );
    expect(counts).toEqual([20, 16, 11, 6, 67, 21]);
    expect(await store.collection('impacts_documentation').findOne({ code: 'ecs' })).toMatchObject({
      description: expect.stringMatching(/.{10}/),
    });
  });

  it('answers service routes without a key', async () => {
    expect(await curl(`${place.apiUrl}/`)).toEqual({ status: 200, body: '{"message":"API is working"}' });
    expect(await curl(`${place.apiUrl}/cache/clear`)).toEqual({
      status: 200,
      body: '{"message":"Redis cache cleared"}',
    });
    // A dependency that a busy machine keeps waiting for two seconds counts as away until the next look.
    await expect
      .poll(async () => JSON.parse((await curl(`${place.apiUrl}/health/ready`)).body))
      .toMatchObject({ status: 'ready' });
    expect(JSON.parse((await curl(`${place.apiUrl}/openapi.json`)).body)).toMatchObject({ openapi: '3.1.0' });
    expect((await curl('-L', `${place.apiUrl}/docs`)).body).toContain('<html');
  });

  it('lists and ranks what was extracted', async () => {
    const get = async (path: string) => JSON.parse((await curl(`${place.apiUrl}${path}`, '-H', header)).body);
    expect(await get('/product')).toEqual(['tshirt']);
    expect(await get('/product/tshirt?nb_doc=5')).toHaveLength(5);
    const french = await get('/product/tshirt/FR?nb_doc=3');
    expect(
      french.map((document: { inputs: { countryFabric: { code: string } } }) => document.inputs.countryFabric.code),
    ).toEqual(['FR', 'FR', 'FR']);
    const [good] = await get('/product/tshirt/good_product?nb_doc=1');
    const [bad] = await get('/product/tshirt/bad_product?nb_doc=1');
    expect(good.average_impacts).toBeLessThan(bad.average_impacts);
    expect(await get('/product/parapluie')).toEqual({ detail: 'Document not found' });
  });

  it('adds the product of the contract, knows it the second time, and deletes it', async () => {
    const post = () =>
      curl(
        '-X',
        'POST',
        `${place.apiUrl}/product`,
        '-H',
        header,
        '-H',
        'content-type: application/json',
        '-d',
        PRODUCT,
      );
    const remove = () =>
      curl('-X', 'DELETE', `${place.apiUrl}/product?md5_id=15a853d8fc6bee14a946559190111f51`, '-H', header);
    expect(await post()).toEqual({ status: 200, body: '{"message":"Product added 15a853d8fc6bee14a946559190111f51"}' });
    expect(await post()).toEqual({ status: 200, body: '{"message":"Product already exist"}' });
    expect(await remove()).toEqual({ status: 200, body: '{"message":"Product deleted successfully"}' });
    expect(await remove()).toEqual({ status: 404, body: '{"detail":"Product not found"}' });
  });

  it('refuses a wrong key and a bad body', async () => {
    const refused = { status: 403, body: '{"detail":"Could not validate credentials"}' };
    expect(await curl(`${place.apiUrl}/product`)).toEqual(refused);
    expect(await curl(`${place.apiUrl}/product`, '-H', 'access_token: wrong')).toEqual(refused);
    const post = (body: string) =>
      curl('-X', 'POST', `${place.apiUrl}/product`, '-H', header, '-H', 'content-type: application/json', '-d', body);
    const noMass = await post(PRODUCT.replace('"mass": 0.17, ', ''));
    expect([noMass.status, JSON.parse(noMass.body).detail[0].loc]).toEqual([422, ['body', 'mass']]);
    const unknown = await post(PRODUCT.replace('"ei-coton"', '"unobtainium"'));
    expect([unknown.status, JSON.parse(unknown.body)]).toEqual([
      422,
      { message: 'Not possible', detail: { materials: expect.stringContaining('unobtainium') } },
    ]);
    expect((await post('{')).status).toBe(422);
  });

  it('refuses a second start on the same data, and a start on taken ports', async () => {
    const second = launch(place);
    const elsewhere = await newPlace({ API_PORT: new URL(place.apiUrl).port });
    const third = launch(elsewhere);
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(/runs already.*DATA_DIR/);
    expect(await third.exit).toBe(1);
    expect(third.output()).toMatch(new RegExp(`port ${new URL(place.apiUrl).port} is taken.*API_PORT`));
    await elsewhere.remove();
  });

  it('computes the first statistics and models by itself', async () => {
    // What to do next stands last.
    await platform.says(/predictions are ready.*API key .*Try:\s+curl "http.*Ctrl-C stops everything/s, 120_000);
    const summary = await curl(`${place.apiUrl}/stats/summary`, '-H', header);
    expect(JSON.parse(summary.body)).toMatchObject({ documents: await countImpacts(store) });
    for (const name of ['countries', 'days_of_wear', 'impacts', 'outliers', 'ranking', 'stages'])
      expect(await curl(`${place.apiUrl}/stats/${name}`, '-H', header)).toMatchObject({ status: 200 });
    const asked = ['-X', 'POST', `${place.apiUrl}/predict`, '-H', header, '-H', 'content-type: application/json'];
    const { status, body } = await curl(...asked, '-d', '{"ProductId":"tshirt","Mass":0.17}');
    expect([status, JSON.parse(body).prediction_impact]).toEqual([200, expect.any(Number)]);
  }, 150_000);

  it('stops every process on Ctrl-C, which npm passes on once more', async () => {
    const pids = Object.values(await platform.pids());
    expect(pids).toHaveLength(9);
    platform.signal('SIGINT');
    await platform.says('Stopping');
    platform.signal('SIGINT');
    expect(await platform.exit).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('finds its data at the next start, also over damaged Redis files, outlives the reader of its output, and ends by SIGTERM to npm', async () => {
    const mine = await mkdtemp(join(tmpdir(), 'ecobalyse-mine-'));
    // What is there needs no upstream.
    const settings = {
      PRODUCTS_FOLDER: relative(ROOT, mine),
      ORCHESTRATOR_URL: NOBODY,
      ECOBALYSE_API_URL: `${NOBODY}/api`,
    };
    await writeFile(join(place.folder, '.data', 'redis', 'appendonlydir', 'appendonly.aof.manifest'), 'garbage');
    const supervised = { ...place, env: { ...place.env, ...settings, API_KEY: key } };
    const { npm, data, says, text, noted, pidOf } = await startNpm(supervised);
    // What to do next is said once, and stands last.
    await says(/There is data already.*Statistics and predictions are ready.*Try:.*Ctrl-C stops everything/s);
    expect(text()).toContain(`they are kept as ${data}/redis.damaged-`);
    expect(JSON.parse((await curl(`${place.apiUrl}/product`, '-H', header)).body)).toEqual(['tshirt']);
    const pipelines = await createApiClient({ ...place, key }).ask('GET /orchestrator/pipelines', {});
    // One is started by hand.
    for (const { name, nextTick } of pipelines)
      expect(nextTick).toEqual(name === 'ecobalyse_rescore' ? null : expect.any(String));
    // Settings are overwritten by none that the launcher has of its own.
    const worker = await pidOf('product-ingest');
    const environment = (await readFile(`/proc/${worker}/environ`, 'utf8')).split('\0');
    expect(environment).toContain(`PRODUCTS_FOLDER=${mine}`);
    expect(environment).toContain(`ORCHESTRATOR_URL=${NOBODY}`);

    npm.stdout.destroy();
    npm.stderr.destroy();
    // It tells of this, to nobody.
    process.kill(worker, 'SIGKILL');
    await waitUntil('the worker runs again', async () => ![undefined, worker].includes(await pidOf('product-ingest')));
    expect(await noted()).toHaveLength(9);
    npm.kill('SIGTERM');
    await haveEnded(noted);
    await rm(mine, { recursive: true });
  });

  it('changes nothing by extracting again: everything is there, once, and as upstream answers it', async () => {
    const again = launch(place, '--product', 'tshirt', '--limit', '50', '--extract', '--once');
    expect(await again.exit).toBe(0);
    expect(again.output()).toContain('0 inserted, 0 updated, 50 unchanged, 0 refused');
    expect(await apiKeyOf(place)).toBe(key);
  });
});

it('reports an extraction that cannot be, before it starts services for it, and exits non-zero with --once', async () => {
  const place = await newPlace({ ECOBALYSE_RETRIES: '0', ECOBALYSE_API_URL: `${NOBODY}/api` });
  const platform = launch(place, '--once', '--limit', '10');
  expect(await platform.exit).toBe(1);
  expect(platform.output()).not.toContain('extraction, api');
  expect(platform.output()).toMatch(
    /The extraction failed at "reference-data": the Ecobalyse API cannot be reached. ECOBALYSE_API_URL: .*ECONNREFUSED/,
  );
  await place.remove();
});

it('ends everything by SIGKILL to npm, also while it starts', async () => {
  const place = await newPlace({ API_KEY: 'a-key-of-the-tests-0123456789' });
  const { npm, says, noted } = await startNpm(place, '--no-extract');
  await says(/Starting .*mongodb/);
  await waitUntil('they are noted', async () => (await noted()).length > 1);
  npm.kill('SIGKILL');
  await haveEnded(noted);
  await place.remove();
});

describe('the command line', () => {
  it('explains itself, and refuses what it does not know', async () => {
    const place = await newPlace();
    const help = launch(place, '--help');
    const unknown = launch(place, '--fast');
    expect(await help.exit).toBe(0);
    for (const option of ['--once', '--no-extract', '--product', '--limit', '--reset'])
      expect(help.output()).toContain(option);
    expect(await unknown.exit).toBe(2);
    expect(unknown.output()).toContain("'--fast'");
    await place.remove();
  });
});
