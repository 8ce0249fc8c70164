import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkDeclarations, type Declaration, declarationSchema, tableOf } from '@ecobalyse/declaration';

const RECENT_MS = 90 * 86_400_000;

/** What is wrong with one request: another status, or a connection that breaks before or after the work. */
export type PortalFault = number | 'before' | 'after';

/** Stands in for the API of the declaration portal, as far as declaring goes. */
export interface TestPortal {
  readonly url: string;
  /** The key that may declare; another that it knows may not. */
  readonly key: string;
  readonly reader: string;
  /** References of what came, with what was answered; null where the connection broke. */
  readonly answered: [reference: string, status: number | null][];
  /** Faults of the next requests, in turn. */
  faults: PortalFault[];
  /** Its clock, in milliseconds. */
  now: number;
  /** Told each request before it is answered. */
  onRequest: () => void;
  close(): void;
}

interface Declared {
  readonly content: string;
  readonly at: number;
}

/** Starts a portal: 201, 208 for the same content, 400 with what is wrong, also for other content within 90 days; 401, 403. */
export async function startTestPortal(): Promise<TestPortal> {
  const declared = new Map<string, Declared>();

  function judge(body: unknown): [status: number, answer: unknown] {
    const { data, error } = declarationSchema.safeParse(body);
    if (error) return [400, error.issues.map(({ code, path, message }) => ({ code, path, message }))];
    const [row] = checkDeclarations(tableOf([data]), { rules: 'august-2026' });
    const faults = (row?.errors ?? []).map(({ path, reason }) => ({ code: 'custom', path, message: reason }));
    if (data.trims?.some(({ quantity }) => quantity < 1))
      faults.push({ code: 'custom', path: ['trims'], message: 'too_small' });
    if (faults.length > 0) return [400, faults];
    const content = sameFor(data);
    const before = data.gtins.flatMap((gtin) => declared.get(gtin) ?? []);
    if (before.some((one) => one.content === content)) return [208, { message: 'Le produit existe déjà.' }];
    if (before.some(({ at }) => portal.now - at < RECENT_MS))
      return [400, [{ code: 'custom', path: ['gtins'], message: 'recent' }]];
    for (const gtin of data.gtins) declared.set(gtin, { content, at: portal.now });
    return [201, { result: 'success' }];
  }

  function answer(reply: ServerResponse, authorization: string | undefined, text: string): number {
    const send = (status: number, body: unknown) => {
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return status;
    };
    if (authorization === `Bearer ${portal.reader}`) return send(403, { error: 'Forbidden' });
    if (authorization !== `Bearer ${portal.key}`) return send(401, { error: 'Unauthorized' });
    return send(...judge(JSON.parse(text)));
  }

  const server = createServer(async (request, reply) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { internalReference: reference } = JSON.parse(text);
    const fault = portal.faults.shift();
    portal.onRequest();
    const note = (status: number | null) => portal.answered.push([reference, status]);
    if (request.method !== 'POST' || request.url !== '/api/produits') reply.writeHead(404).end();
    else if (typeof fault === 'string') {
      if (fault === 'after') judge(JSON.parse(text));
      note(null);
      request.socket.destroy();
    } else if (fault !== undefined) {
      note(fault);
      reply.writeHead(fault, { 'retry-after': '7' }).end('{}');
    } else note(answer(reply, request.headers.authorization, text));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const portal: TestPortal = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    key: 'key-of-an-organisation',
    reader: 'key-that-may-not-declare',
    answered: [],
    faults: [],
    now: Date.now(),
    onRequest: () => undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return portal;
}

/** The order of lists does not count. */
const sameFor = ({ gtins, materials, trims, ...rest }: Declaration): string => {
  const sorted = (list: readonly unknown[] | undefined) => list?.map((one) => JSON.stringify(one)).sort();
  return JSON.stringify([Object.entries(rest).sort(), sorted(gtins), sorted(materials), sorted(trims)]);
};
