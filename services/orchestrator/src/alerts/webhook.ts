import { createHmac } from 'node:crypto';
import { type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { isPrivate, PlatformError, type Settings } from '@ecobalyse/service-kit';
import axios from 'axios';

const TIMEOUT_MS = 10_000;

/** Whoever is told of incidents. */
export interface Webhook {
  /** Sends something as JSON. @throws Error that says why it was not taken, in plain words. */
  send(body: object): Promise<void>;
}

class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}
const refusal = (host: string) =>
  new PrivateAddressError(`${host} is in a private network: set ALERT_ALLOW_PRIVATE if it may be told`);

/** Looks a host up, and refuses it when it is in a private network: at each connection, since names change their addresses. */
export const publicLookup = (
  hostname: string,
  options: LookupOptions,
  callback: Parameters<LookupFunction>[2],
  lookup: typeof systemLookup = systemLookup,
): void => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    const [first] = addresses;
    const found = addresses.find(({ address }) => isPrivate(address));
    if (found || !first) return callback(refusal(hostname), '');
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

/** What a receiver computes to know that a message is ours: of the time in the header, a dot, and the body as it came. */
export const signatureOf = (secret: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

/** The webhook of the settings; null without one. @throws PlatformError for one that may not be told. */
export function openWebhook({
  ALERT_WEBHOOK_URL: address,
  ALERT_WEBHOOK_SECRET: secret,
  ALERT_ALLOW_PRIVATE: allowsPrivate,
}: Settings<'ALERT_WEBHOOK_URL' | 'ALERT_WEBHOOK_SECRET' | 'ALERT_ALLOW_PRIVATE'>): Webhook | null {
  if (address === undefined) return null;
  const { protocol, hostname } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!allowsPrivate) {
    if (protocol !== 'https:') throw new PlatformError('INVALID_SETTING', 'ALERT_WEBHOOK_URL: expected https');
    if (isIP(host) && isPrivate(host))
      throw new PlatformError('INVALID_SETTING', `ALERT_WEBHOOK_URL: ${refusal(host).message}`);
  }
  return {
    async send(content) {
      const body = JSON.stringify(content);
      const seconds = Math.floor(Date.now() / 1000);
      const { status, data } = await axios
        .post<Readable>(address, body, {
          headers: {
            'content-type': 'application/json',
            ...(secret !== undefined && { 'x-ecobalyse-signature': signatureOf(secret, seconds, body) }),
          },
          // Nowhere else than where the settings say.
          maxRedirects: 0,
          proxy: false,
          signal: AbortSignal.timeout(TIMEOUT_MS),
          // What a receiver says beside its status is not read, however long it is.
          responseType: 'stream',
          validateStatus: null,
          ...(!allowsPrivate && { lookup: publicLookup as never }),
        })
        .catch((error: Error & { code?: string }) => {
          // Not the address: it may hold a token.
          const reason = error.cause instanceof PrivateAddressError ? error.cause.message : (error.code ?? error.name);
          throw new Error(reason === 'ERR_CANCELED' ? `no answer within ${TIMEOUT_MS / 1000} s` : reason);
        });
      data.destroy();
      if (status < 200 || status > 299) throw new Error(`it answered ${status}`);
    },
  };
}
