import { join, resolve } from 'node:path';
import { type ApiClient, createApiClient } from '@ecobalyse/api-client';
import {
  loadEnvFile,
  mongodbUri,
  projectRoot,
  readSettings,
  type SettingName,
  settingSchemas,
} from '@ecobalyse/service-kit';
import { writeApiKey } from './api-key-file.js';
import { createConsole } from './console.js';
import { type DataFolder, takeDataFolder } from './data-folder.js';
import { checkGivenServers, mongodbAnswers } from './given-servers.js';
import { isGiven } from './is-given.js';
import { HELP, type LauncherOptions, readOptions } from './options.js';
import { layOut, type Platform } from './parts.js';
import {
  analysisIsReady,
  ensureAnalysis,
  ensureExtraction,
  productTypes,
  summarise,
  watchRun,
} from './pipeline-runs.js';
import { type RunningPart, startPart } from './processes.js';

/** A local worker that died is replaced at once, so its jobs need not wait long. */
const LOCAL_JOB_LOCK_MS = '5000';

/** npm and `timeout` pass on a signal that reached the whole process group already: twice within this time is once. */
const SAME_SIGNAL_MS = 1000;

/** What has not begun to answer has nothing to finish: its end is not waited for as long as `SHUTDOWN_TIMEOUT_MS`. */
const STOP_DURING_START_MS = 2000;

const ANALYSED = 'Statistics and predictions are ready.';

/** A stop that was asked for, as opposed to a failure. */
class Stopped extends Error {}

/** Extracts what is needed, or asked for; gives whether that succeeded. */
async function extract(
  api: ApiClient,
  options: LauncherOptions,
  out: ReturnType<typeof createConsole>,
  signal: AbortSignal,
): Promise<boolean> {
  if (options.extract === 'never') return true;
  try {
    const started = await ensureExtraction(api, options.extract, {
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
    const run = await watchRun(api, started.runId, out, signal);
    out.endProgress();
    for (const line of summarise(run)) out.say(line);
    return run.state === 'succeeded';
  } finally {
    out.endProgress();
  }
}

/**
 * Sees that statistics and models cover the data, while everything answers already. What fails is tried again by the
 * schedule.
 *
 * @returns whether it said anything.
 */
async function analyse(api: ApiClient, out: ReturnType<typeof createConsole>, signal: AbortSignal): Promise<boolean> {
  const analysis = await ensureAnalysis(api, signal);
  if (analysis === undefined) return false;
  if (analysis !== 'ready') {
    out.say('Computing statistics and models, while everything answers already…');
    const { state } = await watchRun(api, analysis.runId, out, signal);
    if (state !== 'succeeded') {
      out.say(
        `Statistics and predictions are not ready: the run ${state}. The pipelines’ page tells why; the schedule tries again.`,
      );
      return true;
    }
  }
  out.say(ANALYSED);
  return true;
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

/** Whether the environment or `.env` names a Redis to use. */
export function redisIsGiven(): boolean {
  loadEnvFile();
  return isGiven('REDIS_URL');
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
    options = readOptions(args, process.env);
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
  const stop = new AbortController();
  process.on('uncaughtException', (error) => stop.abort(error));
  const groups: RunningPart[][] = [];
  const running = () => groups.flat();
  let askedAt = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        askedAt = performance.now();
        stop.abort(new Stopped(signal));
      } else if (performance.now() - askedAt > SAME_SIGNAL_MS) {
        for (const part of running()) part.kill();
        process.exit(1);
      }
    });
  }
  const stopped = new Promise<never>((_, reject) =>
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true }),
  );
  stopped.catch(() => undefined);
  let folder: DataFolder | undefined;
  let stopTimeoutMs = STOP_DURING_START_MS;

  /** Everything up to the moment when it only has to stay up; gives whether the job succeeded. */
  async function work(): Promise<boolean> {
    loadEnvFile();
    const settings = readSettings(Object.keys(settingSchemas) as SettingName[]);
    if (options.reset && mongodbUri(settings)) {
      throw new Error(
        '--reset deletes the embedded database only: the settings name another one, so empty that database yourself',
      );
    }
    const inProject = (path: string) => resolve(projectRoot(), path);
    const products = isGiven('PRODUCTS_FOLDER') ? inProject(settings.PRODUCTS_FOLDER) : undefined;
    const taken = await takeDataFolder(inProject(settings.DATA_DIR), options.reset, out.say, products);
    folder = taken;
    taken.record([]);

    const envFile = join(projectRoot(), '.env');
    const apiKey = settings.API_KEY ?? writeApiKey(envFile);
    if (!settings.API_KEY) out.say(`A new API key was written to ${envFile}.`);

    const faults = await checkGivenServers(settings, out.say);
    const platform = await layOut(settings, apiKey, taken, options);
    process.env.LOG_FORMAT ||= 'text';
    const more = isGiven('LOG_LEVEL') ? '' : ' LOG_LEVEL=info tells more of what the services do.';
    process.env.LOG_LEVEL ||= 'warn';
    process.env.JOB_LOCK_MS ||= LOCAL_JOB_LOCK_MS;

    const onChange = () => taken.record(running().map((part) => ({ name: part.name, pid: part.pid() })));
    const start = async (group: Platform['services']) => {
      if (group.length === 0) return;
      stop.signal.throwIfAborted();
      out.say(`Starting ${group.map(({ name }) => name).join(', ')}…`);
      const first = running().length;
      const onGivenUp = (reason: string) => stop.abort(new Error(reason));
      const started = group.map((part, index) =>
        startPart(part, first + index, { print: out.say, onGivenUp, onChange }),
      );
      groups.push(started);
      onChange();
      await Promise.all(started.map((part) => part.waitUntilReady()));
    };
    await start(platform.servers);
    const upstreamFault = options.extract === 'never' ? undefined : faults.get('ECOBALYSE_API_URL');
    const isNeeded = async () =>
      options.extract === 'always' || !(await mongodbAnswers(platform.databaseUri, settings.DB_NAME));
    if (upstreamFault && (await isNeeded())) {
      throw new Error(
        `The extraction failed at "reference-data": the Ecobalyse API cannot be reached. ECOBALYSE_API_URL: ${upstreamFault}`,
      );
    }
    await Promise.all([start(platform.upstream), start(platform.services)]);
    stopTimeoutMs = settings.SHUTDOWN_TIMEOUT_MS + 2000;
    out.say(`The API answers at ${platform.apiUrl}.`);

    const { apiUrl, orchestratorUrl } = platform;
    const api = createApiClient({
      apiUrl,
      orchestratorUrl,
      key: apiKey,
      keyName: settings.API_KEY_NAME,
      userAgent: 'ecobalyse-start',
      timeoutMs: 10_000,
      // A machine that is busy starting all this answers late.
      retries: 3,
    });
    const succeeded = await extract(api, options, out, stop.signal);
    if (options.once) return succeeded;
    const sayHowToUseIt = async () => {
      const [example] = await productTypes(api).catch(() => []);
      sayWhereThingsAre(platform, apiKey, settings.API_KEY_NAME, example, out);
      out.say(`Running; Ctrl-C stops everything.${more}`);
    };
    const wanted = succeeded && options.extract !== 'never';
    const isReady = wanted && (await analysisIsReady(api).catch(() => false));
    if (isReady) out.say(ANALYSED);
    await sayHowToUseIt();
    if (wanted && !isReady) {
      const said = await analyse(api, out, stop.signal).catch((error: unknown) => {
        stop.signal.throwIfAborted();
        out.say(`The first statistics could not be started: ${(error as Error).message}`);
        return true;
      });
      // What to do next stands last.
      if (said) await sayHowToUseIt();
    }
    return stopped;
  }

  let succeeded = false;
  try {
    succeeded = await Promise.race([work(), stopped]);
  } catch (error) {
    if (error instanceof Stopped) succeeded = !options.once;
    else {
      out.endProgress();
      process.stderr.write(`\nerror: ${(error as Error).message}\n`);
    }
  }
  // Nothing is started any more.
  if (!stop.signal.aborted) askedAt = performance.now();
  stop.abort(new Stopped('end'));

  const parts = running();
  if (parts.length > 0) out.say('Stopping…');
  // The other way round: who takes work in stops first, databases last.
  for (const group of [...groups].reverse()) await Promise.all(group.map((part) => part.stop(stopTimeoutMs)));
  folder?.release();
  if (parts.length > 0) out.say('Stopped.');
  process.exit(succeeded ? 0 : 1);
}
