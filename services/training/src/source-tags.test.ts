import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourceTags } from './source-tags.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-tags-'));
});
afterEach(() => rm(folder, { recursive: true }));

const code = { 'mlflow.source.name': '@ecobalyse/training', 'source.version': expect.stringMatching(/^\d+\.\d+\.\d+/) };

describe('the tags of the source', () => {
  it('name the commit that is checked out', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]).toString();
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'first');
    expect(await sourceTags(undefined, folder)).toEqual({
      ...code,
      'mlflow.source.git.commit': git('rev-parse', 'HEAD').trim(),
    });
  });

  it('name the commit that the image was built from', async () => {
    expect(await sourceTags('61bc6ec', folder)).toEqual({ ...code, 'mlflow.source.git.commit': '61bc6ec' });
  });

  it('name no commit outside a repository', async () => {
    expect(await sourceTags(undefined, folder)).toEqual(code);
  });
});
