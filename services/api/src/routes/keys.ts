import { callerOf, languageOf, RefusedError, requireRole } from '@ecobalyse/http-kit';
import type { WrittenTable } from '@ecobalyse/product-files';
import {
  type AuditLine,
  auditExportQuery,
  auditPage,
  auditQuery,
  type Caller,
  errorDetailSchema,
  failures,
  type KeyQuota,
  type KeyView,
  keyChange,
  keyParams,
  keyRequest,
  keyRotation,
  keysPage,
  keysQuery,
  type Language,
  messageSchema,
  newKeySchema,
  USAGE_DAYS,
  usageSchema,
  type Words,
} from '@ecobalyse/schema';
import { hashApiKey, newApiKey } from '@ecobalyse/service-kit';
import {
  type ApiKeyDocument,
  type AuditFilter,
  type AuditLineDocument,
  addApiKey,
  countAuditLines,
  findAuditLines,
  type KeyUse,
  limitApiKey,
  listApiKeys,
  listKeyUses,
  revokeApiKey,
  rotateApiKey,
} from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';
import { sendTable, TABLES } from '../file-answers.js';

const DAY_MS = 86_400_000;
const firstDay = () => new Date(Date.now() - (USAGE_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
const momentOf = (date: Date | undefined) => date?.toISOString() ?? null;
const sum = (uses: readonly KeyUse[], field: 'requests' | 'refused' | 'products') =>
  uses.reduce((total, use) => total + (use[field] ?? 0), 0);
const today = () => new Date().toISOString().slice(0, 10);
const productsToday = (uses: readonly KeyUse[]) =>
  sum(
    uses.filter(({ day }) => day === today()),
    'products',
  );
/** What a key may use, as it is told. */
const quotaOf = ({ requests_per_minute = null, products_per_day = null }: Nullable<KeyQuota>) => ({
  requests_per_minute,
  products_per_day,
});
/** When a key was used last; its days are in their order. */
const lastUse = (uses: readonly KeyUse[]) => momentOf(uses.at(-1)?.last_at);

function stateOf({ revoked_at, expires_at }: ApiKeyDocument): KeyView['state'] {
  if (revoked_at) return 'revoked';
  return expires_at && expires_at.getTime() <= Date.now() ? 'expired' : 'in-force';
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };

/** Every key, those of the settings first. */
function keyViews(
  ofSettings: readonly Caller[],
  stored: readonly ApiKeyDocument[],
  uses: readonly KeyUse[],
): KeyView[] {
  const used = (name: string) => {
    const days = uses.filter(({ key }) => key === name);
    return {
      last_used_at: lastUse(days),
      requests_30_days: sum(days, 'requests'),
      products_today: productsToday(days),
    };
  };
  const never = { created_at: null, expires_at: null, revoked_at: null };
  const taken = new Set(ofSettings.map(({ name }) => name));
  return [
    ...ofSettings.map((caller) => ({
      ...caller,
      ...quotaOf({}),
      source: 'settings' as const,
      state: 'in-force' as const,
      ...never,
      ...used(caller.name),
    })),
    // A key of the database cannot take the place of one of the settings.
    ...stored.flatMap((key) => {
      const { name, role, created_at, expires_at, revoked_at } = key;
      if (taken.has(name)) return [];
      const moments = {
        created_at: momentOf(created_at),
        expires_at: momentOf(expires_at),
        revoked_at: momentOf(revoked_at),
      };
      const kept = { name, role, source: 'database' as const, state: stateOf(key) };
      return [{ ...kept, ...moments, ...quotaOf(key), ...used(name) }];
    }),
  ];
}

const lineView = ({ _id, at, ...line }: AuditLineDocument): AuditLine => ({ ...line, at: at.toISOString() });

const AUDIT_COLUMNS: readonly (readonly [keyof AuditLine, Words, width: number])[] = [
  ['at', { fr: 'Moment', en: 'Moment' }, 24],
  ['key', { fr: 'Clé', en: 'Key' }, 20],
  ['role', { fr: 'Rôle', en: 'Role' }, 10],
  ['address', { fr: 'Adresse', en: 'Address' }, 20],
  ['method', { fr: 'Méthode', en: 'Method' }, 10],
  ['route', { fr: 'Route', en: 'Route' }, 30],
  ['subject', { fr: 'Objet', en: 'Subject' }, 40],
  ['status', { fr: 'Statut', en: 'Status' }, 8],
  ['request_id', { fr: 'Requête', en: 'Request' }, 36],
];

export function auditTable(lines: AsyncIterable<AuditLineDocument>, language: Language): WrittenTable {
  async function* rows() {
    for await (const line of lines) {
      const view = lineView(line);
      yield [AUDIT_COLUMNS.map(([field]) => view[field] ?? '')];
    }
  }
  return {
    headers: AUDIT_COLUMNS.map(([, words]) => words[language]),
    widths: AUDIT_COLUMNS.map(([, , width]) => width),
    rows: rows(),
  };
}

/** `/keys…`, `/audit…` and `GET /me/usage`: who may do what, and who did. */
export function keyRoutes({ store, access, protection }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Keys'], security: [{ apiKey: [] }] };
  const unknown = { 404: errorDetailSchema.describe('No key of this name is in force') };
  const taken = { 409: errorDetailSchema.describe('The name is taken, or the key stands in the settings') };
  const admin = requireRole(access, 'admin');
  const isOfSettings = (name: string) => access.ofSettings.some((caller) => caller.name === name);
  function ofDatabase(name: string): string {
    if (isOfSettings(name)) throw new RefusedError('key_of_settings');
    return name;
  }
  const expiryOf = (text: string | null | undefined) => (text ? new Date(text) : undefined);

  return async (app) => {
    app.get(
      '/me/usage',
      {
        onRequest: requireRole(access, 'reader'),
        schema: {
          ...common,
          operationId: 'getMyUsage',
          summary: 'What the key that was sent is used for, and what it may',
          response: { 200: usageSchema, ...failures(403, 503) },
        },
      },
      async (request, reply) => {
        const { name, role, ...own } = callerOf(access, request) as Caller & KeyQuota;
        const { requests_per_minute, products_per_day } = quotaOf(own);
        const uses = await listKeyUses(store, firstDay(), name);
        return reply.header('cache-control', 'private, no-store').send({
          name,
          role,
          limit_per_minute: requests_per_minute ?? (protection?.limits.perKey || null),
          products_per_day,
          products_today: productsToday(uses),
          requests: sum(uses, 'requests'),
          refused: sum(uses, 'refused'),
          products: sum(uses, 'products'),
          last_used_at: lastUse(uses),
          days: uses.map(({ day, requests, refused, products = 0 }) => ({ day, requests, refused, products })),
        });
      },
    );

    app.get(
      '/keys',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'listKeys',
          summary: 'Keys with their roles, states and use',
          description: 'Those of the settings first, then by name, the expired and revoked ones too.',
          querystring: keysQuery,
          response: { 200: keysPage, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const { offset, limit } = request.query;
        const [stored, uses] = await Promise.all([listApiKeys(store), listKeyUses(store, firstDay())]);
        const keys = keyViews(access.ofSettings, stored, uses);
        return reply
          .header('cache-control', 'private, no-store')
          .send({ total: keys.length, offset, limit, items: keys.slice(offset, offset + limit) });
      },
    );

    app.post(
      '/keys',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'addKey',
          summary: 'Add a key',
          description: 'It is told this once, and in force within seconds. The database keeps its SHA-256.',
          body: keyRequest,
          response: { 201: newKeySchema, ...failures(403, 422, 503), ...taken },
        },
      },
      async (request, reply) => {
        const { name, role, expires_at, requests_per_minute, products_per_day } = request.body;
        request.subject = name;
        const key = newApiKey();
        const expiry = expiryOf(expires_at);
        const isNew =
          !isOfSettings(name) &&
          (await addApiKey(store, {
            ...{ name, role, hash: hashApiKey(key) },
            ...(expiry && { expires_at: expiry }),
            ...(requests_per_minute && { requests_per_minute }),
            ...(products_per_day && { products_per_day }),
          }));
        if (!isNew) throw new RefusedError('key_name_taken', { name });
        await access.refresh();
        return reply.status(201).header('cache-control', 'private, no-store').send({ name, key });
      },
    );

    app.patch(
      '/keys/:name',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'limitKey',
          summary: 'Change what a key may use',
          description: 'Limits that are not given stay; null takes one away. In force within seconds.',
          params: keyParams,
          body: keyChange,
          response: { 200: messageSchema, ...failures(403, 422, 503), ...unknown, ...taken },
        },
      },
      async (request, reply) => {
        const name = ofDatabase(request.params.name);
        if (!(await limitApiKey(store, name, request.body))) throw new RefusedError('api_key_unknown');
        await access.refresh();
        return reply.send({ message: `Key ${name} limited` });
      },
    );

    app.post(
      '/keys/:name/rotate',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'rotateKey',
          summary: 'Put another key in a key’s place',
          description: 'With its name and role; the old one is refused within seconds.',
          params: keyParams,
          body: keyRotation,
          response: { 200: newKeySchema, ...failures(403, 422, 503), ...unknown, ...taken },
        },
      },
      async (request, reply) => {
        const name = ofDatabase(request.params.name);
        const key = newApiKey();
        if (!(await rotateApiKey(store, name, hashApiKey(key), expiryOf(request.body.expires_at)))) {
          throw new RefusedError('api_key_unknown');
        }
        await access.refresh();
        return reply.header('cache-control', 'private, no-store').send({ name, key });
      },
    );

    app.delete(
      '/keys/:name',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'revokeKey',
          summary: 'Revoke a key for good',
          description: 'It is refused within seconds, and its name stays its own, so that the audit stays unambiguous.',
          params: keyParams,
          response: { 200: messageSchema, ...failures(403, 422, 503), ...unknown, ...taken },
        },
      },
      async (request, reply) => {
        const name = ofDatabase(request.params.name);
        if (!(await revokeApiKey(store, name))) throw new RefusedError('api_key_unknown');
        await access.refresh();
        return reply.send({ message: `Key ${name} revoked` });
      },
    );

    app.get(
      '/audit',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'listAuditLines',
          summary: 'Writes and attempts at them, the newest first',
          description: 'Kept for AUDIT_KEEP_DAYS days; a line is there within seconds.',
          querystring: auditQuery,
          response: { 200: auditPage, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const { offset, limit, ...filter } = request.query;
        const [total, lines] = await Promise.all([
          countAuditLines(store, filter),
          limit === 0 ? [] : findAuditLines(store, filter).skip(offset).limit(limit).toArray(),
        ]);
        return reply
          .header('cache-control', 'private, no-store')
          .send({ total, offset, limit, items: lines.map(lineView) });
      },
    );

    app.get(
      '/audit/export',
      {
        onRequest: admin,
        schema: {
          ...common,
          operationId: 'exportAudit',
          summary: 'The same lines as a table',
          querystring: auditExportQuery,
          response: { 200: { description: 'The lines', content: TABLES }, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const { format, ...filter } = request.query;
        const language = languageOf(request);
        const lines = findAuditLines(store, filter satisfies AuditFilter);
        return sendTable(reply, format, language, 'audit', auditTable(lines, language));
      },
    );
  };
}
