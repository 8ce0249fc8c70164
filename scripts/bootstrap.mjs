/**
 * Prepares a machine that has Node.js and npm only: dependencies, build and redis-server. Plain JavaScript on
 * Node.js's own modules, since nothing is installed yet when it runs. What is done already is skipped.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stalePrograms } from './bundle.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MINIMUM_NODE = [20, 19];
/** What the modules of a service need while it starts. */
const MINIMUM_OPEN_FILES = 512;

const PARENT_POLL_MS = 500;
/** As it was at the start: npm may end before anybody asks. */
const PARENT = process.ppid;
const OTHER_POLL_MS = 200;
/** Longer than any preparation takes: what is held so long is held by nobody. */
const OTHER_LIMIT_MS = 15 * 60_000;
/** Tests stop servers and platforms of their own before they end. */
const STOP_TIMEOUT_MS = 15_000;

// A full disk or a closed pipe must not end a process that others depend on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

let quiet = false;

export function say(message) {
  if (!quiet) process.stdout.write(`${message}\n`);
}

/** Ends the process with a message that tells what to do. */
export function giveUp(message) {
  process.stderr.write(`\nerror: ${message}\n`);
  process.exit(1);
}

/** Calls back when npm, which started this process, has ended without passing a signal on, as by `kill -9`. */
export function whenNpmEnds(callback) {
  if (!process.env.npm_lifecycle_event) return () => undefined;
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(timer);
    callback();
  }, PARENT_POLL_MS).unref();
  return () => clearInterval(timer);
}

/**
 * Runs a command to its end. What asks this process to end, ends the command first; it does not outlive this process.
 *
 * @param options - those of `spawn`; `detached` gives it a process group of its own, which is ended as a whole.
 * @returns its exit code, and what it wrote where `stdio` says `pipe`.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: writableEnvironment(), stdio: 'inherit', ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    let asked = false;
    const send = (signal) => {
      try {
        process.kill(options.detached ? -child.pid : child.pid, signal);
      } catch {
        // It has ended.
      }
    };
    const end = () => {
      if (asked) return;
      asked = true;
      send('SIGTERM');
      setTimeout(send, STOP_TIMEOUT_MS, 'SIGKILL').unref();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, end);
    process.on('exit', end);
    const forget = whenNpmEnds(end);
    const ended = (status) => {
      if (asked) process.exit(1);
      forget();
      for (const signal of signals) process.off(signal, end);
      process.off('exit', end);
      resolve({ status, output });
    };
    child.once('error', (error) => {
      output += error.message;
      ended(1);
    });
    child.once('close', (code) => ended(code ?? 1));
  });
}

/** Runs a command of the preparation, whose output matters only when it fails. */
async function prepare(command, args, options = {}) {
  const { status, output } = await run(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...options,
  });
  if (status !== 0) process.stderr.write(output);
  return status;
}

/** The environment, with places for caches that can be written to where the home of this user cannot. */
export function writableEnvironment() {
  try {
    accessSync(homedir(), constants.W_OK);
    return process.env;
  } catch {
    const folder = join(root, '.tools', 'home');
    const places = ['CACHE', 'CONFIG', 'DATA', 'STATE'].map((name) => [`XDG_${name}_HOME`, join(folder, name)]);
    return { ...process.env, npm_config_cache: join(folder, 'npm'), ...Object.fromEntries(places) };
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM_NODE;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    giveUp(`Node.js ${MINIMUM_NODE.join('.')} or newer is needed, this is ${process.versions.node}`);
  }
}

function checkOpenFiles() {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  if (Number(stdout) < MINIMUM_OPEN_FILES) {
    giveUp(
      `${MINIMUM_OPEN_FILES} open files are needed at least, this shell allows ${stdout.trim()}: raise it with "ulimit -n 4096" or in /etc/security/limits.conf`,
    );
  }
}

function manifests() {
  const below = (folder) => readdirSync(join(root, folder)).map((name) => join(folder, name));
  const members = [...below('packages').flatMap(below), ...below('services')].map((folder) =>
    join(folder, 'package.json'),
  );
  const others = [
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'dashboard/package.json',
    'scripts/package.json',
    'e2e/package.json',
    'bench/package.json',
  ];
  return [...others, ...members].filter((file) => existsSync(join(root, file))).sort();
}

async function installDependencies() {
  const hash = createHash('sha256');
  for (const file of manifests()) hash.update(file).update(readFileSync(join(root, file)));
  const wanted = hash.digest('hex');
  const stamp = join(root, 'node_modules', '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  const { devEngines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pnpm = `pnpm@${devEngines.packageManager.version}`;
  say(`Installing the dependencies with ${pnpm}; the first time takes a minute or two…`);
  const status = await prepare('npm', ['exec', '--yes', '--', pnpm, 'install', '--frozen-lockfile']);
  if (status !== 0)
    giveUp('the dependencies could not be installed: is the npm registry in reach? Then run the command again.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

async function build() {
  say('Building…');
  const bundles = async () => {
    if (stalePrograms().length === 0) return;
    // Apart: a process that has bundled keeps a gigabyte, and this one stays as long as the tests or the platform.
    const status = await prepare(process.execPath, [join('scripts', 'bundle.mjs')]);
    if (status !== 0) giveUp('the build failed: see the errors above.');
  };
  await Promise.all([bundles(), buildDashboard()]);
}

/** Newest change among the files of a folder and everything below it. */
function newestChange(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, { parentPath, name }) => Math.max(newest, statSync(join(parentPath, name)).mtimeMs), 0);
}

/** The web application is bundled by Vite, when it has changed since its last bundle. */
async function buildDashboard() {
  const folder = join(root, 'dashboard');
  const bundle = join(folder, 'dist', 'index.html');
  const sources = [
    newestChange(join(folder, 'src')),
    newestChange(join(folder, 'public')),
    // Its lists and types.
    newestChange(join(root, 'packages', 'domain', 'schema', 'src')),
    ...['index.html', 'vite.config.ts', 'package.json'].map((name) => statSync(join(folder, name)).mtimeMs),
    // A library that was updated changes the bundle too.
    statSync(join(root, 'pnpm-lock.yaml')).mtimeMs,
  ];
  if (existsSync(bundle) && statSync(bundle).mtimeMs > Math.max(...sources)) return;
  const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  const status = await prepare(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: folder });
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

/** Programs from the distribution's packages, and what to do where they cannot be installed. */
const PROGRAMS = {
  'redis-server': REDIS_ALTERNATIVES,
  'chromium-headless-shell':
    'Chromium is needed by the tests of pages: install it with the package manager of your system.',
  git: 'git is needed by the tests: install it with the package manager of your system.',
  curl: 'curl is needed by the tests: install it with the package manager of your system.',
};

/** Chromium's own program for pages without a window takes half the time; the whole browser shows the same. */
const INSTEAD_OF = { 'chromium-headless-shell': 'chromium' };

/** Installs packages of the distribution, where this user can. */
async function installPackages(names) {
  const prefix = rootPrefix();
  if (!onPath('apt-get') || prefix === undefined) return;
  say(`Installing ${names.join(', ')} from the distribution’s packages…`);
  const aptGet = async (...args) => {
    // RUNLEVEL keeps redis-server's package from starting a system-wide Redis beside our own.
    const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq', ...args];
    await prepare(command[0], command.slice(1));
  };
  await aptGet('update');
  await aptGet('install', '-y', '--no-install-recommends', ...names);
}

/** Installs a package that some tests need, where that can be done; those tests say what they leave out without it. */
export async function installIfPossible(name, isThere) {
  if (isThere()) return;
  await installPackages([name]);
  if (!isThere()) say(`${name} is not here and could not be installed: what needs it is not tested.`);
}

/** Installs programs that have to be there beside Node.js, or ends the process saying how to get them. */
export async function installPrograms(names) {
  const isMissing = (name) => !onPath(name) && !onPath(INSTEAD_OF[name] ?? name);
  const missing = names.filter(isMissing);
  if (missing.length === 0) return;
  await installPackages(missing);
  const still = missing.find(isMissing);
  if (still) giveUp(PROGRAMS[still]);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch ({ code }) {
    return code === 'EPERM';
  }
}

/** Runs some work when no other process of this machine does it: whoever comes second waits, and finds it done. */
export async function oneAtATime(file, work, limitMs = OTHER_LIMIT_MS) {
  mkdirSync(dirname(file), { recursive: true });
  const ends = Date.now() + limitMs;
  for (let said = false; ; said = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const other = existsSync(file) && Number(readFileSync(file, 'utf8'));
    if ((other && !isAlive(other)) || Date.now() > ends) rmSync(file, { force: true });
    else {
      if (!said) say('Waiting for another command, which prepares the same folder…');
      await wait(OTHER_POLL_MS);
    }
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * Installs and builds what is missing, or ends the process with a clear message.
 *
 * @param options - `quiet`: say nothing but errors.
 */
export async function bootstrap(options = {}) {
  quiet = options.quiet ?? false;
  checkNode();
  checkOpenFiles();
  await oneAtATime(join(root, '.tools', 'preparing'), async () => {
    await installDependencies();
    await build();
  });
}
