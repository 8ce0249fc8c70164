/** Writes the OpenAPI document, with answers of an API with fixed data as examples: `npm run openapi`. */
import { writeFile } from 'node:fs/promises';
import { openTracker } from '@ecobalyse/tracking';
import { type FixedApi, startFixedApi } from './fixed-api.js';
import { readmeDocuments } from './fixed-documents.js';
import { registerModel } from './registered-model.js';

interface Answer {
  content?: Record<string, unknown>;
}
interface Operation {
  operationId: string;
  parameters?: { in: string; name: string; example?: string | number; schema: { example?: string | number } }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, Answer>;
}
interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

const ROOT = new URL('../../../../', import.meta.url);
/** What others need comes first, what takes it away last; nothing runs the jobs and the runs meanwhile. */
const FIRST = [
  // Before anything was written with a key.
  'listKeys',
  'getMyUsage',
  'listAuditLines',
  'previewRetention',
  'applyRetention',
  'addKey',
  'promoteModel',
  'createCatalogue',
  'addToCatalogue',
  'addProduct',
  'addProducts',
  'startRun',
  'saveMapping',
];
const LAST = [
  ...[
    'changeCatalogueProduct',
    'deleteFromCatalogue',
    'undoCatalogueChange',
    'deleteCatalogueProduct',
    'deleteCatalogue',
  ],
  ...['restoreCatalogue', 'deleteMapping', 'cancelJob', 'cancelRun', 'retryRun', 'deleteProduct', 'revokeKey'],
];
/** What makes the thing that a path begins with. */
const MADE_BY: Readonly<Record<string, string>> = { jobs: 'addProducts', catalogues: 'createCatalogue' };
/** Queries that keep examples short. */
const QUERIES: Readonly<Record<string, string>> = {
  compareByAddress: '?item=15a853d8fc6bee14a946559190111f51&item=15a853d8fc6bee14a946559190111f51',
  listProducts: '?nb_doc=1&fields=impacts.ecs,inputs.mass',
  listProductsOfCountry: '?nb_doc=1&fields=impacts.ecs,inputs.mass',
  listBestProducts: '?nb_doc=1&fields=average_impacts,covered_impacts',
  listWorstProducts: '?nb_doc=1&fields=average_impacts,covered_impacts',
  checkDeclaration: '?format=json',
  declareCatalogue: '?format=json&brand_id=default',
  exportCatalogue: '?format=json',
  getDistribution: '?bins=2',
  getJobResult: '?format=json',
  getSensitivity: '?product=tshirt&n=64',
  groupProducts: '?by=country_making',
  deleteProduct: '?md5_id=15a853d8fc6bee14a946559190111f51',
};
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const KEY = /^eco_[\w-]{43}$/;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Fields that differ each time, and what is shown of them. */
const VARYING = {
  ...{ seconds: 1, milliseconds: {}, reason: null, runId: '8a62c5a5275c4d0cb0df5abcd5e21029' },
  // The use of keys is told within seconds.
  ...{ requests: 20, requests_30_days: 20, last_used_at: '2026-01-01T12:00:00.000Z' },
  days: [{ day: '2026-01-01', requests: 20, refused: 0, products: 0 }],
  // That of a model is told from its first look at what arrived on.
  level: 0.9,
};

/** Reasons are told in every language, or are a failure's own. */
const isWords = (field: unknown) => typeof field === 'object' && field !== null && 'fr' in field;

/** What bears the name of something that varies, and is something else. */
const isOther = (field: unknown, varying: unknown) =>
  isWords(field) ||
  Array.isArray(field) !== Array.isArray(varying) ||
  (typeof field === 'string' && typeof varying === 'number');

/** Two names that belong together. */
const isPair = (value: readonly unknown[]) => value.length === 2 && value.every((one) => typeof one === 'string');

/** What is the same each time, and short: the first member of each list but of figures, pairs, ids and times that do not change. */
function short(value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .replace(UUID, '0b9f3c1e-5d0a-4c7e-9f6e-2a1b3c4d5e6f')
      .replace(TIME, '2026-01-01T12:00:00.000Z')
      .replace(KEY, 'eco_…');
  if (Array.isArray(value))
    return value.every((member) => typeof member === 'number') || isPair(value) ? value : value.slice(0, 1).map(short);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]): [string, unknown] => [
    name,
    name in VARYING && !isOther(field, VARYING[name as keyof typeof VARYING])
      ? VARYING[name as keyof typeof VARYING]
      : short(field),
  ]);
  // Statistics are written at the same time, and stand in the summary in the order in which they came to their end.
  const isOfStatistics = fields.every(([name]) => name.startsWith('stats_'));
  return Object.fromEntries(isOfStatistics ? fields.sort(([a], [b]) => (a < b ? -1 : 1)) : fields);
}

const isJson = (answer?: Answer) => answer?.content !== undefined && 'application/json' in answer.content;

const documentOf = async ({ url }: FixedApi) => (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;

async function answersOf(api: FixedApi): Promise<Record<string, unknown>> {
  await registerModel(openTracker(undefined, api.store), 'ridge');
  const operations = Object.entries((await documentOf(api)).paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    )
    .filter(({ operationId }) => operationId !== 'testAlert')
    .filter(({ responses }) => isJson(responses[200] ?? responses[201] ?? responses[202]));
  const turnOf = ({ operationId: id }: Operation) =>
    FIRST.includes(id) ? FIRST.indexOf(id) - FIRST.length : LAST.indexOf(id) + 1;
  const ids: Record<string, string> = {};
  // Nobody is there to take a trial.
  const answers: Record<string, unknown> = { testAlert: { message: 'The webhook took it' } };
  for (const { path, method, operationId, parameters = [], requestBody } of operations.sort(
    (a, b) => turnOf(a) - turnOf(b),
  )) {
    const inPath = (_: string, name: string) => {
      const parameter = parameters.find((candidate) => candidate.in === 'path' && candidate.name === name);
      const example = parameter?.example ?? parameter?.schema.example;
      const [, first = ''] = path.split('/');
      const own = { product: ids.addToCatalogue, change: ids.change }[name] ?? ids[MADE_BY[first] ?? 'startRun'];
      return encodeURIComponent(example ?? own ?? '');
    };
    const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const response = await fetch(`${api.url}${path.replace(/\{(\w+)\}/g, inPath)}${QUERIES[operationId] ?? ''}`, {
      method: method.toUpperCase(),
      headers: { access_token: api.key, ...(type !== undefined && { 'content-type': type }) },
      ...(body && {
        body:
          operationId === 'deleteFromCatalogue'
            ? JSON.stringify({ ids: [ids.addToCatalogue] })
            : typeof body.example === 'string'
              ? body.example
              : JSON.stringify(body.example),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${operationId} answers ${response.status}: ${text}`);
    const answer = JSON.parse(text);
    if (typeof answer.id === 'string') ids[operationId] = answer.id;
    if (typeof answer.change === 'string') ids.change = answer.change;
    answers[operationId] = short(answer);
  }
  return Object.fromEntries(Object.entries(answers).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const write = (path: string, value: unknown) => writeFile(new URL(path, ROOT), `${JSON.stringify(value, null, 1)}\n`);

const asked = await startFixedApi({ orchestrator: true, documents: readmeDocuments() });
const answers = await answersOf(asked).finally(() => asked.close());
for (const folder of ['src', 'dist']) await write(`services/api/${folder}/answer-examples.json`, answers);
const served = await startFixedApi();
await write('docs/openapi.json', await documentOf(served).finally(() => served.close()));
