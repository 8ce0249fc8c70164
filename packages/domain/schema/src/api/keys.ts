import { z } from 'zod';
import { callerSchema, KEY_NAME, roleSchema } from '../access.js';
import { expected } from '../languages.js';
import { pageOf, pageQuery } from './pages.js';
import { integerParameter, oneOf, textParameter } from './parameters.js';

/** Keys of the REST API, what they are used for, and what was written with them. */

const nameWords = expected(
  'a name of 1 to 64 letters, digits, _, . or -',
  'un nom de 1 à 64 lettres, chiffres, _, . ou -',
);
/** The name of a key. */
export const keyName = z.string(nameWords).regex(KEY_NAME, nameWords).meta({ example: 'erp' });
export const keyParams = z.object({ name: keyName.meta({ description: 'Name of a key' }) });

const later = expected(
  'a moment to come, such as 2030-12-31T00:00:00Z',
  'un moment à venir, comme 2030-12-31T00:00:00Z',
);
const expiresAt = z.iso
  .datetime({ offset: true, ...later })
  .refine((text) => Date.parse(text) > Date.now(), later)
  .nullable()
  .optional()
  .meta({ description: 'When it expires; never without it', example: '2099-12-31T00:00:00Z' });

/** More than any client sends, and within what counters hold. */
export const MOST_QUOTA = 1_000_000_000;
const quotaOf = (description: string) => integerParameter(1, MOST_QUOTA).nullish().meta({ description });
const quota = {
  requests_per_minute: quotaOf('Requests that it may send a minute; null: as the settings say (RATE_LIMIT_PER_KEY)'),
  products_per_day: quotaOf('Products that it may add or change on a day of UTC; null: as many as it likes'),
};

export const keyRequest = z
  .strictObject({ name: keyName, role: roleSchema, expires_at: expiresAt, ...quota })
  .meta({ id: 'KeyRequest', examples: [{ name: 'erp', role: 'writer' }] });
export const keyRotation = z
  .strictObject({ expires_at: expiresAt })
  .meta({ id: 'KeyRotation', examples: [{ expires_at: null }] });

export const keyChange = z
  .strictObject(quota)
  .refine((change) => Object.keys(change).length > 0, expected('a limit', 'une limite'))
  .meta({ id: 'KeyChange', examples: [{ requests_per_minute: 600, products_per_day: 10_000 }] });

const moment = z.iso.datetime();
const count = (description: string) => z.int().meta({ description });
const quotaView = {
  requests_per_minute: z.int().nullable().meta({ description: 'Its own limit; null: as the settings say' }),
  products_per_day: z
    .int()
    .nullable()
    .meta({ description: 'That it may add or change on a day of UTC; null: no limit' }),
  products_today: count('That it added or changed today (UTC), within seconds'),
};
const keyView = z.object({
  ...callerSchema.shape,
  source: z
    .enum(['settings', 'database'])
    .meta({ description: 'settings: of API_KEY and API_KEYS, changed there only' }),
  state: z.enum(['in-force', 'expired', 'revoked']),
  created_at: moment.nullable(),
  expires_at: moment.nullable(),
  revoked_at: moment.nullable(),
  last_used_at: moment.nullable().meta({ description: 'Within seconds' }),
  requests_30_days: count('Requests of the last 30 days (UTC), today included'),
  ...quotaView,
});
export const keySchema = keyView.meta({ id: 'Key' });
export type KeyView = z.output<typeof keySchema>;
export const keysQuery = pageQuery;
export const keysPage = pageOf('Keys', keySchema);
export type KeysPage = z.output<typeof keysPage>;

/** A key that was made: the only time that it is told. */
export const newKeySchema = z
  .object({ name: z.string(), key: z.string().meta({ description: 'The key; it cannot be shown again' }) })
  .meta({ id: 'NewKey' });
export type NewKey = z.output<typeof newKeySchema>;

/** Days of which the use of a key is told. */
export const USAGE_DAYS = 30;
export const usageSchema = z
  .object({
    ...callerSchema.shape,
    limit_per_minute: z.int().nullable().meta({
      description: 'Requests that the key may send, by its own limit or that of the settings; null without a limit',
    }),
    products_per_day: quotaView.products_per_day,
    products_today: quotaView.products_today,
    requests: count('Of these days together'),
    refused: count('Of these, answered with a status from 400 on'),
    products: count('That it added or changed on these days'),
    last_used_at: moment.nullable(),
    days: z
      .array(z.object({ day: z.iso.date(), requests: z.int(), refused: z.int(), products: z.int() }))
      .meta({ description: `Of the last ${USAGE_DAYS} days (UTC) those with requests, the oldest first` }),
  })
  .meta({ id: 'KeyUsage' });
export type KeyUsage = z.output<typeof usageSchema>;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const day = (en: string, fr: string) => {
  const words = expected(
    `${en}, such as 2026-12-31 or 2026-12-31T10:00:00Z`,
    `${fr}, comme 2026-12-31 ou 2026-12-31T10:00:00Z`,
  );
  return z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], words)
    .transform((text) => new Date(text))
    .optional();
};
const auditFilter = {
  key: keyName.optional().meta({ description: 'Name of the key' }),
  method: oneOf(METHODS).optional(),
  route: textParameter('a part of a route', 'une partie d’une route').optional().meta({ example: '/product' }),
  subject: textParameter('a part of what it is about', 'une partie de ce dont il s’agit').optional(),
  status: integerParameter(100, 599).optional().meta({ description: 'Status of the answer', example: 200 }),
  from: day('a first day or moment', 'un premier jour ou moment').meta({ description: 'From this moment on' }),
  to: day('a day or moment', 'un jour ou moment').meta({ description: 'Before this moment' }),
};
export const auditQuery = z.object({ ...auditFilter, ...pageQuery.shape });
export const AUDIT_FORMATS = ['csv', 'csv-fr', 'xlsx'] as const;
export const auditExportQuery = z.object({
  ...auditFilter,
  format: oneOf(AUDIT_FORMATS).default('csv').meta({ description: 'csv-fr is for French spreadsheets' }),
});

const auditLine = z
  .object({
    at: moment,
    key: z.string().nullable().meta({ description: 'Null: without a key that is known' }),
    role: roleSchema.nullable(),
    address: z.string(),
    method: z.string(),
    route: z.string(),
    subject: z.string().nullable().meta({ description: 'What it is about, such as the md5_id of a product' }),
    status: z.int(),
    request_id: z.string(),
  })
  .meta({ id: 'AuditLine' });
export type AuditLine = z.output<typeof auditLine>;
export const auditPage = pageOf('AuditLines', auditLine);
export type AuditPage = z.output<typeof auditPage>;
