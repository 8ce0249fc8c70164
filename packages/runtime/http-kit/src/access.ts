import { createHash, createHmac, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Caller, type KeyQuota, mayActAs, type Role } from '@ecobalyse/schema';
import { type ConfiguredKey, hashApiKey, type Logger } from '@ecobalyse/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RefusedError } from './refused-error.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key the request carries: null without a valid one, undefined before anybody asked. */
    caller?: (Caller & KeyQuota) | null;
    /** Role that the route needs, when it asks for a key. */
    neededRole?: Role;
    /** What a write is about, for its audit line: the `md5_id` of a product, the number of a model. */
    subject?: string;
    /** Products that it adds or changes. */
    products?: number;
  }
}

/** How often the keys of the database are read again: a revoked key ends within this time. */
const REFRESH_MS = 3000;

/** A key as it is kept: never the key itself. */
export interface KeptKey extends Caller, KeyQuota {
  /** SHA-256 of the key, in hexadecimal digits. */
  hash: string;
  expires_at?: Date;
  revoked_at?: Date;
}

/** Reads the keys that may be given and revoked while the service runs. */
export type KeySource = () => Promise<readonly KeptKey[]>;

export interface AccessOptions {
  /** Header that carries the key. */
  apiKeyName: string;
  /** The single key of the original: admin. */
  apiKey: string;
  /** Further keys that the settings give. */
  apiKeys?: readonly ConfiguredKey[];
  /** The keys of `npm run keys`; without it only those of the settings count. */
  keys?: KeySource;
  logger?: Logger;
  refreshMs?: number;
}

/** A key as it is kept in memory: never the key itself. */
interface KnownKey {
  caller: Caller & KeyQuota;
  hash: string;
  expiresAt: number;
}

/** Who may do what, by the key that they send. */
export interface Access {
  /** Name of the header that carries the key, in lower case. */
  readonly headerName: string;
  /** The same as the setting writes it. */
  readonly shownHeaderName: string;
  /** Whose key it is, or null. */
  find(key: unknown): (Caller & KeyQuota) | null;
  /** Those whose keys the settings give. */
  readonly ofSettings: readonly Caller[];
  /** Says to another of our services that this one keeps the audit line of a request: nobody without `API_KEY` can say it. */
  vouchFor(requestId: string): string;
  /** Whether that is what {@link vouchFor} says of the request. */
  isVouched(requestId: string, said: unknown): boolean;
  /** The key in force of that name, with its hash, which changes when the key is rotated. */
  named(name: string): { caller: Caller & KeyQuota; hash: string } | null;
  /** Reads the keys of the database again, after one was changed: what was answered holds for the next request already. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the access table: the keys of the settings at once, those of the database as soon as it answers, and again every
 * few seconds. When the database goes away the keys that were read last stay in force.
 *
 * A key is looked up by a digest that a secret of this process blinds, so that how long a look-up takes says nothing
 * about any key, however many there are.
 */
export function openAccess(options: AccessOptions): Access {
  const { apiKeyName, apiKey, apiKeys = [], keys, logger, refreshMs = REFRESH_MS } = options;
  const secret = randomBytes(32);
  const blinded = (text: string) => createHash('sha256').update(secret).update(text, 'utf8').digest('base64');

  const fixed: KnownKey[] = [
    { caller: { name: 'API_KEY', role: 'admin' }, hash: hashApiKey(apiKey), expiresAt: Number.POSITIVE_INFINITY },
    ...apiKeys.map(({ name, role, ...given }) => ({
      caller: { name, role },
      hash: 'sha256' in given ? given.sha256 : hashApiKey(given.key),
      expiresAt: Number.POSITIVE_INFINITY,
    })),
  ];
  let byDigest = new Map<string, KnownKey>();
  let byName = new Map<string, KnownKey>();
  /** Keys that were sent and found, by their own blinded digest: one hash a request instead of two. */
  let sent = new Map<string, KnownKey>();
  function know(stored: readonly KnownKey[]): void {
    // The settings come last: a key of the database cannot take the name or the place of one of theirs.
    const all = [...stored, ...fixed];
    byDigest = new Map(all.map((known) => [blinded(known.hash), known]));
    sent = new Map();
    byName = new Map(all.map((known) => [known.caller.name, known]));
  }
  know([]);

  const closing = new AbortController();
  let away = false;
  async function readKeys(): Promise<void> {
    try {
      const kept = (await keys?.()) ?? [];
      know(
        kept
          .filter(({ revoked_at }) => !revoked_at)
          .map(({ name, role, hash, expires_at, requests_per_minute, products_per_day }) => ({
            caller: { name, role, requests_per_minute, products_per_day },
            hash,
            expiresAt: expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
          })),
      );
      away = false;
    } catch (err) {
      if (!away && !closing.signal.aborted) logger?.warn({ err }, 'keys cannot be read: those read last stay valid');
      away = true;
    }
  }
  let reading = Promise.resolve();
  /** One after the other: what an earlier reading found may be older than a change. */
  function refresh(): Promise<void> {
    reading = reading.then(readKeys);
    return reading;
  }
  async function keepRefreshed(): Promise<void> {
    while (!closing.signal.aborted) {
      await refresh();
      await wait(refreshMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }
  const refreshing = keys ? keepRefreshed() : Promise.resolve();

  const vouchingSecret = hashApiKey(apiKey);
  const vouchFor = (requestId: string) => createHmac('sha256', vouchingSecret).update(requestId).digest('hex');
  const inForce = (known: KnownKey | undefined) => (known && known.expiresAt > Date.now() ? known : null);
  return {
    headerName: apiKeyName.toLowerCase(),
    shownHeaderName: apiKeyName,
    ofSettings: fixed.map(({ caller }) => caller),
    find(key) {
      if (typeof key !== 'string' || key === '') return null;
      const digest = blinded(key);
      let known = sent.get(digest);
      if (!known) {
        known = byDigest.get(blinded(hashApiKey(key)));
        if (known) sent.set(digest, known);
      }
      return inForce(known)?.caller ?? null;
    },
    vouchFor,
    // Blinded, as keys are: how long it takes says nothing of what was expected.
    isVouched: (requestId, said) => blinded(String(said)) === blinded(vouchFor(requestId)),
    named: (name) => inForce(byName.get(name)),
    refresh,
    async close() {
      closing.abort();
      await refreshing;
    },
  };
}

/** Whose key a request carries, looked up once. */
export function callerOf(access: Access, request: FastifyRequest): (Caller & KeyQuota) | null {
  if (request.caller === undefined) request.caller = access.find(request.headers[access.headerName]);
  return request.caller;
}

/** Lets a caller with the role pass, and answers 403 to any other; true when the request may go on. */
export function admit(caller: Caller | null, role: Role, request: FastifyRequest, reply: FastifyReply): boolean {
  request.neededRole = role;
  if (caller && mayActAs(caller.role, role)) return true;
  reply.send(new RefusedError(caller ? 'role_needed' : 'key_unknown', { role }));
  return false;
}

/**
 * Hook that lets only requests with a key of the role pass; it runs before anything else is looked at.
 *
 * @param role - needed to read (GET, HEAD), and for everything else too unless `roleToWrite` is given.
 */
export function requireRole(access: Access, role: Role, roleToWrite: Role = role) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const needed = request.method === 'GET' || request.method === 'HEAD' ? role : roleToWrite;
    if (admit(callerOf(access, request), needed, request, reply)) done();
  };
}
