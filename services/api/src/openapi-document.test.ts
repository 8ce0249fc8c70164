import { openAccess } from '@ecobalyse/http-kit';
import { createLogger } from '@ecobalyse/service-kit';
import { validate } from '@readme/openapi-parser';
import { beforeAll, expect, it } from 'vitest';
import { buildApi } from './app.js';
import { COMMITTED, type OpenApiDocument, openDocument } from './testing/openapi-document.js';

/** What stands in front of every route may answer these. */
const REFUSALS_OF_ALL = ['307', '400', '405', '408', '414', '429', '431', '503'];

let document: OpenApiDocument;
let { faultsOf, toldOf, operations } = {} as ReturnType<typeof openDocument>;
beforeAll(async () => {
  // It is told by routes alone: nothing of what they work with is asked for anything.
  const nothing = { store: {}, cache: {}, upstream: {}, models: {}, productJobs: {} };
  const app = await buildApi({
    ...nothing,
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    productJobLimits: { maxBytes: 1 },
    access: openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' }),
    orchestratorUrl: 'http://127.0.0.1:9',
    cacheClearRequiresKey: false,
  } as never);
  document = JSON.parse((await app.inject('/openapi.json')).body);
  ({ faultsOf, toldOf, operations } = openDocument(document));
});

it('the document of the API is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toBe('3.1.0');
  const result = await validate(structuredClone(document) as never);
  expect(result.valid ? [] : result.errors).toEqual([]);
});

it('it is the one that is committed: npm run openapi writes it', () => {
  expect(document).toEqual(COMMITTED);
});

it('it has every route of the contract, with the key as security scheme', () => {
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/',
      '/cache/clear',
      '/countries',
      '/export/impacts.csv',
      '/export/impacts.ndjson',
      '/export/impacts.parquet',
      '/health/live',
      '/health/ready',
      '/impacts',
      '/impacts/distribution',
      '/impacts/documentation',
      '/impacts/groups',
      '/impacts/summary',
      '/jobs',
      '/jobs/{id}',
      '/jobs/{id}/events',
      '/jobs/{id}/result',
      '/materials',
      '/models',
      '/models/{version}',
      '/models/{version}/checks',
      '/models/{version}/promote',
      '/predict',
      '/predict/batch',
      '/processes',
      '/product',
      '/product/batch',
      '/product/by-id/{md5_id}',
      '/product/{id}',
      '/product/{id}/bad_product',
      '/product/{id}/good_product',
      '/product/{id}/{country}',
      '/products',
      '/simulate',
      '/stats/components',
      '/stats/correlations',
      '/stats/countries',
      '/stats/days_of_wear',
      '/stats/drivers',
      '/stats/impacts',
      '/stats/outliers',
      '/stats/ranking',
      '/stats/segments',
      '/stats/stages',
      '/stats/summary',
      '/stats/{name}.csv',
      '/stats/{name}.parquet',
      '/trims',
    ]),
  );
  const { securitySchemes, schemas } = document.components;
  expect(securitySchemes.apiKey).toEqual({ type: 'apiKey', in: 'header', name: 'access_token' });
  expect(schemas.ProductRequest?.required).toEqual(
    expect.arrayContaining(['mass', 'materials', 'product', 'countryMaking', 'fabricProcess']),
  );
});

it('each operation has an id of its own, and examples of bodies and answers that fit their schemas', () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(ids).toEqual(ids.map(() => expect.stringMatching(/^[a-z][A-Za-z]+$/)));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, method, operation } of operations()) {
    const { operationId, requestBody, responses } = operation;
    const status = ['200', '201', '202'].find((one) => responses[one]) as string;
    const { told, at } = toldOf(path, method, status);
    const answers = Object.entries(told?.content ?? {}).filter(([type]) => type === 'application/json');
    // Lines of JSON have none: schemathesis would want to send them, and cannot. Nor has a workbook, which is no text.
    const bodies = Object.entries(requestBody?.content ?? {}).filter(([type]) => !/ndjson|spreadsheet/.test(type));
    for (const [where, contents] of [
      [['paths', path, method, 'requestBody'], bodies],
      [at, answers],
    ] as const) {
      for (const [type, { example }] of contents) {
        expect([operationId, example]).toEqual([operationId, expect.anything()]);
        expect([operationId, faultsOf(example, ...where, 'content', type)]).toEqual([operationId, null]);
      }
    }
  }
});

it('each route is documented: a summary, the key where it is asked for, and what it answers', () => {
  for (const { path, method, operation } of operations()) {
    const where = `${method} ${path}`;
    expect([where, operation.summary]).toEqual([where, expect.stringMatching(/.{5}/)]);
    const statuses = Object.keys(operation.responses);
    expect([where, statuses]).toEqual([where, expect.arrayContaining(REFUSALS_OF_ALL)]);
    for (const status of ['413', '415']) {
      expect([where, statuses.includes(status)]).toEqual([where, operation.requestBody !== undefined]);
    }
    for (const status of statuses) {
      const { headers } = toldOf(path, method, status).told ?? {};
      const isNamed = headers !== undefined && 'x-error-code' in headers;
      expect([where, status, isNamed]).toEqual([where, status, Number(status) >= 400]);
    }
    for (const status of ['429', '503']) {
      expect([where, toldOf(path, method, status).told?.headers]).toMatchObject([
        where,
        { 'retry-after': expect.anything() },
      ]);
    }
    expect([where, statuses.includes('403')]).toEqual([where, operation.security !== undefined]);
  }
});
