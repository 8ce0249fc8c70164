import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const { oneAtATime } = (await import(new URL('../bootstrap.mjs', import.meta.url).href)) as {
  oneAtATime: <T>(file: string, work: () => Promise<T>, limitMs?: number) => Promise<T>;
};

it('prepares a folder by one process at a time, and leaves nothing to a dead one', async () => {
  const at = mkdtempSync(join(tmpdir(), 'ecobalyse-turn-'));
  try {
    const file = join(at, 'new', 'preparing');
    const order: string[] = [];
    const first = oneAtATime(file, async () => {
      order.push('first begins');
      await new Promise((resolve) => setTimeout(resolve));
      order.push('first ends');
    });
    await Promise.all([first, oneAtATime(file, async () => order.push('second'))]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);

    await expect(oneAtATime(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    writeFileSync(file, String(spawnSync('true').pid));
    expect(await oneAtATime(file, async () => 'after a dead one')).toBe('after a dead one');
    // Of a process that lives, but has nothing to do with it.
    writeFileSync(file, String(process.ppid));
    expect(await oneAtATime(file, async () => 'after the limit', 0)).toBe('after the limit');
    expect(existsSync(file)).toBe(false);
  } finally {
    rmSync(at, { recursive: true });
  }
});
