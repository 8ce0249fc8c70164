import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withoutCredentials } from './logger.js';

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** What a process writes that logs `fields` in a format. */
function logged(fields: string, format: 'json' | 'text'): string {
  const script = `import { createLogger } from ${JSON.stringify(built)};
    createLogger('test', { LOG_LEVEL: 'info', LOG_FORMAT: '${format}' }, ['x-my-key']).info(${fields}, 'hello');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

describe.each(['json', 'text'] as const)('logger in %s', (format) => {
  it('hides keys, tokens and passwords', () => {
    const text = logged(
      `{ req: { headers: { 'x-my-key': 'hidden1', authorization: 'hidden2' } }, password: 'hidden3', a: { token: 'hidden4' }, err: new Error('mongodb://user:hidden5@host/') }`,
      format,
    );
    expect(text).toContain('hello');
    expect(text).not.toMatch(/hidden\d/);
  });
});

it('withoutCredentials keeps the rest of a text', () => {
  expect(withoutCredentials('to redis://:secret@host:1/0 and mongodb+srv://u:p@c.net/?x=1')).toBe(
    'to redis://***@host:1/0 and mongodb+srv://***@c.net/?x=1',
  );
});
