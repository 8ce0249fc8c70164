import { randomUUID } from 'node:crypto';
import { type Access, openAccess } from '@ecobalyse/http-kit';
import { configuredKeysSchema, createLogger, hashApiKey } from '@ecobalyse/service-kit';
import { addApiKey, listApiKeys, openStore, revokeApiKey, rotateApiKey, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  freePort,
  openBridge,
  startTestMongodb,
  type TestMongodb,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const API_KEY = 'the-single-key-0123456789';
const KEY = 'eco_a-key-in-the-database-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });

let mongodb: TestMongodb;
let store: Store;
let access: Access;
const open = (from: Store) =>
  openAccess({ apiKey: API_KEY, apiKeyName: 'Access_Token', keys: () => listApiKeys(from), logger, refreshMs: 30 });

beforeAll(async () => {
  mongodb = await startTestMongodb();
});
afterAll(() => mongodb.close());
beforeEach(() => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  access = open(store);
});
afterEach(async () => {
  await access.close();
  await databaseOf(store).dropDatabase();
  await store.close();
});

describe('API_KEYS', () => {
  it('reads keys and hashes', () => {
    const sha256 = hashApiKey('whatever');
    expect(
      configuredKeysSchema.parse(`bot:writer:a-key-of-the-bot-01,\n page.1:reader:sha256:${sha256.toUpperCase()}`),
    ).toEqual([
      { name: 'bot', role: 'writer', key: 'a-key-of-the-bot-01' },
      { name: 'page.1', role: 'reader', sha256 },
    ]);
  });

  it.each([
    'bot:writer',
    'bot:owner:a-key-of-the-bot-01',
    'bot:writer:secret',
    'a b:writer:a-key-of-the-bot-01',
    'bot:writer:sha256:secret',
    'API_KEY:reader:secret-secret-secret',
    'bot:reader:secret-secret-secret,bot:admin:secret-secret-secret',
  ])('refuses %s, without showing it', (text) => {
    const { error } = configuredKeysSchema.safeParse(text);
    expect(error?.issues[0]?.message).toMatch(/^entry \d: expected/);
    expect(JSON.stringify(error?.issues)).not.toContain('secret');
  });
});

describe('access', () => {
  it('knows the single key and those of the settings at once', async () => {
    const own = openAccess({
      apiKey: API_KEY,
      apiKeyName: 'access_token',
      apiKeys: configuredKeysSchema.parse(
        `bot:writer:a-key-of-the-bot-01,page:reader:sha256:${hashApiKey('page-page-page-page')}`,
      ),
    });
    expect(own.find(API_KEY)).toEqual({ name: 'API_KEY', role: 'admin' });
    expect(own.find('a-key-of-the-bot-01')).toEqual({ name: 'bot', role: 'writer' });
    expect(own.find('page-page-page-page')).toEqual({ name: 'page', role: 'reader' });
    for (const wrong of ['', `${API_KEY} `, API_KEY.toUpperCase(), undefined, [API_KEY], hashApiKey(API_KEY)]) {
      expect(own.find(wrong)).toBeNull();
    }
    await own.close();
  });

  it('follows the database: added, rotated, expired, revoked', async () => {
    const add = (expires_at?: Date) =>
      addApiKey(store, { name: 'bot', role: 'writer', hash: hashApiKey(KEY), ...(expires_at && { expires_at }) });
    expect(await add(new Date(Date.now() + 3_600_000))).toBe(true);
    expect(await add()).toBe(false);
    await waitUntil('the key is known', () => access.find(KEY) !== null);
    expect(access.find(KEY)).toEqual({ name: 'bot', role: 'writer' });
    expect(access.named('bot')?.hash).toBe(hashApiKey(KEY));

    const end = Date.now() + 3_600_000;
    expect(await rotateApiKey(store, 'bot', hashApiKey('another'), new Date(end))).toBe(true);
    await waitUntil('the new key is known', () => access.find('another') !== null);
    expect(access.find(KEY)).toBeNull();
    vi.useFakeTimers({ toFake: ['Date'], now: end - 1 });
    expect(access.find('another')).not.toBeNull();
    vi.setSystemTime(end);
    expect([access.find('another'), access.named('bot')]).toEqual([null, null]);
    vi.useRealTimers();

    await rotateApiKey(store, 'bot', hashApiKey(KEY));
    await waitUntil('the key is known again', () => access.find(KEY) !== null);
    expect(await revokeApiKey(store, 'bot')).toBe(true);
    await waitUntil('the key is refused', () => access.find(KEY) === null);
    expect(await revokeApiKey(store, 'bot')).toBe(false);
    expect(await rotateApiKey(store, 'bot', hashApiKey(KEY))).toBe(false);
  });

  it('does not let a key of the database take the name of API_KEY', async () => {
    await addApiKey(store, { name: 'API_KEY', role: 'reader', hash: hashApiKey(API_KEY) });
    await addApiKey(store, { name: 'bot', role: 'reader', hash: hashApiKey(KEY) });
    await waitUntil('the keys are read', () => access.find(KEY) !== null);
    expect(access.find(API_KEY)).toEqual({ name: 'API_KEY', role: 'admin' });
    expect(access.named('API_KEY')?.caller.role).toBe('admin');
  });

  it('keeps the keys that it knows while the database is away, and hears of new ones afterwards', async () => {
    const port = await freePort();
    let bridge = await openBridge(port, Number(new URL(mongodb.uri).port));
    const far = openStore({
      uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
      dbName: databaseOf(store).databaseName,
      appName: 'test',
      serverSelectionTimeoutMs: 1000,
    });
    const watched = open(far);
    await addApiKey(store, { name: 'bot', role: 'reader', hash: hashApiKey(KEY) });
    await waitUntil('the key is known', () => watched.find(KEY) !== null);
    await bridge.close();
    await waitUntil('the database is away', () =>
      far.ping().then(
        () => false,
        () => true,
      ),
    );
    expect(watched.find(KEY)).toEqual({ name: 'bot', role: 'reader' });
    await revokeApiKey(store, 'bot');
    bridge = await openBridge(port, Number(new URL(mongodb.uri).port));
    await waitUntil('the revocation is heard of', () => watched.find(KEY) === null);
    await watched.close();
    await far.close();
    await bridge.close();
  });
});
