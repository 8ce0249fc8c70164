import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startEmbeddedMongo } from './index.js';
import { removeFolder, temporaryFolder } from './test-support/database.js';

const PASSWORD = 'a-password-of-this-test';
const SCRIPT = fileURLToPath(new URL('./test-support/pymongo_client.py', import.meta.url));

/** Debian installs python3-pymongo for its own Python; another Python may come first in the path. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import pymongo']).status === 0,
);

describe('pymongo', () => {
  it(python ? 'does what the original platform did' : 'NOT TESTED HERE: python3-pymongo is not installed', async () => {
    if (python === undefined) return;
    const dir = temporaryFolder();
    const server = await startEmbeddedMongo({ dir, password: PASSWORD });
    const uri = `${server.uri.replace('//', `//ecobalyse:${PASSWORD}@`)}/?directConnection=true&authSource=admin`;
    try {
      const { stdout } = await promisify(execFile)(python, [SCRIPT, uri], { timeout: 100_000 });
      expect(stdout).toMatch(/^26 checks passed/);
    } finally {
      await server.close();
      removeFolder(dir);
    }
  });
});
