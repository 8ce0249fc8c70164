import { expect, it } from 'vitest';
import { HELP, readOptions } from './options.js';

it('starts and extracts what is needed by default', () => {
  expect(readOptions([])).toEqual({
    help: false,
    once: false,
    extract: 'needed',
    product: undefined,
    limit: undefined,
    reset: false,
  });
});

it('reads every option that the help names', () => {
  const named = [...HELP.matchAll(/^ {2}--([a-z-]+)( [A-Z]+)?/gm)].map(([, name, value]) =>
    value ? [`--${name}`, value === ' TYPE' ? 'jupe' : '3'] : [`--${name}`],
  );
  expect(named.length).toBeGreaterThan(5);
  for (const args of named) expect(() => readOptions(args)).not.toThrow();
});

it.each([
  [['--limit', '1'], { limit: 1 }],
  [['--product', 'jupe'], { product: 'jupe' }],
  [['--once'], { once: true }],
  [['--extract'], { extract: 'always' }],
  [['--no-extract'], { extract: 'never' }],
  [['--reset'], { reset: true }],
  [['-h'], { help: true }],
])('reads %j', (args, read) => expect(readOptions(args)).toEqual({ ...readOptions([]), ...read }));

it.each([
  [['--limit', '0'], /--limit: expected a whole number from 1, received "0"/],
  [['--limit', '1.5'], /--limit/],
  [['--product', 'shirt'], /--product: expected one of chemise, .*, received "shirt"/],
  [['--product', ''], /--product/],
  [['--extract', '--no-extract'], /expected one of them/],
  [['--nonsense'], /--nonsense/],
  [['stray'], /stray/],
])('refuses %j', (args, reason) => expect(() => readOptions(args)).toThrow(reason));

it.each([
  ['--once', { npm_config_once: 'true' }],
  ['--no-extract', { npm_config_extract: '' }],
  ['--limit', { npm_config_limit: '5' }],
  ['--reset', { npm_config_reset: 'true' }],
])('says that npm took %s, which came without "--"', (option, env) => {
  const told = `${option}: npm took it for itself, expected "--" before it: npm start -- ${option}`;
  expect(() => readOptions([], env)).toThrow(told);
  expect(readOptions([option, '5'].slice(0, option === '--limit' ? 2 : 1), { npm_config_cache: '/x' })).toBeDefined();
});
