import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  catalogueChangeParams,
  catalogueDeletion,
  catalogueProductParams,
  catalogueProductsQuery,
  cataloguesQuery,
  deletionQuery,
  distributionQuery,
  documentParams,
  groupsQuery,
  impactExportQuery,
  jobParams,
  modelParams,
  PIPELINE_ROUTES,
  pageQuery,
  productBatchQuery,
  productCountryParams,
  productParams,
  productsQuery,
  rankedProductsQuery,
  searchQuery,
  statisticParams,
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
const { components, paths } = JSON.parse(readFileSync(at, 'utf8')) as {
  components: { schemas: Record<string, unknown> };
  paths: Record<string, Record<string, { parameters?: Parameter[] }>>;
};

const schemasOf = (io: 'input' | 'output') =>
  z.toJSONSchema(z.globalRegistry, {
    io,
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
  }).schemas as unknown as Record<string, { $schema?: string; $id?: string }>;
/** What requests are read by; everything else is what is answered. */
const REQUESTS = [
  ...['FileProduct', 'PredictionRequest', 'AddedProduct', 'SimulationRequest', 'NewRun', 'CatalogueRequest'],
  ...['CatalogueProductRequest', 'CatalogueProductChange', 'CatalogueProductIds'],
];
const schemas = schemasOf('output');
const requests = schemasOf('input');

/** Written as in the document: one type or another is a list of types, and a null body is no body. */
function documented(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(documented);
  if (typeof value !== 'object' || value === null) return value;
  const { anyOf, ...rest } = value as { anyOf?: object[] };
  const shown = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, documented(inner)]));
  if (anyOf === undefined) return shown;
  const isTypes = anyOf.every((one) => Object.keys(one).join() === 'type');
  return isTypes
    ? { ...shown, type: anyOf.map((one) => (one as { type: string }).type) }
    : { ...shown, anyOf: documented(anyOf) };
}

it.each(Object.keys(components.schemas))('%s is what docs/openapi.json says', (id) => {
  const { $schema, $id, ...schema } = (REQUESTS.includes(id) ? requests : schemas)[id] ?? {};
  expect(documented(schema)).toEqual(documented(components.schemas[id]));
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
  ['get /models/{version}', 'path', modelParams],
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
