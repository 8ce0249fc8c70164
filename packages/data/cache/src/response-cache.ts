import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { openBatchedReads, type Values } from './batched-reads.js';
import { openCircuitBreaker } from './circuit-breaker.js';
import { type CachedAnswer, decodeEntry, type Entry, encodeEntry, toAnswer } from './entry.js';
import { openNearEntries } from './near-entries.js';
import { within } from './within.js';

/** Longest wait for Redis within an answer; the limits in front of the cache may have waited 30 ms for it already. */
const BUDGET_MS = 15;
/** Longest wait for what no answer waits for: probes, and the removal of entries. */
const COMMAND_TIMEOUT_MS = 500;
const SCAN_COUNT = 500;
/** Larger answers are computed anew each time rather than fill Redis. */
const MAX_ENTRY_BYTES = 8 * 1024 * 1024;
const NEAR_BYTES = 64 * 1024 * 1024;
/** Entries live up to this part shorter than they could, so that those made together do not end together. */
const JITTER = 0.1;
/** Versions outlive the entries under them by this. */
const VERSION_EXTRA_SECONDS = 86_400;
/** Beyond these, everything is dropped when Redis comes back. */
const MAX_OWED = 1000;
/** Tag of every entry. */
const EVERYTHING = 'everything';

export interface ResponseCacheOptions {
  redisUrl: string;
  /** Prefix of every key; the braces keep them in one slot of a Redis Cluster. */
  prefix?: string;
  /** Longest life of an entry. */
  ttlSeconds: number;
  /** A Redis that takes longer than this to answer counts as away; by default 15 ms. */
  budgetMs?: number;
  /** Room for entries that are kept in this process too; by default 64 MiB. */
  nearBytes?: number;
  /** Told when Redis is away; the cache then answers by computing. */
  onError: (error: Error) => void;
}

/** What became of the requests so far. */
export interface CacheCounts {
  hits: number;
  misses: number;
  /** Answers computed because Redis did not answer. */
  errors: number;
}

/** A cache of serialised answers that survives the absence of Redis. */
export interface ResponseCache {
  /**
   * The answer under `key`, or what `compute` gives, which is then kept until one of its tags is invalidated. One computation
   * a key runs at a time in this process. Errors of `compute` pass through and are not kept; errors of Redis never do.
   *
   * @param compute - is given a signal that is aborted once nobody waits for the answer any more.
   * @param signal - aborted when this caller does not.
   */
  getOrCompute(
    key: string,
    tags: readonly string[],
    compute: (signal: AbortSignal) => Promise<string | Buffer>,
    signal?: AbortSignal,
  ): Promise<CachedAnswer>;
  /**
   * Drops the answers with one of these tags; an answer that is being computed meanwhile is not kept either. To be called
   * after the data was changed. A call that Redis may not have heard is made up for as soon as Redis answers, before this
   * process trusts anything cached.
   *
   * @throws when Redis did not confirm.
   */
  invalidate(tags: readonly string[]): Promise<void>;
  /**
   * Drops every answer.
   *
   * @returns how many entries were removed.
   * @throws when Redis cannot be reached.
   */
  clear(): Promise<number>;
  counts(): Readonly<CacheCounts>;
  /** Resolves when Redis answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A computation that is under way, and how many wait for it. */
interface Flight {
  answer: Promise<CachedAnswer>;
  waiting: number;
  unwanted: AbortController;
}

/** Waits for an answer; the last one who gives up ends its computation. */
function waitFor(flight: Flight, signal: AbortSignal | undefined): Promise<CachedAnswer> {
  flight.waiting += 1;
  const leave = () => {
    flight.waiting -= 1;
    if (flight.waiting === 0) flight.unwanted.abort();
  };
  signal?.addEventListener('abort', leave, { once: true });
  return flight.answer;
}

/** Of callers who never give up. */
const NEVER = new AbortController().signal;

interface Found {
  /** Versions of the tags, in their order; empty for a tag that has none yet. */
  versions: string[];
  /** An entry that still holds. */
  entry: Entry | null;
}

/** A new version of a tag. Each is set at most once, so that no entry can come to hold again. */
const newVersion = () => randomBytes(12).toString('base64url');

/**
 * Opens the cache. It connects in the background, and again by itself whenever Redis comes back.
 *
 * Each tag has a version in Redis, and an entry names the versions that it was computed under: it holds while they are the
 * present ones. Every answer compares them in Redis, also one whose body is kept in this process.
 */
export function openResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { redisUrl, prefix = '{ecobalyse-cache}:', ttlSeconds, budgetMs = BUDGET_MS, onError } = options;
  const redis = new Redis(redisUrl, {
    commandTimeout: Math.max(COMMAND_TIMEOUT_MS, budgetMs),
    connectTimeout: 2000,
    enableOfflineQueue: false,
    // A version that is set again later could bring old entries back.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
  });
  redis.on('error', onError);
  const breaker = openCircuitBreaker({ probe: () => redis.ping(), onClosed: () => void makeUpQuietly() });
  redis.on('ready', () => void makeUpQuietly());

  const near = openNearEntries(options.nearBytes ?? NEAR_BYTES);
  const underWay = new Map<string, Flight>();
  const counts: CacheCounts = { hits: 0, misses: 0, errors: 0 };
  /** Invalidations that Redis has not confirmed, each with the last call that asked for it. */
  const owed = new Map<string, symbol>();

  const entryKey = (key: string) => `${prefix}entry:${key}`;
  const versionKey = (tag: string) => `${prefix}version:${tag}`;
  const canAsk = () => redis.status === 'ready' && breaker.isClosed();
  const versionSeconds = ttlSeconds + VERSION_EXTRA_SECONDS;

  async function asked<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await within(budgetMs, operation());
    } catch (error) {
      if (redis.status === 'ready') breaker.open();
      throw error;
    }
  }

  async function setNewVersions(tags: Iterable<string>): Promise<void> {
    const commands = redis.pipeline();
    for (const tag of tags) commands.set(versionKey(tag), newVersion(), 'EX', versionSeconds);
    for (const [error] of (await commands.exec()) ?? []) if (error) throw error;
  }

  async function makeUp(): Promise<void> {
    if (owed.size === 0) return;
    const paid = [...owed];
    await setNewVersions(owed.keys());
    for (const [tag, call] of paid) if (owed.get(tag) === call) owed.delete(tag);
  }
  const makeUpQuietly = () => makeUp().catch(onError);

  // Redis takes commands in order: what is owed comes before what is read.
  const readBatched = openBatchedReads((keys) =>
    asked(async () => {
      const [, values] = await Promise.all([makeUp(), redis.mgetBuffer(keys)]);
      return values;
    }),
  );

  async function read(key: string, tags: readonly string[]): Promise<Found | null> {
    if (!canAsk()) return null;
    const kept = near.get(key);
    const versionKeys = tags.map(versionKey);
    let values: Values;
    try {
      values = await readBatched(kept ? versionKeys : [...versionKeys, entryKey(key)]);
    } catch (error) {
      onError(error as Error);
      return null;
    }
    const versions = versionKeys.map((name) => values.get(name)?.toString('latin1') ?? '');
    const present = versions.join(',');
    const holds = (entry: Entry | null): entry is Entry =>
      entry !== null && entry.versions === present && entry.expiresAt > Date.now();
    if (kept) {
      if (holds(kept)) return { versions, entry: kept };
      // It is computed anew even where another process has done so already: asking Redis again could take too long.
      near.delete(key);
      return { versions, entry: null };
    }
    const bytes = values.get(entryKey(key));
    const entry = bytes ? decodeEntry(bytes) : null;
    if (!holds(entry)) return { versions, entry: null };
    near.set(key, entry);
    return { versions, entry };
  }

  /** Keeps an answer. No answer waits for it: the next request of this process comes after it on the same connection. */
  async function keep(
    key: string,
    tags: readonly string[],
    found: readonly string[],
    answer: CachedAnswer,
  ): Promise<void> {
    if (!canAsk() || answer.body.length > MAX_ENTRY_BYTES) return;
    const seconds = Math.max(1, Math.round(ttlSeconds * (1 - JITTER * Math.random())));
    const commands = redis.pipeline();
    const versions = found.map((version, index) => {
      if (version !== '') return version;
      // Where another process was faster, its version stands, and this entry does not hold.
      const made = newVersion();
      commands.set(versionKey(tags[index] as string), made, 'EX', versionSeconds, 'NX');
      return made;
    });
    const entry: Entry = { answer, versions: versions.join(','), expiresAt: Date.now() + seconds * 1000 };
    commands.set(entryKey(key), encodeEntry(entry), 'EX', seconds);
    near.set(key, entry);
    await commands.exec().catch(onError);
    // Requests that read before it was kept have their answer from Redis by now, and look next at what is under way.
    await nextTurn();
  }

  return {
    async getOrCompute(key, tags, compute, signal) {
      const allTags = [EVERYTHING, ...tags];
      const found = await read(key, allTags);
      if (!found) {
        counts.errors += 1;
        return toAnswer(await compute(signal ?? NEVER));
      }
      if (found.entry) {
        counts.hits += 1;
        return found.entry.answer;
      }
      counts.misses += 1;
      // A computation that began under other versions may have read what was changed since.
      const name = `${found.versions.join(',')} ${key}`;
      signal?.throwIfAborted();
      const running = underWay.get(name);
      if (running && !running.unwanted.signal.aborted) return waitFor(running, signal);
      const unwanted = new AbortController();
      const flight: Flight = { answer: compute(unwanted.signal).then(toAnswer), waiting: 0, unwanted };
      underWay.set(name, flight);
      void flight.answer
        .then(
          (answer) => keep(key, allTags, found.versions, answer),
          () => undefined,
        )
        .finally(() => underWay.get(name) === flight && underWay.delete(name));
      return waitFor(flight, signal);
    },

    async invalidate(tags) {
      const call = Symbol();
      for (const tag of tags) owed.set(tag, call);
      if (owed.size > MAX_OWED) {
        owed.clear();
        owed.set(EVERYTHING, call);
      }
      if (!canAsk()) throw new Error('Redis does not answer');
      await asked(makeUp);
    },

    async clear() {
      owed.set(EVERYTHING, Symbol());
      await makeUp();
      near.clear();
      let cleared = 0;
      const pattern = `${entryKey('').replace(/[[\]*?\\]/g, '\\$&')}*`;
      for await (const keys of redis.scanStream({ match: pattern, count: SCAN_COUNT })) {
        if (keys.length > 0) cleared += await redis.unlink(...(keys as string[]));
      }
      return cleared;
    },

    counts: () => counts,

    ping: async () => void (await redis.ping()),

    async close() {
      breaker.end();
      if (redis.status === 'ready') await redis.quit().catch(onError);
      else redis.disconnect();
    },
  };
}
