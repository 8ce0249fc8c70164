import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { IMPACT_TYPES } from '@ecobalyse/schema';
import { shareKeptRows } from './kept-rows.js';
import { sqlLiteral, type Workbench } from './workbench.js';

/** The Spark cluster that computes, and how it is asked. */
export interface SparkOptions {
  /** Its address, such as `spark://host:7077`. */
  master: string | undefined;
  /** The command that hands a script to it. */
  submit: string;
  timeoutMs: number;
}

export interface SparkRun extends SparkOptions {
  folder: string | undefined;
  signal?: AbortSignal | undefined;
  log?: ((line: string) => Promise<void>) | undefined;
}

const SCRIPT = fileURLToPath(new URL('../spark/contract_statistics.py', import.meta.url));
/** Lines of the script among those of Spark. */
const OWN_LINE = /^ecobalyse: /;
/** What is told of a run that failed. */
const LAST_LINES = 5;
/** From asking the processes of a run to end until they are ended. */
const GRACE_MS = 5000;

/** The tables of the contract's statistics, and what becomes of a result that Spark counts as a long number. */
const RESULTS = {
  countries:
    '* REPLACE ("countryFabric_count"::INTEGER AS "countryFabric_count", "countryMaking_count"::INTEGER AS "countryMaking_count", "count"::INTEGER AS "count")',
  days_of_wear: '*',
  impacts: '*',
  outliers: '*',
  ranking: '* REPLACE (place::BIGINT AS place)',
} as const;

/** Runs a command and gives its standard output; `onLine` is told each line of it. */
async function run(
  command: string,
  args: readonly string[],
  {
    timeoutMs,
    signal,
    onLine,
  }: { timeoutMs: number; signal?: AbortSignal | undefined; onLine: (line: string) => void },
): Promise<void> {
  signal?.throwIfAborted();
  // A group of its own: the command is a script that starts Java, which starts Python.
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const last: string[] = [];
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  createInterface(child.stdout).on('line', onLine);
  createInterface(child.stderr).on('line', (line) => {
    if (line.trim() !== '') last.push(line);
    if (last.length > LAST_LINES) last.shift();
  });
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended.
    }
  };
  let killer: NodeJS.Timeout | undefined;
  let isLate = false;
  const end = () => {
    kill('SIGTERM');
    killer ??= setTimeout(() => kill('SIGKILL'), GRACE_MS);
  };
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end);
  try {
    const code = await ended;
    signal?.throwIfAborted();
    if (isLate) throw new Error(`Spark has not ended within ${timeoutMs / 60_000} minutes (SPARK_TIMEOUT_MINUTES)`);
    if (code !== 0) throw new Error(`Spark failed with code ${code}: ${last.join(' | ')}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`${command} was not found: install Spark beside this service, or name its command in SPARK_SUBMIT`);
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    signal?.removeEventListener('abort', end);
  }
}

/**
 * Computes the five tables of the contract (`computeContractStatistics`) on a Spark cluster, from the Parquet files of which
 * the table `garments` was made, and reads the results.
 *
 * @throws Error that names the setting to look at: when one is missing, when the command is not there, fails or takes too long.
 */
export async function computeContractOnSpark(
  bench: Workbench,
  { master, submit, timeoutMs, folder, signal, log = async () => undefined }: SparkRun,
): Promise<void> {
  if (master === undefined) throw new Error('STATS_ENGINE=spark needs SPARK_MASTER, such as spark://host:7077');
  if (folder === undefined)
    throw new Error('STATS_ENGINE=spark needs STATISTICS_FOLDER, which the cluster sees as well');
  await shareKeptRows(bench, folder, async (shared) => {
    const results = join(shared.folder, 'results');
    const task = join(shared.folder, 'task.json');
    await writeFile(
      task,
      JSON.stringify({ rows: shared.rows, present: shared.present, impacts: IMPACT_TYPES, results }),
    );
    await log(`Spark computes on ${master}`);
    let lastLine = '';
    let told = Promise.resolve();
    const onLine = (line: string) => {
      lastLine = line;
      if (OWN_LINE.test(line)) told = told.then(() => log(line.replace(OWN_LINE, 'Spark: ')));
    };
    await run(submit, ['--master', master, SCRIPT, task], { timeoutMs, signal, onLine });
    await told;
    const { documents } = JSON.parse(lastLine) as { documents: number };
    const { expected } = await bench.row<{ expected: number }>('SELECT count(*)::INTEGER AS expected FROM garments');
    if (documents !== expected)
      throw new Error(
        `Spark saw ${documents} of ${expected} documents: another run replaced the files meanwhile; start again`,
      );
    for (const [name, columns] of Object.entries(RESULTS)) {
      const files = sqlLiteral(join(results, name, '*.parquet'));
      await bench.run(`CREATE TABLE stats_${name} AS SELECT ${columns} FROM read_parquet(${files})`);
    }
  });
}
