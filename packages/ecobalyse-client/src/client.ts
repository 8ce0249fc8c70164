import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  type CountryItem,
  countryItemSchema,
  type DetailedSimulation,
  detailedSimulationSchema,
  type ImpactDocumentation,
  type NamedItem,
  namedItemSchema,
} from '@ecobalyse/schema';
import { traceCalls } from '@ecobalyse/telemetry';
import axios, { type AxiosAdapter, AxiosError, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import axiosRetry, { retryAfter } from 'axios-retry';
import pLimit from 'p-limit';
import { z } from 'zod';
import { measureCalls } from './call-metrics.js';
import { UpstreamMalformedError, UpstreamRefusedError, UpstreamUnreachableError } from './errors.js';
import { compareMaterials, type MaterialIds, namesOurMaterials, withOurIds, withTheirIds } from './material-ids.js';
import { openOwnPace, openSharedPace, type Pace, type SharedPaceOptions } from './pace.js';

const MEBIBYTE = 1024 * 1024;
/** A longer Retry-After than this is reported instead of waited for. */
const MAX_RETRY_DELAY_MS = 60_000;
/** What the official service may be asked without being a burden. */
const OFFICIAL_REQUESTS_PER_SECOND = 5;
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
  /** Further tries after a network error, a 429 or a 5xx. */
  retries: number;
  /** Wait before the first retry; doubled at each one, with up to 20 % of jitter. */
  retryDelayMs?: number;
}

/** Reading side of an Ecobalyse-compatible API. Every call rejects with one of the three `Upstream…Error`s. */
export interface EcobalyseClient {
  countries(signal?: AbortSignal): Promise<CountryItem[]>;
  materials(signal?: AbortSignal): Promise<NamedItem[]>;
  products(signal?: AbortSignal): Promise<NamedItem[]>;
  /** Descriptions of the impacts, and the version of the method, from the API's own documentation. */
  documentation(signal?: AbortSignal): Promise<UpstreamDocumentation>;
  /** Version of the method that upstream computes with, asked once; null when it does not tell. */
  methodVersion(signal?: AbortSignal): Promise<string | null>;
  /**
   * The detailed answer for a query, as received: fields that we do not know are kept. An upstream that has other ids for the
   * materials of the method is asked with its own, and what it answers or lists is given with ours.
   */
  simulateDetailed(query: object, signal?: AbortSignal): Promise<DetailedSimulation>;
  /** Closes the connections. */
  close(): void;
}

export interface UpstreamDocumentation {
  methodVersion: string | null;
  impacts: ImpactDocumentation[];
}

const refusalSchema = z.object({
  error: z.union([z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))]),
});

const openApiSchema = z.object({
  info: z.object({ version: z.string().optional() }).optional(),
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

/** The pace towards the host; undefined when it is unbounded. */
function openPace({ baseUrl, requestsPerSecond, sharedPace }: EcobalyseClientOptions): Pace | undefined {
  const turnsPerSecond = requestsPerSecond ?? (isLocalHost(baseUrl) ? 0 : OFFICIAL_REQUESTS_PER_SECOND);
  if (turnsPerSecond === 0) return undefined;
  if (sharedPace === undefined) return openOwnPace(turnsPerSecond);
  return openSharedPace({ ...sharedPace, of: new URL(baseUrl).host, turnsPerSecond });
}

function parseJson(response: AxiosResponse<string>, what: string): unknown {
  try {
    return JSON.parse(response.data);
  } catch (cause) {
    throw new UpstreamMalformedError(`the Ecobalyse API answered something other than JSON to ${what}`, { cause });
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

/** Whether a refusal may be that of an upstream which has other ids for our materials. */
const mayBeForIds = (error: unknown): boolean =>
  error instanceof UpstreamRefusedError && ('materials' in error.reasons || 'decoding' in error.reasons);

function isTransient(error: AxiosError): boolean {
  if (axios.isCancel(error)) return false;
  const status = error.response?.status;
  if (status !== undefined && status !== 429 && status < 500) return false;
  return retryAfter(error) <= MAX_RETRY_DELAY_MS;
}

function failure(error: unknown, what: string): Error {
  if (!axios.isAxiosError(error)) return error instanceof Error ? error : new Error(String(error));
  if (axios.isCancel(error)) return error;
  const status = error.response?.status;
  if (status === 400 || status === 422)
    return new UpstreamRefusedError(refusalReasons(error.response as AxiosResponse, what));
  if (status !== undefined && status !== 429 && status < 500) {
    const hint = status === 401 || status === 403 ? 'check ECOBALYSE_API_TOKEN' : 'check ECOBALYSE_API_URL';
    return new UpstreamMalformedError(`the Ecobalyse API answered ${status} to ${what}: ${hint}`);
  }
  const reason = status === undefined ? (error.code ?? error.message) : `status ${status}`;
  return new UpstreamUnreachableError(`the Ecobalyse API cannot be reached for ${what} (${reason})`, { cause: error });
}

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
 * Network errors, timeouts, 429 (honouring Retry-After up to a minute) and 5xx are tried again with exponential backoff
 * and jitter; other answers never are. Concurrency and pace hold for all calls of one client together, retries included.
 */
export function createEcobalyseClient(options: EcobalyseClientOptions): EcobalyseClient {
  const { baseUrl, token, concurrency, timeoutMs, retries, retryDelayMs = 200 } = options;
  const agentOptions = { keepAlive: true, maxSockets: concurrency };
  const httpAgent = new HttpAgent(agentOptions);
  const httpsAgent = new HttpsAgent(agentOptions);

  const http = axios.create({
    baseURL: baseUrl.replace(/\/$/, ''),
    timeout: timeoutMs,
    adapter: wholeAnswerWithin(timeoutMs),
    httpAgent,
    httpsAgent,
    maxContentLength: 10 * MEBIBYTE,
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
  axiosRetry(http, {
    retries,
    shouldResetTimeout: true,
    retryCondition: isTransient,
    retryDelay: (attempt, error) => {
      const delay = Math.max(retryDelayMs * 2 ** (attempt - 1), retryAfter(error));
      return delay * (1 + 0.2 * Math.random());
    },
  });

  const limit = pLimit(concurrency);
  const request = (config: AxiosRequestConfig, what: string): Promise<AxiosResponse<string>> =>
    limit(async () => {
      try {
        return await http.request<string>(config);
      } catch (error) {
        throw failure(error, what);
      }
    });

  async function list<T>(path: string, item: z.ZodType<T>, signal?: AbortSignal): Promise<T[]> {
    const response = await request({ method: 'GET', url: path, ...(signal && { signal }) }, path);
    return readAnswer(z.array(item), response, path);
  }

  async function documentation(signal?: AbortSignal): Promise<UpstreamDocumentation> {
    const response = await request({ method: 'GET', url: '/', ...(signal && { signal }) }, 'its documentation');
    const document = readAnswer(openApiSchema, response, 'its documentation');
    const impacts = Object.entries(document.components.schemas.Impacts.properties);
    return {
      methodVersion: document.info?.version ?? null,
      impacts: impacts.map(([code, { description = '' }]) => ({ code, description })),
    };
  }

  let materialIds: MaterialIds | undefined;

  async function materials(signal?: AbortSignal): Promise<NamedItem[]> {
    const theirs = await list('/textile/materials', namedItemSchema, signal);
    const ids = compareMaterials(theirs);
    materialIds = ids;
    return theirs.map((item) => ({ ...item, id: ids.toOurs.get(item.id) ?? item.id }));
  }

  async function simulate(query: object, ids: MaterialIds | undefined, signal?: AbortSignal) {
    const path = '/textile/simulator/detailed';
    const data = ids === undefined ? query : withTheirIds(query, ids);
    const response = await request({ method: 'POST', url: path, data, ...(signal && { signal }) }, path);
    const answer = readAnswer(detailedSimulationSchema, response, path);
    return ids === undefined ? answer : withOurIds(answer, ids);
  }

  let knownVersion: { methodVersion: string | null } | undefined;

  return {
    countries: (signal) => list('/textile/countries', countryItemSchema, signal),
    materials,
    products: (signal) => list('/textile/products', namedItemSchema, signal),

    documentation,

    async methodVersion(signal) {
      knownVersion ??= await documentation(signal);
      return knownVersion.methodVersion;
    },

    async simulateDetailed(query, signal) {
      const idsThen = materialIds;
      try {
        return await simulate(query, idsThen, signal);
      } catch (error) {
        if (idsThen !== undefined || !mayBeForIds(error) || !namesOurMaterials(query)) throw error;
        // Upstream's list tells; if it cannot be had, the refusal is the answer.
        if (materialIds === undefined) await materials(signal).catch(() => undefined);
        if (materialIds === undefined || withTheirIds(query, materialIds) === query) throw error;
        return simulate(query, materialIds, signal);
      }
    },

    close() {
      pace?.close();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
