import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { embeddedMongodbUri, embeddedRedisPassword, embeddedRedisUrl } from './embedded-access.js';

it('the embedded servers are reached without a password before the first start, and with that of the folder after it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ecobalyse-access-'));
  try {
    expect(embeddedMongodbUri(folder, 1)).toBe('mongodb://127.0.0.1:1/?directConnection=true');
    expect(embeddedRedisUrl(folder, 2)).toBe('redis://127.0.0.1:2');
    writeFileSync(join(folder, 'password'), 'a/b\n');
    expect(embeddedMongodbUri(folder, 1)).toBe(
      'mongodb://ecobalyse:a%2Fb@127.0.0.1:1/?directConnection=true&authSource=admin',
    );
    const derived = embeddedRedisPassword('a/b');
    expect(derived).toBe('qwhQelVs3CzMOEhmMwBCsHlXWVR1V86xoav_cCBC2jc');
    expect(embeddedRedisUrl(folder, 2)).toBe(`redis://:${derived}@127.0.0.1:2`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
