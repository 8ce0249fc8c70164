import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import * as exported from './index.js';
import {
  auditExportQuery,
  auditQuery,
  catalogueChangeParams,
  catalogueDeclarationQuery,
  catalogueDeletion,
  catalogueExportQuery,
  catalogueOutliersQuery,
  catalogueParams,
  catalogueProductParams,
  catalogueProductsQuery,
  cataloguesQuery,
  changesQuery,
  comparisonForm,
  comparisonQuery,
  declarationCheckBody,
  declarationCheckQuery,
  deletionQuery,
  distributionQuery,
  documentParams,
  effectsQuery,
  estimateBatchAnswer,
  estimateBatchBody,
  estimateParametersSchema,
  explanationQuery,
  groupsQuery,
  impactExportQuery,
  jobEventSchema,
  jobParams,
  jobProductsQuery,
  jobRefusedQuery,
  jobResultQuery,
  keyParams,
  keysQuery,
  mappingParams,
  modelParams,
  PIPELINE_ROUTES,
  pageQuery,
  predictionBatchAnswer,
  predictionBatchBody,
  productBatchBody,
  productBatchQuery,
  productCountryParams,
  productParams,
  productsQuery,
  rankedProductsQuery,
  searchQuery,
  segmentsQuery,
  sensitivityQuery,
  standingQuery,
  statisticParams,
  statisticQuery,
  strataQuery,
  templateQuery,
} from './index.js';

/**
 * The API's document is written from these schemas by `npm run openapi`. A schema that changes without it has changed the
 * contract by mistake, or needs the document written anew.
 */
const at = new URL('../../../../docs/openapi.json', import.meta.url);
interface Parameter {
  in: string;
  name: string;
  required: boolean;
  description?: string;
  schema: object;
}
type Content = Record<string, { schema: object; example?: unknown }>;
interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: object[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, Told & { $ref?: string }>;
}
interface Told {
  description: string;
  content?: Content;
}
const { components, paths } = JSON.parse(readFileSync(at, 'utf8')) as {
  components: { schemas: Record<string, unknown>; responses: Record<string, Told> };
  paths: Record<string, Record<string, Operation>>;
};

const schemasOf = (io: 'input' | 'output') =>
  z.toJSONSchema(z.globalRegistry, {
    io,
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
  }).schemas as unknown as Record<string, { $schema?: string; $id?: string }>;
/** What requests are read by; everything else is what is answered. */
const REQUESTS = [
  ...['FileProduct', 'PredictionRequest', 'ProductRequest', 'SimulationRequest', 'NewRun', 'CatalogueRequest'],
  ...[
    'CatalogueProductRequest',
    'CatalogueProductChange',
    'CatalogueProductIds',
    'CatalogueRenaming',
    'KeyRequest',
    'KeyChange',
    'KeyRotation',
    'ComparisonRequest',
    'ScopeRequest',
    'LotRequest',
    'MulticomponentRequest',
  ],
];
const schemas = schemasOf('output');
const requests = schemasOf('input');

/** Written as in the document: one type or another is a list of types, one value is a list of one, and a null body is no body. */
function documented(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(documented);
  if (typeof value !== 'object' || value === null) return value;
  const { anyOf, const: only, ...rest } = value as { anyOf?: object[]; const?: unknown };
  if (only !== undefined) return { ...rest, enum: [only] };
  const shown = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, documented(inner)]));
  if (anyOf === undefined) return shown;
  const isTypes = anyOf.every((one) => Object.keys(one).join() === 'type');
  return isTypes
    ? { ...shown, type: anyOf.map((one) => (one as { type: string }).type) }
    : { ...shown, anyOf: documented(anyOf) };
}

it.each(Object.keys(components.schemas))('%s is what docs/openapi.json says', (id) => {
  // What is read and answered alike stands there twice.
  const [, read] = id.match(/^(.*)Input$/) ?? [];
  const { $schema, $id, ...schema } = (read || REQUESTS.includes(id) ? requests : schemas)[read ?? id] ?? {};
  expect(documented(schema)).toEqual(documented(components.schemas[id]));
});

/** A schema that stands within an operation; those with a name are told by it. */
function shown(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema, $defs, examples, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const byName = JSON.stringify(own).replaceAll('#/$defs/', '#/components/schemas/');
  return documented(JSON.parse(byName));
}

it.each<[string, { content: Readonly<Record<string, { schema: z.ZodType }>> }]>([
  ['/product/batch', productBatchBody],
  ['/predict/batch', predictionBatchBody],
  ['/estimate/batch', estimateBatchBody],
  ['/declaration/check', declarationCheckBody],
])('the body of %s is what docs/openapi.json says, with its examples', (path, { content }) => {
  const told = paths[path]?.post?.requestBody?.content ?? {};
  expect(Object.keys(content)).toEqual(Object.keys(told));
  for (const [type, { schema }] of Object.entries(content)) {
    expect(shown(schema, 'input')).toEqual(documented(told[type]?.schema));
    const [example] = (schema.meta()?.examples ?? []) as unknown[];
    expect(example).toEqual(told[type]?.example);
  }
});

it.each<[string, { description: string; content: Readonly<Record<string, { schema: z.ZodType }>> }]>([
  ['/predict/batch', predictionBatchAnswer],
  ['/estimate/batch', estimateBatchAnswer],
])('the answer of %s is what docs/openapi.json says', (path, { description, content }) => {
  const told = paths[path]?.post?.responses[200];
  expect(told?.description).toBe(description);
  expect(Object.entries(content).map(([type, { schema }]) => [type, shown(schema, 'output')])).toEqual(
    Object.entries(told?.content ?? {}).map(([type, { schema }]) => [type, documented(schema)]),
  );
});

/** Of what is read in another form than it is written the schema alone, as JSON, does not tell the examples. */
const examples = new Map(
  Object.values(exported).flatMap((schema) => {
    const { id, examples } = schema instanceof z.ZodType ? (schema.meta() ?? {}) : {};
    return id === undefined ? [] : [[id, (examples as unknown[] | undefined)?.[0]] as const];
  }),
);
const bodies = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { requestBody }]) => {
    const { schema, example } = requestBody?.content['application/json'] ?? {};
    const [, id] = JSON.stringify(schema ?? {}).match(/^{"\$ref":"#\/components\/schemas\/(\w+?)(?:Input)?"}$/) ?? [];
    return id ? [[`${method} ${path}`, id, example] as const] : [];
  }),
);
it.each(bodies)('the example of %s is that of %s', (_operation, id, example) => {
  expect(example).toBeDefined();
  expect(examples.get(id)).toEqual(example);
});

it.each(Object.values(PIPELINE_ROUTES).map((route) => [route.schema.operationId, route] as const))(
  '%s is what docs/openapi.json says',
  (operationId, { method, url, schema }) => {
    const path = `/orchestrator${url.replace(/:(\w+)/, '{$1}')}`;
    const told = paths[path]?.[method.toLowerCase()];
    const { summary, tags, security, response } = schema;
    expect(told).toMatchObject({ operationId, summary, tags, security });
    for (const [status, answer] of Object.entries(response)) {
      const own = told?.responses[status];
      // Answers of several routes stand once.
      const there = own?.$ref ? components.responses[own.$ref.replace('#/components/responses/', '')] : own;
      if ('content' in answer) {
        const [[type, one]] = Object.entries(answer.content) as [[string, { schema: z.ZodType }]];
        expect(shown(one.schema, 'output')).toEqual(documented(there?.content?.[type]?.schema));
      } else {
        const { description, ...rest } = shown(answer, 'output') as { description?: string };
        if (status < '400') expect(rest).toEqual(documented(there?.content?.['application/json']?.schema));
        else expect(there?.description).toContain(description);
      }
    }
  },
);

it('an event of a job is what docs/openapi.json says', () => {
  const { content } = paths['/jobs/{id}/events']?.get?.responses[200] ?? {};
  expect(shown(jobEventSchema, 'output')).toEqual(documented(content?.['text/event-stream']?.schema));
});

const { startRun, listRuns, getRun, listPipelines } = PIPELINE_ROUTES;
it.each<[string, string, z.ZodType]>([
  ['get /product/{id}', 'query', productsQuery],
  ['get /product/{id}/good_product', 'query', rankedProductsQuery],
  ['get /product/{id}', 'path', productParams],
  ['get /product/{id}/{country}', 'path', productCountryParams],
  ['get /product/by-id/{md5_id}', 'path', documentParams],
  ['delete /product', 'query', deletionQuery],
  ['post /product/batch', 'query', productBatchQuery],
  ['get /jobs/{id}', 'path', jobParams],
  ['get /analysis/strata', 'query', strataQuery],
  ['get /analysis/effects', 'query', effectsQuery],
  ['get /analysis/sensitivity', 'query', sensitivityQuery],
  ['get /analysis/segments', 'query', segmentsQuery],
  ['get /analysis/outliers', 'query', catalogueOutliersQuery],
  ['get /analysis/standing', 'query', standingQuery],
  ['get /catalogues', 'query', cataloguesQuery],
  ['delete /catalogues/{id}', 'query', catalogueDeletion],
  ['get /catalogues/{id}/products', 'query', catalogueProductsQuery],
  ['get /catalogues/{id}/changes', 'query', pageQuery],
  ['get /catalogues/{id}/products/{product}', 'path', catalogueProductParams],
  ['post /catalogues/{id}/changes/{change}/undo', 'path', catalogueChangeParams],
  ['get /impacts', 'query', searchQuery],
  ['get /impacts/distribution', 'query', distributionQuery],
  ['get /impacts/groups', 'query', groupsQuery],
  ['get /export/impacts.csv', 'query', impactExportQuery],
  ['get /stats/{name}.csv', 'path', statisticParams],
  ['get /stats/impacts', 'query', statisticQuery],
  ['get /models/{version}', 'path', modelParams],
  ['get /keys', 'query', keysQuery],
  ['patch /keys/{name}', 'path', keyParams],
  ['get /audit', 'query', auditQuery],
  ['get /audit/export', 'query', auditExportQuery],
  ['get /product/{id}/bad_product', 'query', rankedProductsQuery],
  ['get /product/{id}/{country}', 'query', productsQuery],
  ['get /jobs', 'query', pageQuery],
  ['get /jobs/{id}/result', 'query', jobResultQuery],
  ['get /jobs/{id}/products', 'query', jobProductsQuery],
  ['get /jobs/{id}/refused', 'query', jobRefusedQuery],
  ['get /catalogues/{id}', 'path', catalogueParams],
  ['get /catalogues/{id}/export', 'query', catalogueExportQuery],
  ['get /catalogues/{id}/declaration', 'query', catalogueDeclarationQuery],
  ['post /files/inspect', 'query', productBatchQuery],
  ['get /files/template', 'query', templateQuery],
  ['get /files/mappings', 'query', pageQuery],
  ['put /files/mappings/{name}', 'path', mappingParams],
  ['post /declaration/check', 'query', declarationCheckQuery],
  ['get /compare', 'query', comparisonQuery],
  ['post /compare', 'query', comparisonForm],
  ['post /explain', 'query', explanationQuery],
  ['post /estimate', 'query', estimateParametersSchema],
  ['get /versions/changes', 'query', changesQuery],
  ['get /models', 'query', pageQuery],
  ['get /export/impacts.parquet', 'query', impactExportQuery],
  ['get /stats/countries', 'query', statisticQuery.omit({ impact_type: true })],
  ['get /stats/segments', 'query', statisticQuery.pick({ limit: true })],
  ['get /stats/{name}.csv', 'query', statisticQuery.omit({ limit: true })],
  ['post /orchestrator/pipelines/{name}/runs', 'path', startRun.schema.params],
  ['get /orchestrator/runs', 'query', listRuns.schema.querystring],
  ['get /orchestrator/runs/{id}', 'path', getRun.schema.params],
  ['get /orchestrator/pipelines', 'query', listPipelines.schema.querystring],
])('%s has in its %s the parameters of docs/openapi.json', (operation, place, schema) => {
  const [method = '', path = ''] = operation.split(' ');
  const given = (paths[path]?.[method]?.parameters ?? []).filter((parameter) => parameter.in === place);
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  const own = Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as { description?: string };
    const isRequired = place === 'path' || required.includes(name);
    return { in: place, name, required: isRequired, ...(description && { description }), schema: rest };
  });
  expect(documented(own)).toEqual(documented(given));
});
