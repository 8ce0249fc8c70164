import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { IMPACT_CODES, MATERIAL_UUIDS, WITHDRAWN_IMPACTS } from '@ecobalyse/schema';
import {
  type AnswerOptions,
  listCountries,
  listMaterials,
  listProducts,
  listTrims,
  simulateDetailed,
  simulateSimple,
  TextileQueryError,
} from '@ecobalyse/textile-method';

/** How a version of the official API differs from our method. */
interface Version {
  /** Its figures by ours: those after 7.0.0 are not public, so that their scores are made up. */
  readonly factor: number;
  readonly hasUuids?: true;
  /** Answers 401 to who sends no token, or a wrong one. */
  readonly needsToken?: true;
  readonly withdrawn?: readonly string[];
  /** Names of the stages that differ from those of 7.0.0. */
  readonly stages?: Readonly<Record<string, string>>;
  /** Has no address of its own. */
  readonly isUnversioned?: true;
}

const STAGES_SINCE_8 = {
  Filature: 'Transformation\u00a0- Filature',
  'Tissage & Tricotage': 'Transformation\u00a0- Tissage / Tricotage',
  Ennoblissement: 'Transformation\u00a0- Ennoblissement',
  Confection: 'Transformation\u00a0- Confection',
};

/** The versions that the stand-in knows, with what changed in each. */
export const OFFICIAL_VERSIONS = {
  'v7.0.0': { factor: 1 },
  'v8.0.0': { factor: 1.25, hasUuids: true },
  'v8.5.0': {
    ...{ factor: 1.5, hasUuids: true, needsToken: true, isUnversioned: true },
    ...{ withdrawn: WITHDRAWN_IMPACTS, stages: STAGES_SINCE_8 },
  },
} as const satisfies Readonly<Record<string, Version>>;
export type OfficialVersion = keyof typeof OFFICIAL_VERSIONS;

/** What is wrong with the answer to one request. */
export type OfficialFault =
  | 'cut'
  | 'cut-in-answer'
  | 'page'
  | 'silence'
  | 'zeros'
  | 'other-product'
  | { readonly status: number; readonly retryAfter?: string };

/** What a test, or `PUT /stand-in` of a process, may change at any moment. */
export interface OfficialState {
  /** The version under `/api`; those with an address of their own stay there. */
  version: OfficialVersion;
  /** Tokens that are taken: with one, indicators beside ecs and pef have figures. */
  tokens: string[];
  /** Whether answers for upcycled garments have the four stages that do not count: not since September 2026. */
  upcycledStages: NonNullable<AnswerOptions['upcycledStages']>;
  /** Requests a second, beyond which it answers 429; the official API takes 100. */
  perSecond: number;
  /** Faults of the next simulations, in turn; null for none. */
  faults: (OfficialFault | null)[];
  /** What is wrong with every simulation after those. */
  fault: OfficialFault | null;
}

/** Stands in for the official API, and for nothing else of its site. */
export interface OfficialServer extends OfficialState {
  readonly url: string;
  /** Address of the API; by default that of the version which has none of its own. */
  apiUrl(version?: OfficialVersion): string;
  /** What came, such as `POST /api/textile/simulator/detailed`, in order. */
  readonly asked: string[];
  /** Its clock, in milliseconds. */
  now(): number;
  close(): void;
}

const DOCUMENTATION = 'https://ecobalyse.beta.gouv.fr/#/api';
const OURS = new Map(Object.entries(MATERIAL_UUIDS).map(([id, uuid]) => [uuid, id]));
const DETAILED = IMPACT_CODES.filter((code) => code !== 'ecs' && code !== 'pef');

const impactsOf = (version: Version): string[] =>
  [...IMPACT_CODES.filter((code) => !version.withdrawn?.includes(code)), ...(version.withdrawn ? ['bvi'] : [])].sort();

/** An answer of ours as a version gives it. */
function inVersion(version: Version, answer: object, isDetailed: boolean): unknown {
  const { factor, hasUuids, stages } = version;
  const codes = impactsOf(version);
  const scaled = (value: number) => value * factor;
  return JSON.parse(JSON.stringify(answer), (name, value) => {
    if (typeof value !== 'object' || value === null) return name === 'label' ? (stages?.[value] ?? value) : value;
    if (name === 'complementsImpacts')
      return Object.fromEntries(Object.entries(value).map(([key, figure]) => [key, scaled(Number(figure))]));
    if (name === 'material' && hasUuids) return { ...value, id: MATERIAL_UUIDS[value.id] };
    if (!('ecs' in value && 'pef' in value)) return value;
    const figureOf = (code: string) =>
      code === 'ecs' || code === 'pef'
        ? value[code]
        : isDetailed
          ? (value.ecs * (1 + DETAILED.indexOf(code as never))) / 1000
          : 0;
    return Object.fromEntries(codes.map((code) => [code, scaled(figureOf(code))]));
  });
}

/** A query with the method's ids; those of version 7 are none since version 8. */
function queryOf(version: Version, body: Buffer): unknown {
  const query = JSON.parse(body.toString() || '{}');
  if (!version.hasUuids || !Array.isArray(query.materials)) return query;
  const materials = query.materials.map((entry: { id?: string }) => {
    const id = OURS.get(String(entry?.id));
    if (id === undefined)
      throw new TextileQueryError({ decoding: `Identifiant invalide: « ${entry?.id} » n'est pas un UUID` });
    return { ...entry, id };
  });
  return { ...query, materials };
}

/**
 * Starts a server that answers as the official API does: its document with the version on top, tokens, UUIDs of materials,
 * indicators, stages, addresses with and without version, limits and redirects; figures are those of our method.
 */
export async function startOfficialServer(given: Partial<OfficialState> = {}, port = 0): Promise<OfficialServer> {
  let second = 0;
  let inSecond = 0;

  const send = (reply: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
    reply
      .writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  const refuse = (reply: ServerResponse, status: number, error: object) =>
    send(reply, status, { error, documentation: DOCUMENTATION });

  const isTooOften = () => {
    const now = Math.floor(official.now() / 1000);
    inSecond = now === second ? inSecond + 1 : 1;
    second = now;
    return inSecond > official.perSecond;
  };

  /** The faults that leave no answer, or another than asked for; what is left is one of its content. */
  function misbehave(fault: OfficialFault, reply: ServerResponse): unknown {
    if (fault === 'cut') return reply.socket?.destroy();
    if (fault === 'page') return send(reply, 200, '<html>Le site est en maintenance</html>');
    const { status, retryAfter } = fault as { status: number; retryAfter?: string };
    return send(reply, status, '<html>', retryAfter === undefined ? {} : { 'retry-after': retryAfter });
  }

  function simulated(version: Version, path: string, body: Buffer, isDetailed: boolean, fault: OfficialFault | null) {
    const { upcycledStages } = official;
    const query = queryOf(version, body) as { product?: string };
    const asked = fault === 'other-product' ? { ...query, product: query.product === 'jean' ? 'pull' : 'jean' } : query;
    const impact = path.split('/')[3];
    const answer =
      impact === 'detailed'
        ? simulateDetailed(asked, { upcycledStages })
        : simulateSimple(asked, impact === undefined ? {} : { impact: impact as 'ecs' });
    return inVersion(fault === 'zeros' ? { ...version, factor: 0 } : version, answer, isDetailed);
  }

  async function answer(request: IncomingMessage, reply: ServerResponse): Promise<unknown> {
    const { method, headers } = request;
    const { pathname } = new URL(request.url ?? '/', official.url);
    const body = await buffer(request);
    if (pathname === '/stand-in' && method === 'PUT') {
      Object.assign(official, JSON.parse(body.toString()));
      return send(reply, 200, {});
    }
    official.asked.push(`${method} ${pathname}`);
    const [, named, rest = ''] = /^(?:\/versions\/([^/]+))?\/api(\/.*)?$/.exec(pathname) ?? [];
    if (!/^(\/versions\/[^/]+)?\/api(\/|$)/.test(pathname)) {
      // The site itself, at an address without its last slash, is not found.
      return /^\/versions\/[^/]+\/$/.test(pathname)
        ? send(reply, 200, '<html>Ecobalyse</html>')
        : send(reply, 404, '<html>');
    }
    const name = (named ?? official.version) as OfficialVersion;
    const version: Version | undefined = OFFICIAL_VERSIONS[name];
    if (!version || (named && version.isUnversioned)) return send(reply, 404, 'Version not found');
    if (isTooOften()) return send(reply, 429, 'Too many requests, please try again later.', { 'retry-after': '1' });
    const path = rest.replace(/\/$/, '');
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? headers.token;
    const isKnown = official.tokens.includes(String(token));
    if (version.needsToken && !isKnown && path !== '')
      return refuse(reply, 401, { authorization: 'Un token est requis pour utiliser l’API' });

    if (method === 'GET' && /^\/(countries|materials|products|simulator)/.test(path))
      return reply.writeHead(302, { location: `/api/textile${path}` }).end();
    const lists: Record<string, () => object> = {
      '': () => ({
        ...{ openapi: '3.0.1', version: name, info: { title: 'API Ecobalyse', version: '0.0.1-alpha' } },
        paths: {},
        components: { schemas: { Impacts: { type: 'object', properties: documented(version) } } },
      }),
      '/textile/countries': listCountries,
      '/textile/materials': () =>
        version.hasUuids
          ? listMaterials().map(({ id, name }) => ({ uuid: MATERIAL_UUIDS[id], name }))
          : listMaterials(),
      '/textile/products': listProducts,
      '/textile/trims': listTrims,
    };
    const list = lists[path];
    if (method === 'GET' && list) return send(reply, 200, list());
    const isSimulation = /^\/textile\/simulator(\/(detailed|[a-z-]{3,5}))?$/.test(path) && !path.endsWith('/batch');
    if (method !== 'POST' || !isSimulation) return refuse(reply, 404, { general: 'Endpoint doesn’t exist' });

    const fault = official.faults.shift() ?? official.fault;
    if (fault === 'silence') return undefined;
    if (fault !== null && !['zeros', 'other-product', 'cut-in-answer'].includes(fault as string))
      return misbehave(fault, reply);
    try {
      const text = JSON.stringify(simulated(version, path, body, isKnown, fault));
      if (fault !== 'cut-in-answer') return send(reply, 200, JSON.parse(text));
      reply.writeHead(200, { 'content-length': String(text.length) });
      return reply.write(text.slice(0, text.length / 2), () => reply.socket?.destroy());
    } catch (error) {
      if (error instanceof TextileQueryError) return refuse(reply, 400, error.errors);
      if (error instanceof SyntaxError)
        return refuse(reply, 400, { decoding: `Format JSON invalide : ${error.message}` });
      throw error;
    }
  }

  const server = createServer((request, reply) => void answer(request, reply)).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const official: OfficialServer = {
    ...{ version: 'v7.0.0', tokens: [], upcycledStages: 'left-out', perSecond: 100, faults: [], fault: null },
    ...given,
    url,
    apiUrl: (version) => (version === undefined ? `${url}/api` : `${url}/versions/${version}/api`),
    asked: [],
    now: () => Date.now(),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return official;
}

const documented = (version: Version) =>
  Object.fromEntries(impactsOf(version).map((code) => [code, { type: 'number', description: `Indicateur ${code}` }]));
