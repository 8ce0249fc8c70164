import { join, resolve } from 'node:path';
import { type SettingName, settingSchemas } from '@ecobalyse/schema';
import { loadEnvFile, projectRoot, readSettings } from '@ecobalyse/service-kit';
import { writeApiKey } from './api-key-file.js';
import { createConsole } from './console.js';
import { type DataFolder, takeDataFolder } from './data-folder.js';
import { HELP, type LauncherOptions, readOptions } from './options.js';
import { layOut, type Platform } from './parts.js';
import { type Access, ensureAnalysis, ensureExtraction, productTypes, summarise, watchRun } from './pipeline-runs.js';
import { type RunningPart, startPart } from './processes.js';

/** A local worker that died is replaced at once, so its jobs need not wait long. */
const LOCAL_JOB_LOCK_MS = '5000';

/** npm and `timeout` pass on a signal that reached the whole process group already: twice within this time is once. */
const SAME_SIGNAL_MS = 1000;

/** A stop that was asked for, as opposed to a failure. */
class Stopped extends Error {}

async function extract(
  access: Access,
  options: LauncherOptions,
  out: ReturnType<typeof createConsole>,
  signal: AbortSignal,
): Promise<boolean> {
  if (options.extract === 'never') return true;
  try {
    const started = await ensureExtraction(access, options.extract, {
      ...(options.product !== undefined && { product: options.product }),
      ...(options.limit !== undefined && { limit: options.limit }),
    });
    if (!started) {
      out.say('There is data already: nothing to extract (npm start -- --extract does it again).');
      return true;
    }
    out.say(
      started.resumed
        ? 'Resuming the extraction that was interrupted…'
        : 'Extracting: reference data, simulations, documentation…',
    );
    const run = await watchRun(access, started.runId, out, signal);
    out.endProgress();
    for (const line of summarise(run)) out.say(line);
    return run.state === 'succeeded';
  } finally {
    out.endProgress();
  }
}

/** Computes statistics and models for the first time, while everything answers already. What fails is tried again by the schedule. */
async function analyse(access: Access, out: ReturnType<typeof createConsole>, signal: AbortSignal): Promise<void> {
  const runId = await ensureAnalysis(access);
  if (runId === undefined) return;
  out.say('Computing the first statistics and models…');
  const { state } = await watchRun(access, runId, out, signal);
  out.say(
    state === 'succeeded'
      ? 'Statistics and predictions are ready.'
      : `Statistics and predictions are not ready: the run ${state}. The pipelines’ page tells why; the schedule tries again.`,
  );
}

function sayWhereThingsAre(
  platform: Platform,
  apiKey: string,
  apiKeyName: string,
  example: string | undefined,
  out: ReturnType<typeof createConsole>,
): void {
  const width = Math.max(...platform.places.map(([name]) => name.length), 'API key'.length);
  out.say('');
  for (const [name, place] of platform.places) out.say(`  ${name.padEnd(width)}  ${place}`);
  out.say(`  ${'API key'.padEnd(width)}  ${apiKey}`);
  out.say('');
  out.say('Try:');
  const path = example === undefined ? '/product' : `/product/${example}/good_product?nb_doc=1`;
  out.say(`  curl "${platform.apiUrl}${path}" -H "${apiKeyName}: ${apiKey}"`);
  out.say('');
}

/**
 * Starts the platform on this machine and stays until it is stopped; with `--once`, until the job is done. Sets the
 * process's exit code.
 *
 * @param args - the command line, without the program (see {@link HELP}).
 */
export async function launch(args: readonly string[]): Promise<void> {
  let options: LauncherOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }

  const out = createConsole();
  const parts: RunningPart[] = [];
  const stop = new AbortController();
  let askedAt = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        askedAt = performance.now();
        stop.abort(new Stopped(signal));
      } else if (performance.now() - askedAt > SAME_SIGNAL_MS) {
        for (const part of parts) part.kill();
        process.exit(1);
      }
    });
  }
  let folder: DataFolder | undefined;
  let succeeded = false;
  try {
    loadEnvFile();
    const upstreamIsGiven = Boolean(process.env.ECOBALYSE_API_URL);
    const settings = readSettings(Object.keys(settingSchemas) as SettingName[]);
    if (options.reset && settings.MONGODB_URI) {
      throw new Error(
        '--reset deletes the embedded database only: MONGODB_URI is set, so empty that database yourself',
      );
    }
    const dataPath = resolve(projectRoot(), settings.DATA_DIR);
    const taken = await takeDataFolder(dataPath, options.reset, out.say);
    folder = taken;

    const envFile = join(projectRoot(), '.env');
    const apiKey = settings.API_KEY ?? writeApiKey(envFile);
    if (!settings.API_KEY) out.say(`A new API key was written to ${envFile}.`);

    const platform = await layOut(settings, apiKey, taken, upstreamIsGiven);
    process.env.LOG_FORMAT ??= 'text';
    process.env.JOB_LOCK_MS ??= LOCAL_JOB_LOCK_MS;

    const start = async (group: Platform['services']) => {
      if (group.length === 0) return;
      out.say(`Starting ${group.map(({ name }) => name).join(', ')}…`);
      const started = group.map((part) =>
        startPart(part, parts.length + group.indexOf(part), {
          print: out.say,
          onGivenUp: (reason) => stop.abort(new Error(reason)),
          onChange: () => taken.record(parts.map((running) => ({ name: running.name, pid: running.pid() }))),
          stopTimeoutMs: settings.SHUTDOWN_TIMEOUT_MS + 2000,
        }),
      );
      parts.push(...started);
      taken.record(parts.map((running) => ({ name: running.name, pid: running.pid() })));
      await Promise.all(started.map((part) => part.waitUntilReady()));
      stop.signal.throwIfAborted();
    };
    await start(platform.servers);
    await start(platform.services);
    out.say(`The API answers at ${platform.apiUrl}.`);

    const { apiUrl, orchestratorUrl } = platform;
    const access = { apiUrl, orchestratorUrl, apiKey, apiKeyName: settings.API_KEY_NAME };
    succeeded = await extract(access, options, out, stop.signal);
    if (!options.once) {
      const [example] = await productTypes(access).catch(() => []);
      sayWhereThingsAre(platform, apiKey, settings.API_KEY_NAME, example, out);
      out.say('Running; Ctrl-C stops everything.');
      if (succeeded && options.extract !== 'never') {
        await analyse(access, out, stop.signal).catch((error: unknown) => {
          stop.signal.throwIfAborted();
          out.say(`The first statistics could not be started: ${(error as Error).message}`);
        });
      }
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
      stop.signal.throwIfAborted();
    }
  } catch (error) {
    if (!(error instanceof Stopped)) {
      succeeded = false;
      out.endProgress();
      process.stderr.write(`\nerror: ${(error as Error).message}\n`);
    } else if (!options.once) succeeded = true;
  }

  if (parts.length > 0) out.say('Stopping…');
  // The other way round: who takes requests in stops first, databases last.
  for (const part of [...parts].reverse()) await part.stop();
  folder?.release();
  if (parts.length > 0) out.say('Stopped.');
  process.exit(succeeded ? 0 : 1);
}
