import { createLogger, hashApiKey } from '@ecobalyse/service-kit';
import { type HeldPauses, holdPauses } from '@ecobalyse/test-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Access, type AccessOptions, type KeptKey, openAccess } from './access.js';

let access: Access;
let pauses: HeldPauses;
let kept: KeptKey[];
let isAway: boolean;
let lines: unknown[];
beforeEach(() => {
  pauses = holdPauses();
  [kept, isAway, lines] = [[], false, []];
});
afterEach(async () => {
  await access.close();
  pauses.release();
  vi.useRealTimers();
});

const MAIN = 'the-key-of-the-settings';
const keptKey = (name: string, more: Partial<KeptKey> = {}): KeptKey => ({
  name,
  role: 'reader',
  hash: hashApiKey(`key-of-${name}`),
  ...more,
});

/** The table after the keys were read once, and its next reading. */
async function open(more: Partial<AccessOptions> = {}) {
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  logger.warn = (_fields: unknown, message?: unknown) => void lines.push(message);
  const keys = async () => {
    if (isAway) throw new Error('away');
    return kept;
  };
  access = openAccess({ apiKey: MAIN, apiKeyName: 'Access_Token', keys, logger, ...more });
  await pauses.begun();
}
async function readAgain() {
  expect(await pauses.next()).toBe(3000);
  await pauses.begun();
}

describe('a key', () => {
  it('of the settings is known at once, as it is or by its hash', () => {
    access = openAccess({
      apiKey: MAIN,
      apiKeyName: 'Access_Token',
      apiKeys: [
        { name: 'reads', role: 'reader', key: 'as it is' },
        { name: 'writes', role: 'writer', sha256: hashApiKey('by its hash') },
      ],
    });
    expect([access.headerName, access.shownHeaderName]).toEqual(['access_token', 'Access_Token']);
    for (let again = 0; again < 2; again++) {
      expect(access.find(MAIN)).toEqual({ name: 'API_KEY', role: 'admin' });
      expect(access.find('as it is')).toEqual({ name: 'reads', role: 'reader' });
      expect(access.find('by its hash')).toEqual({ name: 'writes', role: 'writer' });
    }
    for (const wrong of ['', 'wrong', undefined, null, 1, [MAIN], hashApiKey(MAIN)]) {
      expect([wrong, access.find(wrong)]).toEqual([wrong, null]);
    }
    expect(access.named('writes')).toMatchObject({ caller: { role: 'writer' }, hash: hashApiKey('by its hash') });
    expect(access.named('nobody')).toBeNull();
  });

  it('of the database is read again every three seconds, also one that was sent already', async () => {
    kept = [keptKey('a'), keptKey('b', { role: 'writer' })];
    await open();
    expect([access.find('key-of-a'), access.find('key-of-b')]).toEqual([
      { name: 'a', role: 'reader' },
      { name: 'b', role: 'writer' },
    ]);
    kept = [keptKey('a', { revoked_at: new Date(0) }), keptKey('b', { hash: hashApiKey('rotated') }), keptKey('c')];
    expect(access.find('key-of-a')).not.toBeNull();
    await readAgain();
    expect(['key-of-a', 'key-of-b', 'rotated', 'key-of-c'].map((key) => access.find(key)?.name)).toEqual([
      undefined,
      undefined,
      'b',
      'c',
    ]);
  });

  it('holds as soon as it was changed here, whatever a reading that began before finds later', async () => {
    await open();
    const answers: ((found: KeptKey[]) => void)[] = [];
    await access.close();
    access = openAccess({
      ...{ apiKey: MAIN, apiKeyName: 'x' },
      keys: () => new Promise<KeptKey[]>((resolve) => void answers.push(resolve)),
    });
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    const refreshed = access.refresh();
    // Not beside it: it might end last.
    expect(answers).toHaveLength(1);
    answers[0]?.([keptKey('a')]);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    expect(access.find('key-of-a')?.name).toBe('a');
    answers[1]?.([keptKey('b')]);
    await refreshed;
    expect([access.find('key-of-a'), access.find('key-of-b')?.name]).toEqual([null, 'b']);
  });

  it('takes neither the name nor the place of one of the settings', async () => {
    kept = [keptKey('API_KEY'), keptKey('b', { hash: hashApiKey(MAIN) })];
    await open();
    expect(access.named('API_KEY')?.caller.role).toBe('admin');
    expect(access.find(MAIN)).toEqual({ name: 'API_KEY', role: 'admin' });
  });

  it('ends at its moment', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    kept = [keptKey('a', { expires_at: new Date(2000) })];
    access = openAccess({ apiKey: MAIN, apiKeyName: 'x', keys: async () => kept });
    await pauses.begun();
    vi.setSystemTime(1999);
    expect([access.find('key-of-a')?.name, access.named('a')?.caller.name]).toEqual(['a', 'a']);
    vi.setSystemTime(2000);
    expect([access.find('key-of-a'), access.named('a')]).toEqual([null, null]);
  });

  it('stays in force while the database is away, which is told once each time', async () => {
    kept = [keptKey('a')];
    await open();
    isAway = true;
    await readAgain();
    await readAgain();
    expect(access.find('key-of-a')?.name).toBe('a');
    expect(lines).toEqual(['keys cannot be read: those read last stay valid']);
    isAway = false;
    await readAgain();
    isAway = true;
    await readAgain();
    expect(lines).toHaveLength(2);
  });
});
