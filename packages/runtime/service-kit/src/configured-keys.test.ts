import { KEY_NAME } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { hashApiKey } from './api-key-hash.js';
import { configuredKeysSchema } from './configured-keys.js';

const KEY = 'k'.repeat(16);
const HASH = 'ab'.repeat(32);

it('hashes a key by SHA-256, in UTF-8', () => {
  expect(hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hashApiKey('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});

describe('the keys of a setting', () => {
  it.each([
    ['', []],
    [`a:reader:${KEY}`, [{ name: 'a', role: 'reader', key: KEY }]],
    [
      `a:writer:${KEY}, b.-_9:admin:x:${KEY}`,
      [
        { name: 'a', role: 'writer', key: KEY },
        { name: 'b.-_9', role: 'admin', key: `x:${KEY}` },
      ],
    ],
    [`a:reader:sha256:${HASH.toUpperCase()}`, [{ name: 'a', role: 'reader', sha256: HASH }]],
    // A key may begin with that word.
    [`a:reader:sha256:${HASH}:x`, [{ name: 'a', role: 'reader', key: `sha256:${HASH}:x` }]],
    [`${'n'.repeat(64)}:reader:${KEY}`, [{ name: 'n'.repeat(64), role: 'reader', key: KEY }]],
  ])('%j are read', (text, keys) => expect(configuredKeysSchema.parse(text)).toEqual(keys));

  const FORM = /^entry 1: expected name:role:key or name:role:sha256:HASH.* at least 16 characters/;
  it.each([
    ['a key that is too short', `a:reader:${KEY.slice(1)}`, FORM],
    ['a hash that is too short', `a:reader:sha256:${HASH.slice(1)}`, FORM],
    ['a hash that is too long', `a:reader:sha256:${HASH}0`, FORM],
    ['a hash of other characters', `a:reader:sha256:${HASH.slice(1)}g`, FORM],
    ['no key', 'a:reader', FORM],
    ['an unknown role', `a:owner:${KEY}`, FORM],
    ['a name that is too long', `${'n'.repeat(65)}:reader:${KEY}`, FORM],
    ['no name', `:reader:${KEY}`, FORM],
    ['a name with other signs', `a/b:reader:${KEY}`, FORM],
    ['the name of the one key', `API_KEY:reader:${KEY}`, /^entry 1: expected a name of its own$/],
    ['a name twice', `a:reader:${KEY} a:admin:${KEY}x`, /^entry 2: expected a name of its own$/],
  ])('with %s are refused, and not shown', (_what, text, message) => {
    const { error } = configuredKeysSchema.safeParse(text);
    expect(error?.issues.map((issue) => issue.message)).toEqual([expect.stringMatching(message)]);
    expect(error?.message).not.toContain('kkk');
  });

  it('have names of which each sign is allowed', () => {
    expect(KEY_NAME.test('azAZ09_.-')).toBe(true);
    for (const name of ['', 'a b', 'é', 'a:b']) expect(KEY_NAME.test(name)).toBe(false);
  });
});
