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
  [['--limit', '0'], /--limit: expected a whole number from 1, received "0"/],
  [['--limit', '1.5'], /--limit/],
  [['--product', 'shirt'], /--product: expected one of chemise, .*, received "shirt"/],
  [['--product', ''], /--product/],
  [['--extract', '--no-extract'], /expected one of them/],
  [['--nonsense'], /--nonsense/],
  [['stray'], /stray/],
])('refuses %j', (args, reason) => expect(() => readOptions(args)).toThrow(reason));
