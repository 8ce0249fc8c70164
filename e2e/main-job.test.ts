import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open as openFile, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApiClient } from '@ecobalyse/api-client';
import { countImpacts, findRun, listRuns, openStore, type Store } from '@ecobalyse/store';
import { waitUntil } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyOf, curl, isAlive, type Launched, launch, newPlace, type Place, START } from './platform.js';

const PRODUCT =
  '{"mass": 0.17, "materials": [{"id": "ei-coton", "share": 1, "country": "FR"}], "product": "tshirt", "countrySpinning": "FR", "countryFabric": "FR", "countryDyeing": "FR", "countryMaking": "FR", "fabricProcess": "knitting-mix"}';

const open = (place: Place): Store =>
  openStore({ uri: place.mongodbUri, dbName: 'ecobalyse', appName: 'e2e', serverSelectionTimeoutMs: 2000 });

describe('npm start, and the curl commands of the contract', () => {
  let place: Place;
  let platform: Launched;
  let key: string;
  let header: string;

  beforeAll(async () => {
    place = await newPlace();
    platform = launch(place, '--product', 'tshirt', '--limit', '300');
    await platform.says('Ctrl-C stops everything');
    key = await apiKeyOf(place);
    header = `access_token: ${key}`;
  }, 120_000);
  afterAll(async () => {
    platform.signal('SIGTERM');
    await platform.exit;
    await place.remove();
  });

  it('extracts, adds up, and says where things are', () => {
    const text = platform.output();
    expect(text).toMatch(/300 simulations in [\d.]+ s: \d+ inserted, 0 updated, \d+ unchanged, 0 refused/);
    const [, inserted, unchanged] = /(\d+) inserted, 0 updated, (\d+) unchanged/.exec(text) ?? [];
    expect(Number(inserted) + Number(unchanged)).toBe(300);
    for (const part of [
      place.apiUrl,
      `${place.apiUrl}/docs`,
      place.orchestratorUrl,
      join(place.folder, '.data'),
      key,
      'curl ',
    ])
      expect(text).toContain(part);
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
    const store = open(place);
    const counts = await Promise.all(
      (
        ['countries', 'materials', 'products', 'fabricProcess', 'products_details', 'impacts_documentation'] as const
      ).map((name) => store.collection(name).countDocuments()),
    );
    expect(counts).toEqual([20, 16, 11, 6, 67, 21]);
    expect(await store.collection('impacts_documentation').findOne({ code: 'ecs' })).toMatchObject({
      description: expect.stringMatching(/.{10}/),
    });
    await store.close();
  });

  it('answers service routes without a key', async () => {
    expect(await curl(`${place.apiUrl}/`)).toEqual({ status: 200, body: '{"message":"API is working"}' });
    expect(await curl(`${place.apiUrl}/cache/clear`)).toEqual({
      status: 200,
      body: '{"message":"Redis cache cleared"}',
    });
    expect(JSON.parse((await curl(`${place.apiUrl}/health/ready`)).body)).toMatchObject({ status: 'ready' });
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
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(/runs already.*DATA_DIR/);
    const elsewhere = await newPlace({ API_PORT: new URL(place.apiUrl).port });
    const third = launch(elsewhere);
    expect(await third.exit).toBe(1);
    expect(third.output()).toMatch(new RegExp(`port ${new URL(place.apiUrl).port} is taken.*API_PORT`));
    await elsewhere.remove();
  });

  it('computes the first statistics and models by itself', async () => {
    await platform.says('Statistics and predictions are ready.', 120_000);
    for (const name of ['countries', 'days_of_wear', 'impacts', 'outliers', 'ranking', 'stages'])
      expect(await curl(`${place.apiUrl}/stats/${name}`, '-H', header)).toMatchObject({ status: 200 });
    const asked = ['-X', 'POST', `${place.apiUrl}/predict`, '-H', header, '-H', 'content-type: application/json'];
    const { status, body } = await curl(...asked, '-d', '{"ProductId":"tshirt","Mass":0.17}');
    expect([status, JSON.parse(body).prediction_impact]).toEqual([200, expect.any(Number)]);
  }, 150_000);

  it('stops every process on Ctrl-C, which npm passes on once more, and finds its data at the next start', async () => {
    const pids = Object.values(await platform.pids());
    expect(pids).toHaveLength(9);
    platform.signal('SIGINT');
    await platform.says('Stopping');
    platform.signal('SIGINT');
    expect(await platform.exit).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);

    platform = launch(place);
    await platform.says('Ctrl-C stops everything');
    // What to do next is said once, and stands last.
    expect(platform.output()).toMatch(/There is data already.*Statistics and predictions are ready.*Try:/s);
    expect(await apiKeyOf(place)).toBe(key);
    expect(JSON.parse((await curl(`${place.apiUrl}/product`, '-H', header)).body)).toEqual(['tshirt']);
  });
});

describe('an extraction that is disturbed', () => {
  const LIMIT = 450;
  const PLANNED = `${LIMIT} simulations in`;

  interface Disturbed {
    place: Place;
    store: Store;
    start(...args: string[]): Launched;
    stored(count: number): Promise<void>;
  }

  async function withPlace(settings: Record<string, string>, test: (disturbed: Disturbed) => Promise<void>) {
    const place = await newPlace(settings);
    const store = open(place);
    const running: Launched[] = [];
    try {
      await test({
        place,
        store,
        start(...args) {
          const platform = launch(place, ...args);
          running.push(platform);
          return platform;
        },
        stored: (count) =>
          waitUntil(`${count} documents are stored`, async () => (await countImpacts(store)) >= count, 120_000).catch(
            (error: unknown) => {
              throw new Error(`${error}\n${running.map((platform) => platform.output()).join('\n')}`);
            },
          ),
      });
    } finally {
      await store.close();
      for (const platform of running) {
        platform.signal('SIGTERM');
        await platform.exit;
      }
      await place.remove();
    }
  }

  // Slow enough for a test to come in between.
  const SLOW = { ECOBALYSE_REQUESTS_PER_SECOND: '200', EXTRACTION_BATCH_SIZE: '20' };

  async function expectExtracted(store: Store): Promise<void> {
    const [run] = await listRuns(store, { pipeline: 'ecobalyse_extract' }, 1);
    expect(run?.state).toBe('succeeded');
    const load = run?.tasks.load?.result as Record<string, number>;
    const { inserted, updated, unchanged, refused, products } = load;
    expect(Number(inserted) + Number(updated) + Number(unchanged) + Number(refused)).toBe(LIMIT);
    expect(await countImpacts(store)).toBe(products);
    const identities = await store.collection('impacts').distinct('md5_id');
    expect(identities).toHaveLength(products as number);
  }

  it(
    'goes on when any one process is killed',
    () =>
      withPlace(SLOW, async ({ store, start, stored }) => {
        const platform = start('--limit', String(LIMIT));
        let at = 40;
        for (const part of ['extraction', 'mongodb', 'redis', 'simulator', 'api', 'orchestrator', 'product-ingest']) {
          await stored(at);
          const before = (await platform.pids())[part] as number;
          process.kill(before, 'SIGKILL');
          await waitUntil(
            `${part} runs again`,
            async () => ![undefined, before].includes((await platform.pids())[part]),
          );
          at += 60;
        }
        await platform.says(PLANNED, 120_000);
        await platform.says('Ctrl-C stops everything');
        await expectExtracted(store);
        platform.signal('SIGINT');
        expect(await platform.exit).toBe(0);

        // Extracting again changes nothing: everything is there, once, and as upstream answers it.
        const again = start('--limit', String(LIMIT), '--extract', '--once');
        expect(await again.exit).toBe(0);
        expect(again.output()).toContain(`0 inserted, 0 updated, ${LIMIT} unchanged, 0 refused`);
      }),
    240_000,
  );

  it(
    'is resumed when everything was killed',
    () =>
      withPlace(SLOW, async ({ place, store, start, stored }) => {
        const first = start('--limit', String(LIMIT));
        await stored(100);
        const pids = Object.values(await first.pids());
        first.signal('SIGKILL');
        await first.exit;
        for (const pid of pids.slice(0, 3)) process.kill(pid, 'SIGKILL');

        // The parts that are left are those of a launcher that was killed: the next start stops them and takes over.
        const second = start();
        await second.says('Ctrl-C stops everything', 120_000);
        expect(second.output()).toContain('left behind by a start that was killed');
        expect(second.output()).toContain('Resuming the extraction that was interrupted');
        expect(second.output()).toContain(PLANNED);
        await expectExtracted(store);

        // As above, by the platform that runs already.
        const api = createApiClient({ ...place, key: await apiKeyOf(place) });
        const { id } = await api.ask('POST /orchestrator/pipelines/{name}/runs', {
          path: { name: 'ecobalyse_extract' },
          body: { parameters: { limit: LIMIT } },
        });
        await waitUntil('the run ends', async () => (await findRun(store, id))?.state !== 'running', 120_000);
        expect(await findRun(store, id)).toMatchObject({
          state: 'succeeded',
          tasks: { load: { result: { inserted: 0, updated: 0, unchanged: LIMIT, refused: 0 } } },
        });
      }),
    240_000,
  );

  it('reports a failure and exits non-zero with --once', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as { port: number };
    nobody.close();
    const settings = { ECOBALYSE_RETRIES: '0', ECOBALYSE_API_URL: `http://127.0.0.1:${port}/api` };
    await withPlace(settings, async ({ start }) => {
      const platform = start('--once', '--limit', '10');
      expect(await platform.exit).toBe(1);
      expect(platform.output()).toMatch(
        /The extraction failed at "reference-data": the Ecobalyse API cannot be reached. ECOBALYSE_API_URL: .*ECONNREFUSED/,
      );
    });
  }, 120_000);

  it(
    'is covered by the first statistics, whenever a schedule ticks',
    () =>
      withPlace({ ...SLOW, SCHEDULE_ECOBALYSE: '1s' }, async ({ place, start }) => {
        const platform = start('--limit', '400');
        await platform.says('Statistics and predictions are ready.', 120_000);
        const header = `access_token: ${await apiKeyOf(place)}`;
        const { body } = await curl(`${place.apiUrl}/stats/summary`, '-H', header);
        const store = open(place);
        expect(JSON.parse(body)).toMatchObject({ documents: await countImpacts(store) });
        await store.close();
        // What to do next stands last.
        const [, end = ''] = platform.output().split('predictions are ready.');
        expect(end).toMatch(/API key .*Try:\s+curl "http.*Ctrl-C stops everything/s);
      }),
    150_000,
  );
});

describe('a supervisor that runs npm start', () => {
  const KEY = 'a-key-of-the-tests-0123456789';

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'ends everything by %s to npm, and Redis files that it damaged stop nothing',
    async (signal) => {
      const place = await newPlace({ API_KEY: KEY });
      const data = join(place.folder, '.data');
      const redisFiles = join(data, 'redis', 'appendonlydir');
      await mkdir(redisFiles, { recursive: true });
      await writeFile(join(redisFiles, 'appendonly.aof.manifest'), 'garbage');
      const npm = spawn('npm', ['start', '--', '--no-extract'], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...place.env, DATA_DIR: data },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      npm.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      await waitUntil('the platform runs', () => text.includes('Ctrl-C stops everything'), 60_000);
      expect(text).toContain(`they are kept as ${data}/redis.damaged-`);
      const pipelines = await createApiClient({ ...place, key: KEY }).ask('GET /orchestrator/pipelines', {});
      for (const { nextTick } of pipelines) expect(nextTick).toEqual(expect.any(String));
      const { launcher, parts } = JSON.parse(await readFile(join(data, 'processes.json'), 'utf8'));
      const pids = [launcher, ...parts].map(({ pid }: { pid: number }) => pid);
      npm.kill(signal);
      await waitUntil('everything has ended', () => !pids.some(isAlive), 20_000);
      await place.remove();
    },
    120_000,
  );

  it('stays up when its output cannot be written, and overwrites no setting', async () => {
    const place = await newPlace({ API_KEY: KEY, PRODUCTS_FOLDER: 'mine', ORCHESTRATOR_URL: 'http://localhost:1' });
    const full = await openFile('/dev/full', 'w');
    const child = spawn(process.execPath, [START, '--no-extract'], {
      cwd: place.folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...place.env },
      stdio: ['ignore', full.fd, full.fd],
    });
    const ended = once(child, 'exit');
    const ready = () => fetch(`${place.orchestratorUrl}/health/ready`).then(({ ok }) => ok);
    await waitUntil('it answers', () => ready().catch(() => false), 60_000);
    const note = JSON.parse(await readFile(join(place.folder, '.data', 'processes.json'), 'utf8'));
    const { pid } = note.parts.find(({ name }: { name: string }) => name === 'product-ingest');
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    expect(environment).toContain(`PRODUCTS_FOLDER=${join(place.folder, 'mine')}`);
    expect(environment).toContain('ORCHESTRATOR_URL=http://localhost:1');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await full.close();
    await place.remove();
  }, 120_000);
});

describe('the command line', () => {
  it('explains itself, and refuses what it does not know', async () => {
    const place = await newPlace();
    const help = launch(place, '--help');
    expect(await help.exit).toBe(0);
    for (const option of ['--once', '--no-extract', '--product', '--limit', '--reset'])
      expect(help.output()).toContain(option);
    const unknown = launch(place, '--fast');
    expect(await unknown.exit).toBe(2);
    expect(unknown.output()).toContain("'--fast'");
    const bad = launch(place, '--limit', 'many');
    expect(await bad.exit).toBe(2);
    expect(bad.output()).toContain('--limit: expected a whole number');
    await place.remove();
  });
});
