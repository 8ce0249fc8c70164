/**
 * Prepares a machine that has Node.js and npm only: dependencies, build and redis-server. Plain JavaScript on
 * Node.js's own modules, since nothing is installed yet when it runs. What is done already is skipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MINIMUM_NODE = [20, 19];

let quiet = false;

export function say(message) {
  if (!quiet) process.stdout.write(`${message}\n`);
}

/** Ends the process with a message that tells what to do. */
export function giveUp(message) {
  process.stderr.write(`\nerror: ${message}\n`);
  process.exit(1);
}

function run(command, args, options = {}) {
  // Standard output belongs to the command that comes after a quiet preparation.
  return spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'ignore', 'inherit'] : 'inherit',
    ...options,
  });
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM_NODE;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    giveUp(`Node.js ${MINIMUM_NODE.join('.')} or newer is needed, this is ${process.versions.node}`);
  }
}

function manifests() {
  const members = ['packages', 'services'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')),
  );
  const others = [
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'scripts/package.json',
    'e2e/package.json',
    'bench/package.json',
  ];
  return [...others, ...members].filter((file) => existsSync(join(root, file))).sort();
}

function installDependencies() {
  const hash = createHash('sha256');
  for (const file of manifests()) hash.update(file).update(readFileSync(join(root, file)));
  const wanted = hash.digest('hex');
  const stamp = join(root, 'node_modules', '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  const { devEngines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pnpm = `pnpm@${devEngines.packageManager.version}`;
  say(`Installing the dependencies with ${pnpm}…`);
  const { status } = run('npm', ['exec', '--yes', '--', pnpm, 'install', '--frozen-lockfile']);
  if (status !== 0)
    giveUp('the dependencies could not be installed: is the npm registry in reach? Then run the command again.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function build() {
  say('Building…');
  const { status } = run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '--build']);
  if (status !== 0) giveUp('the build failed: see the errors above.');
  buildDashboard();
}

/** Newest change among the files of a folder and everything below it. */
function newestChange(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, { parentPath, name }) => Math.max(newest, statSync(join(parentPath, name)).mtimeMs), 0);
}

/** The web application is bundled by Vite, when it has changed since its last bundle. */
function buildDashboard() {
  const folder = join(root, 'services', 'dashboard');
  const bundle = join(folder, 'dist', 'index.html');
  const sources = [
    newestChange(join(folder, 'src')),
    newestChange(join(folder, 'public')),
    ...['index.html', 'vite.config.ts', 'package.json'].map((name) => statSync(join(folder, name)).mtimeMs),
    // A library that was updated changes the bundle too.
    statSync(join(root, 'pnpm-lock.yaml')).mtimeMs,
  ];
  if (existsSync(bundle) && statSync(bundle).mtimeMs > Math.max(...sources)) return;
  const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = run(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: folder });
  if (status !== 0) giveUp('the build of the dashboard failed: see the errors above.');
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** The command that gives this user root's rights without asking, if there is one. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n'];
  return undefined;
}

const REDIS_ALTERNATIVES = `redis-server is needed. Any of these will do:
  - Debian or Ubuntu:  sudo apt-get install redis-server
  - macOS:             brew install redis
  - Docker:            docker run -d -p 127.0.0.1:6379:6379 redis:7, and REDIS_URL=redis://127.0.0.1:6379
  - a Redis you have:  set REDIS_URL in the environment or in .env`;

/** Whether the environment or `.env` names a Redis to use. */
export function redisIsGiven() {
  if (process.env.REDIS_URL) return true;
  const file = join(root, '.env');
  return existsSync(file) && /^\s*REDIS_URL\s*=\s*\S/m.test(readFileSync(file, 'utf8'));
}

/** Programs from the distribution's packages, and what to do where they cannot be installed. */
const PROGRAMS = {
  'redis-server': REDIS_ALTERNATIVES,
  chromium: 'Chromium is needed by the tests of pages: install it with the package manager of your system.',
  curl: 'curl is needed by the tests: install it with the package manager of your system.',
};

/** Installs packages of the distribution, where this user can. */
function installPackages(names) {
  const prefix = rootPrefix();
  if (!onPath('apt-get') || prefix === undefined) return;
  say(`Installing ${names.join(', ')} from the distribution’s packages…`);
  const aptGet = (...args) => {
    // RUNLEVEL keeps redis-server's package from starting a system-wide Redis beside our own.
    const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq', ...args];
    run(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', ...names);
}

/** Installs a package that some tests need, where that can be done; those tests say what they leave out without it. */
export function installIfPossible(name, isThere) {
  if (isThere()) return;
  installPackages([name]);
  if (!isThere()) say(`${name} is not here and could not be installed: what needs it is not tested.`);
}

function installPrograms(names) {
  const missing = names.filter((name) => !onPath(name));
  if (missing.length === 0) return;
  installPackages(missing);
  const still = missing.find((name) => !onPath(name));
  if (still) giveUp(PROGRAMS[still]);
}

/**
 * Makes the machine ready, or ends the process with a clear message.
 *
 * @param programs - what has to be there beside Node.js.
 * @param options - `quiet`: say nothing but errors.
 */
export function bootstrap(programs, options = {}) {
  quiet = options.quiet ?? false;
  checkNode();
  installDependencies();
  build();
  installPrograms(programs);
}
