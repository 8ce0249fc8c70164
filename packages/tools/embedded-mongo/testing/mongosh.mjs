/**
 * Drives mongosh, MongoDB's own shell, through a session with the embedded server: `testing/mongosh-session.js`, whose every
 * step checks its answer. mongosh is no dependency of the workspace (150 MB): it is installed beside it, into `.tools`, from
 * the packages. Where that is not possible the script says so and ends with 0. It is run by `scripts/run-source.mjs`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedMongo } from '../src/index.js';

const VERSION = '2.12.0';
const INSTALL_MS = 10 * 60_000;
const SESSION_MS = 2 * 60_000;
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const folder = join(resolve(packageFolder, '../../..'), '.tools', `mongosh-${VERSION}`);
const mongosh = join(folder, 'node_modules', '.bin', 'mongosh');

function install() {
  if (existsSync(mongosh)) return true;
  console.log('Installing mongosh…');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // Its install scripts build optional native parts, which a session does without.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `mongosh@${VERSION}`];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', timeout: INSTALL_MS });
  return status === 0 && existsSync(mongosh);
}

if (!install()) {
  console.log('mongosh: NOT CHECKED, as it could not be installed.');
} else {
  const home = mkdtempSync(join(tmpdir(), 'mongosh-'));
  const password = 'a-password-of-this-session';
  const server = await startEmbeddedMongo({ dir: join(home, 'data'), port: 0, password });
  const login = `${server.uri.replace('//', `//ecobalyse:${password}@`)}/?directConnection=true&authSource=admin`;
  try {
    const shell = spawn(mongosh, ['--quiet', '--norc', login, join(packageFolder, 'testing/mongosh-session.js')], {
      stdio: 'inherit',
      env: { ...process.env, HOME: home },
      timeout: SESSION_MS,
    });
    const [code] = await once(shell, 'exit');
    process.exitCode = code ?? 1;
  } finally {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  }
}
