/**
 * `npm run mutate -- FOLDER…`: plants small mistakes in the sources of a package, one at a time, and says which of them
 * the package's own tests do not notice (docs/testing.md). Stryker is installed at its first use, into .tools, so that
 * nobody waits for it who does not ask for it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap, giveUp, root, run, say, writableEnvironment } from './bootstrap.mjs';

/** The newest line that runs on Node.js 20. */
const STRYKER = '9.6.1';
/** Percent of the mistakes that the tests of a package have to notice, and which of them take too long to be asked. */
const FLOORS = JSON.parse(readFileSync(join(root, 'scripts', 'mutation-floors.json'), 'utf8'));
const USAGE = `usage: npm run mutate -- FOLDER… | --changed COMMIT
  FOLDER            a package, such as packages/data/cache
  --lines FILE:A-B  only these lines, of a file below its folder src
  --sample N        N of its mistakes, drawn by chance (the score then has a margin)
  --seed TEXT       draws others (1)
  --without FILES   test files below src that are left out since they take long: the score is then at least what it says
  --changed COMMIT  the packages that differ from a commit and have a floor
  --minutes N       start nothing after N minutes, and stop what runs
  --concurrency N   processes at a time (2)
packages with a floor:
  ${Object.keys(FLOORS).join('\n  ')}`;

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        changed: { type: 'string' },
        minutes: { type: 'string' },
        lines: { type: 'string' },
        sample: { type: 'string' },
        seed: { type: 'string', default: '1' },
        without: { type: 'string' },
        concurrency: { type: 'string', default: '2' },
        help: { type: 'boolean' },
      },
    });
  } catch ({ message }) {
    return giveUp(`${message}\n${USAGE}`);
  }
}

/** Packages with a floor that differ from a commit. */
function packagesSince(commit) {
  const files = execFileSync('git', ['diff', '--name-only', commit, '--'], { cwd: root, encoding: 'utf8' }).split('\n');
  return Object.keys(FLOORS).filter((folder) => files.some((file) => file.startsWith(`${folder}/src/`)));
}

async function install(folder) {
  say('Installing Stryker…');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const wanted = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@${STRYKER}`);
  // Its peer, vitest, is the one of this workspace.
  const args = ['install', '--prefix', folder, '--legacy-peer-deps', '--no-audit', '--no-fund', ...wanted];
  const { status } = await run('npm', args);
  if (status !== 0) giveUp('Stryker could not be installed: is the npm registry in reach?');
}

const { values, positionals } = parse();
if (values.help) {
  say(USAGE);
  process.exit(0);
}
const packages = values.changed
  ? packagesSince(values.changed)
  : positionals.map((folder) => relative(root, join(root, folder)));
if (packages.length === 0 && !values.changed) giveUp(`no package is named.\n${USAGE}`);
for (const folder of packages) {
  if (!existsSync(join(root, folder, 'src'))) giveUp(`${folder} is no package.\n${USAGE}`);
}
if (values.sample !== undefined && !/^[1-9]\d*$/.test(values.sample))
  giveUp(`--sample: expected a number from 1.\n${USAGE}`);
await bootstrap();
const tools = join(root, '.tools', 'stryker');
const plugins = join(tools, 'node_modules', '@stryker-mutator');
if (!existsSync(plugins)) await install(tools);

const ends = values.minutes ? Date.now() + Number(values.minutes) * 60_000 : Number.POSITIVE_INFINITY;
const lines = [];
let failed = false;
for (const folder of packages) {
  const result = Date.now() < ends ? await mutate(folder) : undefined;
  const floor = FLOORS[folder]?.percent;
  const isBelow = result !== undefined && result.score < (floor ?? 0);
  failed ||= isBelow;
  lines.push(
    result === undefined
      ? `${folder}: not finished in ${values.minutes} minutes`
      : `${folder}: ${result.text} noticed${floor ? `, at least ${floor} % wanted` : ''}${isBelow ? ': TOO FEW' : ''}`,
  );
}
say(lines.join('\n') || `No package with a floor differs from ${values.changed}.`);
process.exit(failed ? 1 : 0);

/** @returns percent of the planted mistakes that were noticed, and the same in words; undefined when the time was over before. */
async function mutate(folder) {
  const place = join(root, '.tools', 'mutation', folder.replaceAll('/', '-'));
  const report = join(place, 'mutants.json');
  rmSync(report, { force: true });
  mkdirSync(place, { recursive: true });
  const options = {
    testRunner: 'vitest',
    plugins: [join(plugins, 'vitest-runner', 'dist', 'src', 'index.js'), join(root, 'scripts', 'mutation-sample.mjs')],
    checkers: values.sample ? ['sample'] : [],
    vitest: { configFile: 'vitest.mutation.config.ts', related: false },
    mutate: values.lines
      ? values.lines.split(',').map((range) => `${folder}/src/${range}`)
      : [`${folder}/src/**/*.ts`, `!${folder}/src/**/*.test.ts`, `!${folder}/src/{testing,figures}/**`],
    // What a test starts as a process of its own is the package as it was built.
    ignorePatterns: ['.data', '.tools', 'docker', '**/dist', '**/bundle', `!${folder}/{dist,bundle}`],
    symlinkNodeModules: true,
    tempDirName: join(place, 'sandbox'),
    cleanTempDir: 'always',
    // An emptied word of a message says little about the tests; words are held by tables.
    mutator: { excludedMutations: ['StringLiteral'] },
    coverageAnalysis: 'perTest',
    concurrency: Number(values.concurrency),
    // A busy machine is no endless loop.
    timeoutMS: 30_000,
    timeoutFactor: 4,
    // Its preprocessor asks TypeScript for an API that version 7 does not have, and nothing here is compiled by it.
    tsconfigFile: 'none.json',
    reporters: ['clear-text', 'json', 'progress-append-only'],
    clearTextReporter: { allowColor: false, reportTests: false },
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
  };
  const config = join(place, 'stryker.json');
  writeFileSync(config, JSON.stringify(options));
  const timeout = Number.isFinite(ends) ? ends - Date.now() : undefined;
  const env = {
    ...writableEnvironment(),
    MUTATED: folder,
    MUTATED_WITHOUT: values.without ?? FLOORS[folder]?.without,
    MUTATION_SAMPLE: values.sample,
    MUTATION_SEED: values.seed,
  };
  const stryker = join(plugins, 'core', 'bin', 'stryker.js');
  const { status } = await run(process.execPath, [stryker, 'run', config], { env, timeout });
  if (status !== 0 && Date.now() >= ends) return undefined;
  if (!existsSync(report)) giveUp(`the mistakes planted in ${folder} could not be tried: see above.`);
  const all = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap((file) => file.mutants);
  const mutants = all.filter(({ status: state }) => state !== 'Ignored');
  const count = (...states) => mutants.filter(({ status: state }) => states.includes(state)).length;
  // An error beside the tests, such as that of a module that can no longer be loaded, ends a run as a failed test does.
  const noticed = count('Killed', 'Timeout', 'RuntimeError');
  const tried = Math.max(1, noticed + count('Survived', 'NoCoverage'));
  const share = noticed / tried;
  // The half width of a 95 % interval of a share, drawn without putting back.
  const margin = 100 * 1.96 * Math.sqrt(((share * (1 - share)) / tried) * (1 - tried / mutants.length));
  const score = 100 * share;
  return {
    score,
    text: `${score.toFixed(1)} %${values.sample ? ` ± ${margin.toFixed(1)} of ${tried}/${mutants.length}` : ''}`,
  };
}
