import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const { sourcesOfNow, oneAtATime } = (await import(new URL('../bootstrap.mjs', import.meta.url).href)) as {
  sourcesOfNow: (at: string) => string;
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

it('builds again what changed, and nothing else', () => {
  const at = mkdtempSync(join(tmpdir(), 'ecobalyse-sources-'));
  try {
    const file = (path: string) => join(at, path);
    for (const folder of ['packages/data/store/src/deep', 'packages/data/store/dist', 'services']) {
      mkdirSync(file(folder), { recursive: true });
    }
    const source = file('packages/data/store/src/deep/module.ts');
    const touched = new Date('2026-01-01');
    const write = (text: string) => {
      writeFileSync(source, text);
      utimesSync(source, touched, touched);
    };
    for (const path of ['package.json', 'packages/data/store/package.json', 'packages/data/store/tsconfig.json']) {
      writeFileSync(file(path), '{}');
    }
    write('one');
    const first = sourcesOfNow(at);
    expect(sourcesOfNow(at)).toBe(first);
    const changes: [what: string, change: () => void][] = [
      ['more text', () => write('three')],
      // As git leaves a file of the same size that it checks out.
      ['a later date', () => utimesSync(source, touched, new Date('2026-01-02'))],
      ['an earlier date', () => utimesSync(source, touched, new Date('2025-01-02'))],
      ['a new file', () => writeFileSync(file('packages/data/store/src/new.ts'), '')],
      ['a file less', () => rmSync(source)],
      ['other settings of the compiler', () => writeFileSync(file('packages/data/store/tsconfig.json'), '{ }')],
      ['other versions of libraries', () => writeFileSync(file('pnpm-lock.yaml'), '')],
      ['a build that was deleted', () => rmSync(file('packages/data/store/dist'), { recursive: true })],
    ];
    const seen = new Set([first]);
    for (const [what, change] of changes) {
      change();
      expect(seen.has(sourcesOfNow(at)), what).toBe(false);
      seen.add(sourcesOfNow(at));
    }
    writeFileSync(file('README.md'), 'text');
    expect(seen.has(sourcesOfNow(at))).toBe(true);
  } finally {
    rmSync(at, { recursive: true });
  }
});
