import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { traceCalls } from '@ecobalyse/telemetry';
import axios, { type AxiosError } from 'axios';
import axiosRetry, { retryAfter } from 'axios-retry';
import { z } from 'zod';

/** What the API said of a product. */
export type PostOutcome =
  | { outcome: 'added'; md5_id: string }
  | { outcome: 'already there' }
  | { outcome: 'refused'; reasons: string[] };

/** The API answers, and fails on this product: others go on. */
export class ProductFailedError extends Error {
  override readonly name = 'ProductFailedError';
}

/** Posts products to the platform's API. */
export interface ProductPoster {
  /**
   * @throws ProductFailedError, and another Error when the API, or what is behind it, is out of reach after all tries, or refuses the key: the product
   * may be posted again later.
   */
  post(product: unknown, signal: AbortSignal): Promise<PostOutcome>;
  close(): void;
}

const TIMEOUT_MS = 45_000;
const RETRIES = 3;
/** All tries together: a time limit of a connection does not end an answer that comes drop by drop. */
const DEADLINE_MS = 240_000;
const MAX_ANSWER_BYTES = 1_000_000;
const FIRST_RETRY_MS = 300;
const MAX_RETRY_DELAY_MS = 30_000;

const messageSchema = z.object({ message: z.string() });
const refusalSchema = z.object({
  detail: z.union([
    z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() })),
    z.record(z.string(), z.string()),
    z.string(),
  ]),
});

function reasonsOf(body: unknown): string[] {
  const { data } = refusalSchema.safeParse(body);
  if (!data) return ['refused without a reason'];
  if (typeof data.detail === 'string') return [data.detail];
  if (Array.isArray(data.detail)) return data.detail.map(({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`);
  return Object.entries(data.detail).map(([field, reason]) => `${field}: ${reason}`);
}

function isTransient(error: AxiosError): boolean {
  if (axios.isCancel(error)) return false;
  const status = error.response?.status;
  return (status === undefined || status === 429 || status >= 500) && retryAfter(error) <= MAX_RETRY_DELAY_MS;
}

function failure(error: unknown, apiUrl: string): Error {
  if (error instanceof z.ZodError) return new Error(`what answers at ${apiUrl} is not this platform: check API_URL`);
  if (!axios.isAxiosError(error) || axios.isCancel(error)) return error as Error;
  const status = error.response?.status;
  if (status === 403) return new Error('the API refuses the key: is API_KEY the one that the API uses?');
  if (status === 500) return new ProductFailedError('the API failed on it (status 500)');
  if (status === 502) return new Error('the API cannot reach the Ecobalyse API behind it');
  return new Error(
    `the API at ${apiUrl} cannot be reached (${status === undefined ? error.code : `status ${status}`})`,
  );
}

export function createProductPoster(options: {
  apiUrl: string;
  apiKey: string;
  apiKeyName: string;
  concurrency: number;
  /** For a product, tries included. */
  deadlineMs?: number;
}): ProductPoster {
  const { apiUrl, apiKey, apiKeyName, concurrency, deadlineMs = DEADLINE_MS } = options;
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: concurrency });
  const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: concurrency });
  const http = axios.create({
    baseURL: apiUrl,
    timeout: TIMEOUT_MS,
    httpAgent,
    httpsAgent,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    headers: { [apiKeyName]: apiKey, 'user-agent': 'ecobalyse-platform/0.1 (product ingest)' },
  });
  traceCalls(http);
  axiosRetry(http, {
    retries: RETRIES,
    shouldResetTimeout: true,
    retryCondition: isTransient,
    retryDelay: (attempt, error) =>
      Math.max(FIRST_RETRY_MS * 2 ** (attempt - 1), retryAfter(error)) * (1 + 0.2 * Math.random()),
  });

  return {
    async post(product, signal) {
      signal.throwIfAborted();
      const given = new AbortController();
      // Not AbortSignal.any, which would leave a trace of each product with the signal of the task.
      const giveUp = () => given.abort(signal.reason);
      signal.addEventListener('abort', giveUp);
      const late = setTimeout(() => given.abort(), deadlineMs);
      try {
        const { data } = await http.post('/product', product, { signal: given.signal });
        const { message } = messageSchema.parse(data);
        const [, md5_id] = /^Product added ([0-9a-f]{32})$/.exec(message) ?? [];
        return md5_id ? { outcome: 'added', md5_id } : { outcome: 'already there' };
      } catch (error) {
        if (given.signal.aborted && !signal.aborted) {
          throw new Error(`the API at ${apiUrl} did not answer within ${deadlineMs / 1000} s`);
        }
        // What nests deeper than the stack cannot be written as JSON.
        if (error instanceof RangeError) return { outcome: 'refused', reasons: [error.message] };
        const response = axios.isAxiosError(error) ? error.response : undefined;
        if (response && (response.status === 422 || response.status === 413)) {
          return { outcome: 'refused', reasons: reasonsOf(response.data) };
        }
        throw failure(error, apiUrl);
      } finally {
        clearTimeout(late);
        signal.removeEventListener('abort', giveUp);
      }
    },

    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
