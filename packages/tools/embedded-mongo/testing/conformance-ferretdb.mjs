/**
 * Runs the conformance suite, the store's tests, and further tests named as arguments, against FerretDB 1.24 with the
 * SQLite backend: a second server that others wrote. The checks that it is known to fail are listed with their reasons
 * in ferretdb/differences.json; any other failure fails this script, and so does a listed check that passes. Those that
 * take it longer than a test may last are left out, since it answers nobody meanwhile.
 *
 * Without Go on the machine there is nothing to build it with: the script says so and ends with 0.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const root = resolve(packageFolder, '../../..');
const sources = join(packageFolder, 'ferretdb');
/** The suite takes a minute on an idle machine. */
const TESTS_MS = 6 * 60_000;
const differences = JSON.parse(readFileSync(join(sources, 'differences.json'), 'utf8'));
const leftOut = differences.filter((group) => group.leftOut).flatMap(({ checks }) => checks);
const binary = join(root, '.tools', 'ferretdb');

/** Builds the server where it is missing or older than its sources; a few minutes the first time. */
function build() {
  const newest = Math.max(...['main.go', 'go.mod', 'go.sum'].map((name) => statSync(join(sources, name)).mtimeMs));
  if (existsSync(binary) && statSync(binary).mtimeMs > newest) return true;
  if (spawnSync('go', ['version']).status !== 0) return false;
  console.log('Building FerretDB…');
  mkdirSync(join(root, '.tools'), { recursive: true });
  const env = { ...process.env, GOFLAGS: '-mod=readonly' };
  const { status } = spawnSync('go', ['build', '-o', binary, '.'], { cwd: sources, env, stdio: 'inherit' });
  if (status !== 0) throw new Error('FerretDB could not be built.');
  return true;
}

async function start(folder) {
  const child = spawn(binary, [folder, '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => ['ended before it listened']),
  ]);
  const uri = /^listening on (\S+)/.exec(line)?.[1];
  if (!uri) throw new Error(`FerretDB did not start: ${line}`);
  return { child, uri };
}

/** The status of every check by its full name. */
function runTests(uri, paths, report) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const names = `^(?!(${leftOut.map((name) => name.replace(/\W/g, '.')).join('|')})$)`;
  const args = [vitest, 'run', ...paths, `--testNamePattern=${names}`, '--reporter=json', `--outputFile=${report}`];
  const env = { ...process.env, MONGODB_URI: uri };
  const options = { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'], timeout: TESTS_MS };
  if (spawnSync(process.execPath, args, options).error) throw new Error('The tests did not end in time.');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const checks = testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = testResults.filter(
    ({ assertionResults, status }) => assertionResults.length === 0 && status !== 'passed',
  );
  if (broken.length > 0)
    throw new Error(`A test file could not be run: ${broken.map(({ message }) => message).join('\n')}`);
  return new Map(
    checks.map(({ fullName, status, failureMessages }) => [fullName, { status, message: failureMessages?.[0] }]),
  );
}

function compare(checks) {
  const listed = new Map(differences.flatMap((group) => group.checks.map((name) => [name, group])));
  const failed = [...checks].filter(([, { status }]) => status === 'failed');
  const unexpected = failed.filter(([name]) => !listed.has(name));
  const stale = [...listed].filter(
    ([name, group]) => !group.sometimes && !group.leftOut && checks.get(name)?.status !== 'failed',
  );
  for (const [name, { message }] of unexpected) console.log(`FAILED  ${name}\n        ${message?.split('\n')[0]}`);
  for (const [name] of stale) console.log(`LISTED BUT NOT FAILING  ${name}`);
  const passed = [...checks.values()].filter(({ status }) => status === 'passed').length;
  console.log(
    `FerretDB: ${passed} checks agree, ${failed.length - unexpected.length} differ for ${differences.length} listed reasons, ` +
      `${unexpected.length} differ unexpectedly, ${stale.length} are listed wrongly, ${leftOut.length} were left out.`,
  );
  return passed > 0 && unexpected.length + stale.length === 0;
}

if (!build()) {
  console.log('FerretDB: NOT CHECKED, as Go is not on this machine.');
} else {
  const folder = mkdtempSync(join(tmpdir(), 'ferretdb-'));
  const { child, uri } = await start(folder);
  try {
    const paths = [
      'packages/tools/embedded-mongo/src/conformance',
      'packages/data/store/src',
      ...process.argv.slice(2),
    ];
    process.exitCode = compare(runTests(uri, paths, join(folder, 'report.json'))) ? 0 : 1;
  } finally {
    const exited = once(child, 'exit');
    // It would wait for its busiest queries; nothing in its folder is kept.
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }
}
