import { lookup } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Declaration } from '@ecobalyse/declaration';
import { isPrivate } from '@ecobalyse/service-kit';
import { UsageError } from '../usage.js';

const TIMEOUT_MS = 30_000;
const MOST_TRIES = 5;
const FIRST_WAIT_MS = 1000;
/** The longest that the portal may ask to wait for. */
const LONGEST_WAIT_MS = 300_000;
/** Characters of an answer that are kept. */
const MOST_ANSWER_CHARACTERS = 1000;

/** The address of a portal's API. @throws UsageError for one that is not https, or leads into a private network. */
export async function checkedPortal(text: string, allowPrivate: boolean): Promise<URL> {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new UsageError(`--portal: expected an address; received: ${text}`);
  const url = new URL(text);
  if (allowPrivate) return url;
  if (url.protocol !== 'https:') throw new UsageError('--portal: expected https: the key is not sent in the open');
  const addresses = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true }).catch((error: Error) => {
    throw new UsageError(`--portal: ${error.message}`);
  });
  const found = addresses.find(({ address }) => isPrivate(address));
  if (found)
    throw new UsageError(`--portal: ${url.hostname} is ${found.address}, in a private network (--allow-private)`);
  return url;
}

/** What the portal said to a declaration; null where no answer came. */
export interface PortalAnswer {
  readonly status: number | null;
  readonly answer: string;
}

/** Statuses after which the same may succeed. */
const isPassing = (status: number | null) => status === null || status === 429 || status >= 500;

async function post(portal: URL, key: string, declaration: Declaration): Promise<PortalAnswer & { waitMs: number }> {
  try {
    const answer = await fetch(`${portal.href.replace(/\/$/, '')}/produits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(declaration),
      // A key goes to the portal and nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    const seconds = Number(answer.headers.get('retry-after'));
    return {
      status: answer.status,
      answer: text.slice(0, MOST_ANSWER_CHARACTERS),
      waitMs: seconds > 0 ? 1000 * seconds : 0,
    };
  } catch (error) {
    const { cause } = error as Error;
    return {
      status: null,
      answer: cause instanceof Error ? cause.message : String((error as Error).message),
      waitMs: 0,
    };
  }
}

/**
 * Sends a declaration, again when the portal is away or asks to wait: up to five times, after 1, 2, 4 and 8 seconds or as long as it asks.
 *
 * @returns the last answer.
 */
export async function sendDeclaration(portal: URL, key: string, declaration: Declaration): Promise<PortalAnswer> {
  for (let tries = 1; ; tries += 1) {
    const { status, answer, waitMs } = await post(portal, key, declaration);
    if (!isPassing(status) || tries === MOST_TRIES) return { status, answer };
    await pause(Math.min(Math.max(waitMs, FIRST_WAIT_MS * 2 ** (tries - 1)), LONGEST_WAIT_MS));
  }
}
