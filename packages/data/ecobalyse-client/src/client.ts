import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { bsonOfJson, documentsOf } from '@ecobalyse/bson';
import {
  type CountryItem,
  countryItemSchema,
  type DetailedSimulation,
  detailedSimulationSchema,
  type ImpactDocumentation,
  type NamedItem,
  namedItemSchema,
  withZeros,
} from '@ecobalyse/schema';
import { traceCalls } from '@ecobalyse/telemetry';
import { accepts } from '@ecobalyse/textile-method';
import axios, { type AxiosAdapter, AxiosError, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import axiosRetry, { retryAfter } from 'axios-retry';
import pLimit from 'p-limit';
import { z } from 'zod';
import { retries as countedRetries, measureCalls } from './call-metrics.js';
import {
  type BsonAnswer,
  readBsonAnswer,
  type TextAnswer,
  withoutOurFields,
  wrongAnswer,
  wrongEcho,
} from './check-answer.js';
import {
  UpstreamCancelledError,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from './errors.js';
import {
  compareMaterials,
  haveSameIds,
  type MaterialIds,
  ourMaterials,
  withOurIds,
  withTheirIds,
} from './material-ids.js';
import { openOwnPace, openSharedPace, type Pace, type SharedPaceOptions } from './pace.js';

const MEBIBYTE = 1024 * 1024;
/** An answer has some 20 KB. As a document, where each element of an array bears its index, it may grow to sixfold: 16 MiB is the most. */
const MAX_ANSWER_MIB = 2;
/** A call waits so long for what Retry-After says; what is longer it reports, and its caller waits. */
const MAX_RETRY_DELAY_MS = 60_000;
/** No upstream is left alone for longer, whatever its Retry-After says. */
const MAX_SILENCE_MS = 3_600_000;
/** A version of the method that was read so long ago is read anew. */
const METHOD_VERSION_AGE_MS = 60_000;
/** The official API's documentation says this of every version. */
const VERSION_OF_ALL = '0.0.1-alpha';
/** A refusal for which upstream's list of materials had nothing new is not a reason to read it again so soon. */
const LIST_AGE_MS = 60_000;
/** Queries of one batch: their answers have to be less than {@link MAX_ANSWER_MIB} together. */
const BATCH_QUERIES = 50;
const FIRST_RETRY_DELAY_MS = 200;
/** Callers that failed together come back one after the other. */
const JITTER = 0.2;
/** What the official service may be asked without being a burden. */
const OFFICIAL_REQUESTS_PER_SECOND = 5;
const BATCH_PATH = '/textile/simulator/batch';
const BSON = 'application/bson';
const USER_AGENT = 'ecobalyse-platform/0.1 (textile environmental cost; axios)';

export interface EcobalyseClientOptions {
  /** Address of the API, such as `http://127.0.0.1:8001/api`. */
  baseUrl: string;
  token?: string | undefined;
  /** Pace in requests a second, 0 for unbounded; by default 5 for a public host and unbounded for a local one. */
  requestsPerSecond?: number | undefined;
  /**
   * Where the processes that ask the same host keep the pace together. Without it, and while Redis is away, this process
   * keeps the pace by itself.
   */
  sharedPace?: Pick<SharedPaceOptions, 'redisUrl' | 'onError'> | undefined;
  /** Requests under way at once. */
  concurrency: number;
  /** Longest wait for one answer. */
  timeoutMs: number;
  /** Further tries after a network error, a 429 or a 5xx, and after an answer that is none. */
  retries: number;
  /** Wait before the first retry, 200 ms by default; doubled at each one, with up to 20 % of jitter. */
  retryDelayMs?: number;
}

/** Reading side of an Ecobalyse-compatible API. Every call ends, and rejects with one of the `Upstream…Error`s. */
export interface EcobalyseClient {
  /** The pace that is kept towards upstream; 0 when there is none. */
  readonly requestsPerSecond: number;
  countries(signal?: AbortSignal): Promise<CountryItem[]>;
  materials(signal?: AbortSignal): Promise<NamedItem[]>;
  products(signal?: AbortSignal): Promise<NamedItem[]>;
  /** Descriptions of the impacts, and the version of the method, from the API's own documentation. */
  documentation(signal?: AbortSignal): Promise<UpstreamDocumentation>;
  /**
   * Version of the method that upstream computes with; null when it does not tell. An answer that shows that another version
   * has come has it read anew: asked for after an answer, it is that of the answer.
   *
   * @param maxAgeMs - how long ago it may have been read; a minute by default.
   */
  methodVersion(signal?: AbortSignal, maxAgeMs?: number): Promise<string | null>;
  /** What upstream told of its figures with its version: our simulator a hash of them, the official API nothing. */
  figures(): string | undefined;
  /**
   * The detailed answer for a query, as received: fields that we do not know are kept, but for those that bear the names of
   * the platform's own. An answer that is for another garment, or 0 throughout, is none.
   *
   * An upstream that has other ids for the materials of the method is asked with its own, whenever it changes them, and
   * what it answers, lists or refuses is given with ours.
   */
  simulateDetailed(query: object, signal?: AbortSignal): Promise<DetailedSimulation>;
  /**
   * What comes of asking for many at once, in their order; null for what is to be asked for by itself, which is all where
   * upstream cannot be asked so, or is not to be because of its pace.
   */
  simulateTogether(queries: readonly object[], signal?: AbortSignal): Promise<(TextAnswer | null)[]>;
  /** The same as BSON, which is how our simulator gives them where it is asked to. */
  simulateTogetherAsBson(queries: readonly object[], signal?: AbortSignal): Promise<(BsonAnswer | null)[]>;
  /**
   * The same for many queries, in their order; a refusal in the place of an answer. An upstream that no pace is kept towards is
   * asked for many at once, as our simulator can be (`POST /textile/simulator/batch`), and one by one when it cannot.
   */
  simulateManyDetailed(
    queries: readonly object[],
    signal?: AbortSignal,
  ): Promise<(DetailedSimulation | UpstreamRefusedError)[]>;
  /** Closes the connections. */
  close(): void;
}

export interface UpstreamDocumentation {
  methodVersion: string | null;
  impacts: ImpactDocumentation[];
}

const isFigure = (value: unknown) => typeof value === 'number';

/** Whether something is an answer: the schema says it too, in ten times the time, as it copies what it reads. */
const isAnswer = accepts(detailedSimulationSchema);

const refusalSchema = z.object({
  error: z.union([z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))]),
});

/** An item of the materials: version 8 of the official API documents `uuid` for its id. */
const materialItemSchema = z
  .looseObject({ id: z.string().optional(), uuid: z.string().optional(), name: z.string() })
  .transform(({ id, uuid, ...item }, { addIssue }) => {
    const own = id ?? uuid;
    if (own === undefined) addIssue({ code: 'custom', path: ['id'], message: 'expected id, or uuid' });
    return { ...item, id: own ?? '' };
  });

const versionSchema = z.object({
  version: z.string().optional().catch(undefined),
  'x-figures': z.string().max(100).optional().catch(undefined),
  info: z.object({ version: z.string() }).optional().catch(undefined),
});

const openApiSchema = versionSchema.extend({
  components: z.object({
    schemas: z.object({
      Impacts: z.object({ properties: z.record(z.string(), z.object({ description: z.string().optional() })) }),
    }),
  }),
});

/** Whether an address is one of this machine or of a private network, where no pace is needed. */
export function isLocalHost(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
  return /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$)/.test(host) || !/[.:]/.test(host);
}

/** Requests a second towards the host; 0 for unbounded. */
export const turnsPerSecondOf = ({ baseUrl, requestsPerSecond }: EcobalyseClientOptions): number =>
  requestsPerSecond ?? (isLocalHost(baseUrl) ? 0 : OFFICIAL_REQUESTS_PER_SECOND);

interface RetryWait {
  firstMs?: number | undefined;
  askedMs?: number;
  /** From 0 to 1. */
  random?: number;
}

/**
 * Milliseconds to wait before a further try, of which the first is 1: as long as upstream asks for, or doubled each time,
 * with up to 20 % of jitter.
 */
export const retryDelay = (
  attempt: number,
  { firstMs = FIRST_RETRY_DELAY_MS, askedMs = 0, random = Math.random() }: RetryWait,
): number => Math.max(firstMs * 2 ** (attempt - 1), askedMs) * (1 + JITTER * random);

/** The pace towards the host; undefined when it is unbounded. */
function openPace(options: EcobalyseClientOptions): Pace | undefined {
  const { baseUrl, sharedPace } = options;
  const turnsPerSecond = turnsPerSecondOf(options);
  if (turnsPerSecond === 0) return undefined;
  if (sharedPace === undefined) return openOwnPace(turnsPerSecond);
  return openSharedPace({ ...sharedPace, of: new URL(baseUrl).host, turnsPerSecond });
}

/** How a batch is asked for, and how what comes is read. */
interface BatchForm<Answer> {
  config: { params?: object; headers?: Record<string, string>; responseType?: 'arraybuffer' };
  read: (
    response: AxiosResponse<never>,
    queries: readonly object[],
    ids: MaterialIds | undefined,
  ) => (Answer | null)[] | undefined;
}

function parseJson(response: AxiosResponse<string>, what: string): unknown {
  try {
    return JSON.parse(response.data);
  } catch {
    throw new UpstreamMalformedError(`the Ecobalyse API answered something other than JSON to ${what}`, {
      kind: 'not-json',
    });
  }
}

function readAnswer<T>(schema: z.ZodType<T>, response: AxiosResponse<string>, what: string): T {
  const result = schema.safeParse(parseJson(response, what));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UpstreamMalformedError(
    `the Ecobalyse API's answer to ${what} is not what its contract says: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

function refusalReasons(response: AxiosResponse<string>, what: string): Record<string, string> {
  const { error } = readAnswer(refusalSchema, response, what);
  if (typeof error === 'string') return { general: error };
  return Object.fromEntries(
    Object.entries(error).map(([field, reason]) => [field, Array.isArray(reason) ? reason.join(' ') : reason]),
  );
}

/**
 * The version of the method: the official API tells it at the top of its documentation, others in `info`; an address that
 * names a version has no other.
 */
function versionOf({ version, info }: z.output<typeof versionSchema>, baseUrl: string): string | null {
  const named = /\/versions\/([^/]+)(\/|$)/.exec(new URL(baseUrl).pathname)?.[1];
  const told = version || named || (info?.version === VERSION_OF_ALL ? undefined : info?.version);
  return told?.replace(/^v(?=\d)/, '') || null;
}

/** Whether a refusal may be that of an upstream which has other ids for our materials. */
const mayBeForIds = (error: unknown): error is UpstreamRefusedError =>
  error instanceof UpstreamRefusedError && ('materials' in error.reasons || 'decoding' in error.reasons);

/** A refusal by the ids that its query was asked with, whatever upstream was sent. */
function refusalInOurIds({ reasons }: UpstreamRefusedError, query: object, ids: MaterialIds | undefined) {
  const inOurs = (text: string) =>
    ourMaterials(query, ids).reduce((changed, [ours, sent]) => changed.replaceAll(sent, ours), text);
  return new UpstreamRefusedError(
    Object.fromEntries(Object.entries(reasons).map(([field, reason]) => [field, inOurs(reason)])),
  );
}

/** The first material that a refusal names, by our id and as it was sent; nothing twice when it names none. */
const namedIn = (refusal: UpstreamRefusedError, sent: readonly [ours: string, sent: string][]) =>
  sent.find(([ours]) => refusal.message.includes(ours)) ?? (['', ''] as const);

/** What a status means that is no refusal of a query, or the code of an error that asking again does not mend. */
const MALFORMED_KINDS = {
  ERR_FR_TOO_MANY_REDIRECTS: 'not-found',
  401: 'unauthorised',
  403: 'unauthorised',
  404: 'not-found',
  405: 'not-found',
  410: 'not-found',
} as const;

/** The status of a whole answer; undefined when there is none, also when a good one was cut. */
function statusOf({ response }: AxiosError): number | undefined {
  return response && response.status >= 300 ? response.status : undefined;
}

/** Whether an answer was not read to its end because of its length; the code of the error is also that of one that was cut. */
const isTooLarge = ({ message }: AxiosError) => message.startsWith('maxContentLength');

/** Whether a status is that of an upstream which answers later. */
const isForNow = (status: number) => status === 408 || status === 429 || status >= 500;

/** How long upstream wants to be left alone. */
const silenceOf = (error: AxiosError): number => Math.min(retryAfter(error), MAX_SILENCE_MS);

function isTransient(error: AxiosError): boolean {
  if (axios.isCancel(error) || isTooLarge(error) || (error.code ?? '') in MALFORMED_KINDS) return false;
  const status = statusOf(error);
  return (status === undefined || isForNow(status)) && silenceOf(error) <= MAX_RETRY_DELAY_MS;
}

/** The client's own error for whatever kept a call from its answer. */
function failure(error: unknown, what: string): Error {
  if (!axios.isAxiosError(error)) return error instanceof Error ? error : new Error(String(error));
  const status = statusOf(error);
  if (status === 400 || status === 422) {
    return new UpstreamRefusedError(refusalReasons(error.response as AxiosResponse, what));
  }
  if (isTooLarge(error)) {
    return new UpstreamMalformedError(`the Ecobalyse API's answer to ${what} has more than ${MAX_ANSWER_MIB} MiB`, {
      kind: 'wrong',
    });
  }
  const malformed = MALFORMED_KINDS[(status ?? error.code) as keyof typeof MALFORMED_KINDS];
  if (malformed !== undefined || (status !== undefined && !isForNow(status))) {
    const kind = malformed ?? 'contract';
    return new UpstreamMalformedError(`the Ecobalyse API answered ${status ?? error.code} to ${what}`, { kind });
  }
  const retryAfterSeconds = Math.ceil(silenceOf(error) / 1000) || undefined;
  if (status === 429) return tooOften(what, retryAfterSeconds);
  const isSlow = error.code === AxiosError.ECONNABORTED || status === 408;
  const reason = status === undefined ? (error.code ?? error.message) : `status ${status}`;
  const kind = isSlow ? 'slow' : 'unreachable';
  return new UpstreamUnreachableError(`the Ecobalyse API cannot be reached for ${what} (${reason})`, {
    kind,
    retryAfterSeconds,
  });
}

function tooOften(what: string, retryAfterSeconds: number | undefined): UpstreamUnreachableError {
  const until = retryAfterSeconds === undefined ? '' : `, and wants to be left alone for ${retryAfterSeconds} s`;
  return new UpstreamUnreachableError(`the Ecobalyse API does not take ${what} now${until}`, {
    kind: 'rate-limited',
    retryAfterSeconds,
  });
}

/** Whether an answer came that is none, as one of many may be: by a cache, a proxy or an upstream that just restarts. */
const isBadAnswer = (error: unknown): boolean =>
  error instanceof UpstreamMalformedError && (error.kind === 'not-json' || error.isAnswer);

/** The timeout of axios ends with the first byte; an answer that comes drop by drop must not go on for ever either. */
function wholeAnswerWithin(ms: number): AxiosAdapter {
  const adapter = axios.getAdapter('http');
  return async (config) => {
    const late = AbortSignal.timeout(ms);
    const given = config.signal as AbortSignal | undefined;
    try {
      const response = await adapter({ ...config, signal: given ? AbortSignal.any([given, late]) : late });
      // What measures, traces or tries again knows the call by its configuration.
      response.config = config;
      return response;
    } catch (error) {
      if (axios.isAxiosError(error)) error.config = config;
      if (!late.aborted || given?.aborted) throw error;
      throw new AxiosError(`timeout of ${ms}ms exceeded`, AxiosError.ECONNABORTED, config);
    }
  };
}

/**
 * Client of an Ecobalyse-compatible API.
 *
 * Network errors, timeouts, 429 and 5xx are tried again with exponential backoff and jitter, and so is an answer that is
 * none; refusals never are. After a Retry-After no call of the client asks before it has passed: a call waits for up to a
 * minute, and rejects with what remains when it is longer. Concurrency and pace hold for all calls of one client together,
 * retries included.
 */
export function createEcobalyseClient(options: EcobalyseClientOptions): EcobalyseClient {
  const { baseUrl, token, concurrency, timeoutMs, retries, retryDelayMs: firstMs } = options;
  const agentOptions = { keepAlive: true, maxSockets: concurrency };
  const httpAgent = new HttpAgent(agentOptions);
  const httpsAgent = new HttpsAgent(agentOptions);

  const http = axios.create({
    baseURL: baseUrl.replace(/\/$/, ''),
    timeout: timeoutMs,
    adapter: wholeAnswerWithin(timeoutMs),
    httpAgent,
    httpsAgent,
    maxContentLength: MAX_ANSWER_MIB * MEBIBYTE,
    maxBodyLength: MEBIBYTE,
    maxRedirects: 3,
    responseType: 'text',
    transformResponse: (text) => text,
    headers: {
      'user-agent': USER_AGENT,
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
  });
  // Request interceptors run from the last to the first: the wait for a turn is not the call's.
  measureCalls(http);
  traceCalls(http);
  const pace = openPace(options);
  if (pace !== undefined) {
    http.interceptors.request.use(async (config) => {
      await pace.nextTurn(config.signal as AbortSignal | undefined);
      return config;
    });
  }
  let silentUntil = 0;
  const silence = () => Math.max(0, silentUntil - performance.now());
  http.interceptors.request.use(async (config) => {
    if (silence() > MAX_RETRY_DELAY_MS) throw tooOften(String(config.url), Math.ceil(silence() / 1000));
    const signal = config.signal as AbortSignal | undefined;
    // Whoever is aborted meanwhile is told by axios.
    if (silence() > 0) await wait(silence(), undefined, signal && { signal }).catch(() => undefined);
    return config;
  });
  http.interceptors.response.use(undefined, (error: unknown) => {
    if (axios.isAxiosError(error)) silentUntil = Math.max(silentUntil, performance.now() + silenceOf(error));
    return Promise.reject(error);
  });
  axiosRetry(http, {
    retries,
    shouldResetTimeout: true,
    retryCondition: isTransient,
    retryDelay: (attempt, error) => retryDelay(attempt, { firstMs, askedMs: retryAfter(error) }),
  });

  const limit = pLimit(concurrency);
  /** The error of a caller who gave up: by a deadline upstream was slow, or silent as it wanted. */
  function givenUp(what: string, { reason }: AbortSignal): Error {
    if (!(reason instanceof DOMException) || reason.name !== 'TimeoutError')
      return new UpstreamCancelledError(what, reason);
    if (silence() > 0) return tooOften(what, Math.ceil(silence() / 1000));
    return new UpstreamUnreachableError(`the Ecobalyse API took too long for ${what}`, { kind: 'slow' });
  }
  const request = (config: AxiosRequestConfig, what: string): Promise<AxiosResponse<string>> =>
    limit(async () => {
      const signal = config.signal as AbortSignal | undefined;
      try {
        // Who has gone takes no turn from the others.
        signal?.throwIfAborted();
        return await http.request<string>(config);
      } catch (error) {
        throw signal?.aborted ? givenUp(what, signal) : failure(error, what);
      }
    });

  /** Asks, and asks again for an answer that is none. */
  async function ask<T>(
    config: Pick<AxiosRequestConfig, 'data' | 'params' | 'responseType'> & {
      method: 'GET' | 'POST';
      url: string;
      headers?: Record<string, string>;
    },
    read: (response: AxiosResponse<string>, what: string) => T,
    signal?: AbortSignal,
    what = config.url,
  ): Promise<T> {
    const aborted = { ...(signal && { signal }) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return read(await request({ ...config, ...aborted }, what), what);
      } catch (error) {
        if (!isBadAnswer(error) || attempt > retries) throw error;
        countedRetries.inc({ path: config.url });
        await wait(retryDelay(attempt, { firstMs }), undefined, aborted).catch(() => undefined);
      }
    }
  }

  const list = <T>(url: string, item: z.ZodType<T>, signal?: AbortSignal): Promise<T[]> =>
    ask({ method: 'GET', url }, (response, what) => readAnswer(z.array(item), response, what), signal);

  const document = <T>(schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> =>
    ask(
      { method: 'GET', url: '/' },
      (response, what) => readAnswer(schema, response, what),
      signal,
      'its documentation',
    );

  let knownVersion: { methodVersion: string | null; figures: string | undefined; readAt: number } | undefined;
  let hadPef: boolean | undefined;
  let materialIds: MaterialIds | undefined;
  /** Until when a refusal is taken at its word, by the id that it names, or none. */
  const trustedUntil = new Map<string, number>();

  async function materials(signal?: AbortSignal): Promise<NamedItem[]> {
    const theirs = await list('/textile/materials', materialItemSchema, signal);
    const ids = compareMaterials(theirs);
    if (!haveSameIds(ids, materialIds)) knownVersion = undefined;
    materialIds = ids;
    return theirs.map((item) => ({ ...item, id: ids.toOurs.get(item.id) ?? item.id }));
  }

  const queryFor = (query: object, ids: MaterialIds | undefined) =>
    ids === undefined ? query : withTheirIds(query, ids);
  /** Another version has come, whatever it was a moment ago, where answers have an indicator that they had not. */
  function lookAtForm({ impacts }: Pick<DetailedSimulation, 'impacts'>): void {
    const hasPef = isFigure(impacts.pef);
    if (hadPef !== undefined && hadPef !== hasPef) knownVersion = undefined;
    hadPef = hasPef;
  }

  function answerFrom(received: DetailedSimulation, json: string, ids: MaterialIds | undefined): TextAnswer {
    lookAtForm(received);
    const theirs = withoutOurFields(received);
    const answer = ids === undefined ? theirs : withOurIds(theirs, ids);
    return { answer, json: answer === received ? json : JSON.stringify(answer) };
  }

  /** Asks with a set of ids; what comes, or is refused, has ours. */
  async function simulate(query: object, ids: MaterialIds | undefined, signal?: AbortSignal) {
    const data = queryFor(query, ids);
    const read = (response: AxiosResponse<string>, what: string) => {
      const received = parseJson(response, what);
      // As it came, however it was asked for: the schema would put its keys into another order.
      const given = answerFrom(
        isAnswer(received) ? (received as DetailedSimulation) : readAnswer(detailedSimulationSchema, response, what),
        response.data,
        ids,
      );
      const fault = wrongAnswer(query, given);
      if (fault === undefined) return given.answer;
      throw new UpstreamMalformedError(`the Ecobalyse API's answer to ${what} is wrong: ${fault}`, { kind: 'wrong' });
    };
    try {
      return await ask({ method: 'POST', url: '/textile/simulator/detailed', data }, read, signal);
    } catch (error) {
      throw error instanceof UpstreamRefusedError ? refusalInOurIds(error, query, ids) : error;
    }
  }

  /** Asks with the ids that upstream lists now, unless a query was refused for another reason than those it was sent with. */
  async function simulateWithNewIds(
    query: object,
    refusal: UpstreamRefusedError,
    idsThen: MaterialIds | undefined,
    signal?: AbortSignal,
  ) {
    const sent = ourMaterials(query, idsThen);
    const [ours, named] = namedIn(refusal, sent);
    if (materialIds === idsThen && sent.length > 0 && performance.now() >= (trustedUntil.get(named) ?? 0)) {
      await materials(signal).catch((error: unknown) => {
        // While the list cannot be had, a refusal of an id that the user never sent is none.
        throw ours === named ? refusal : error;
      });
    }
    const ids = materialIds;
    const sentNow = ourMaterials(query, ids);
    try {
      if (sentNow.every(([, id], index) => id === sent[index]?.[1])) throw refusal;
      return await simulate(query, ids, signal);
    } catch (error) {
      if (error instanceof UpstreamRefusedError)
        trustedUntil.set(namedIn(error, sentNow)[1], performance.now() + LIST_AGE_MS);
      throw error;
    }
  }

  async function simulateDetailed(query: object, signal?: AbortSignal) {
    const idsThen = materialIds;
    try {
      return await simulate(query, idsThen, signal);
    } catch (error) {
      if (!mayBeForIds(error)) throw error;
      return simulateWithNewIds(query, error, idsThen, signal);
    }
  }

  let takesBatches = pace === undefined;

  /** Reads the lines of a batch; null for what is no good answer to its query. */
  function readLines(response: AxiosResponse<unknown>, queries: readonly object[], ids: MaterialIds | undefined) {
    const lines = String(response.data).trimEnd().split('\n');
    return lines.map((line, at): TextAnswer | null => {
      const received = withZeros(parseJson({ ...response, data: line }, BATCH_PATH));
      const given = isAnswer(received) ? answerFrom(received as DetailedSimulation, line, ids) : null;
      return given && wrongAnswer(queries[at] ?? {}, given) === undefined ? given : null;
    });
  }

  /** Reads a batch that was asked for as BSON, and may have come as lines. */
  function readDocuments(response: AxiosResponse<Buffer>, queries: readonly object[], ids: MaterialIds | undefined) {
    if (!String(response.headers['content-type']).startsWith(BSON))
      return readLines(response, queries, ids).map(
        (given): BsonAnswer | null => given && { answer: given.answer, bson: bsonOfJson(given.answer) },
      );
    return documentsOf(response.data)?.map((bson, at): BsonAnswer | null => {
      const answer = readBsonAnswer(bson);
      // What has other ids than ours is asked for by itself.
      if (!answer || (ids && withOurIds(answer as DetailedSimulation, ids) !== answer)) return null;
      lookAtForm(answer);
      return wrongEcho(queries[at] ?? {}, answer) === undefined ? { answer, bson } : null;
    });
  }

  /** Asks for a batch; null for what came no good answer to. */
  async function simulateBatch<Answer>(
    queries: readonly object[],
    { config, read }: BatchForm<Answer>,
    signal?: AbortSignal,
  ): Promise<(Answer | null)[]> {
    const ids = materialIds;
    const data = queries.map((query) => JSON.stringify(queryFor(query, ids))).join('\n');
    const readAll = (response: AxiosResponse<never>, what: string) => {
      const answers = read(response, queries, ids);
      if (answers?.length === queries.length) return answers;
      const told = answers ? `${answers.length} answers` : 'no whole answer';
      throw new UpstreamMalformedError(`the Ecobalyse API gave ${told} to ${what} of ${queries.length}`);
    };
    const headers = { 'content-type': 'application/x-ndjson', ...config.headers };
    try {
      return await ask({ method: 'POST', url: BATCH_PATH, data, ...config, headers }, readAll as never, signal);
    } catch (error) {
      if (!(error instanceof UpstreamMalformedError || error instanceof UpstreamRefusedError)) throw error;
      takesBatches = false;
      return queries.map(() => null);
    }
  }

  async function inBatches<Answer>(queries: readonly object[], form: BatchForm<Answer>, signal?: AbortSignal) {
    if (!takesBatches) return queries.map(() => null);
    const batches = Array.from({ length: Math.ceil(queries.length / BATCH_QUERIES) }, (_, at) =>
      queries.slice(at * BATCH_QUERIES, (at + 1) * BATCH_QUERIES),
    );
    return (await Promise.all(batches.map((batch) => simulateBatch(batch, form, signal)))).flat();
  }

  const AS_LINES: BatchForm<TextAnswer> = { config: { params: { zeros: 'omitted' } }, read: readLines };
  const AS_BSON: BatchForm<BsonAnswer> = {
    config: { headers: { accept: BSON }, responseType: 'arraybuffer' },
    read: readDocuments,
  };
  const simulateTogether = (queries: readonly object[], signal?: AbortSignal) => inBatches(queries, AS_LINES, signal);
  const simulateTogetherAsBson = (queries: readonly object[], signal?: AbortSignal) =>
    inBatches(queries, AS_BSON, signal);

  async function simulateManyDetailed(queries: readonly object[], signal?: AbortSignal) {
    const together = await simulateTogether(queries, signal);
    const answerTo = async (query: object, at: number) => {
      try {
        return together[at]?.answer ?? (await simulateDetailed(query, signal));
      } catch (error) {
        if (error instanceof UpstreamRefusedError) return error;
        throw error;
      }
    };
    return Promise.all(queries.map(answerTo));
  }

  return {
    requestsPerSecond: turnsPerSecondOf(options),
    countries: (signal) => list('/textile/countries', countryItemSchema, signal),
    materials,
    products: (signal) => list('/textile/products', namedItemSchema, signal),

    async documentation(signal) {
      const told = await document(openApiSchema, signal);
      const impacts = Object.entries(told.components.schemas.Impacts.properties);
      return {
        methodVersion: versionOf(told, baseUrl),
        impacts: impacts.map(([code, { description = '' }]) => ({ code, description })),
      };
    },

    async methodVersion(signal, maxAgeMs = METHOD_VERSION_AGE_MS) {
      if (knownVersion === undefined || performance.now() - knownVersion.readAt >= maxAgeMs) {
        const readAt = performance.now();
        const told = await document(versionSchema, signal);
        knownVersion = { methodVersion: versionOf(told, baseUrl), figures: told['x-figures'], readAt };
      }
      return knownVersion.methodVersion;
    },

    figures: () => knownVersion?.figures,

    simulateDetailed,
    simulateTogether,
    simulateTogetherAsBson,
    simulateManyDetailed,

    close() {
      pace?.close();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
