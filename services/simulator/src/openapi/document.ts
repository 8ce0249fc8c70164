import { hash } from 'node:crypto';
import {
  impactsSchema,
  materialEntrySchema,
  printingSchema,
  textileQuerySchema,
  trimElementSchema,
  trimItemSchema,
} from '@ecobalyse/schema';
import { figuresText, impactDefinitions, methodVersion } from '@ecobalyse/textile-method';
import { z } from 'zod';
import * as answers from './answer-schemas.js';
import { fieldDescriptions } from './field-descriptions.js';

type JsonObject = Record<string, unknown>;

/** The zod schemas of the API, by the name that they bear under `components.schemas`. */
const componentSchemas: Record<string, z.ZodType> = {
  Complements: answers.complements,
  Country: answers.country,
  CountryList: answers.countryList,
  DetailedSimulation: answers.detailedAnswer,
  Error: answers.errorAnswer,
  BatchErrorLine: answers.errorLine,
  Impacts: impactsSchema,
  Inputs: answers.inputs,
  LifeCycleStage: answers.stage,
  MaterialEntry: materialEntrySchema,
  NamedList: answers.namedList,
  Printing: printingSchema,
  SimpleSimulation: answers.simpleAnswer,
  SingleImpactSimulation: answers.singleImpactAnswer,
  TextileQuery: textileQuerySchema,
  Transport: answers.transport,
  TrimElement: trimElementSchema,
  TrimItem: trimItemSchema,
};

const exampleQuery = {
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.9 },
    { id: 'ei-pet', share: 0.1, country: 'TR' },
  ],
  product: 'tshirt',
  countrySpinning: 'IN',
  countryFabric: 'IN',
  countryDyeing: 'PK',
  countryMaking: 'BD',
  printing: { kind: 'pigment', ratio: 0.1 },
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: ref(name) } });
const answer = (description: string, name: string) => ({ description, content: json(name) });

const badRequest = answer('Requête refusée : chaque champ en faute avec ce qui était attendu.', 'Error');
const unknownRoute = answer('Point d’entrée, méthode ou indicateur inconnu.', 'Error');
const bodyTooLarge = answer('Corps trop long.', 'Error');

const queryBody = {
  required: true,
  content: { 'application/json': { schema: ref('TextileQuery'), example: exampleQuery } },
};

const impactParameter = (location: 'path' | 'query') => ({
  name: 'impact',
  in: location,
  required: location === 'path',
  description:
    location === 'path' ? 'Code de l’indicateur voulu.' : 'Avec `answer=simple` : code du seul indicateur voulu.',
  schema: { type: 'string', enum: impactDefinitions.map(({ code }) => code) },
});

function listPath(id: string, summary: string, schemaName: string): JsonObject {
  return {
    get: { operationId: id, tags: ['Listes'], summary, responses: { 200: answer('La liste.', schemaName) } },
  };
}

function simulationPath(id: string, summary: string, schemaName: string, parameters: JsonObject[] = []): JsonObject {
  return {
    post: {
      operationId: id,
      tags: ['Simulateur'],
      summary,
      parameters,
      requestBody: queryBody,
      responses: {
        200: answer('Le résultat de la simulation.', schemaName),
        400: badRequest,
        404: unknownRoute,
        413: bodyTooLarge,
      },
    },
  };
}

const batchPath: JsonObject = {
  post: {
    operationId: 'simulateBatch',
    tags: ['Simulateur'],
    summary: 'Calculer un lot de vêtements',
    description: [
      'Reçoit des requêtes en NDJSON (une par ligne) ou en tableau JSON, et répond en NDJSON : une ligne par requête, dans',
      'l’ordre, écrite pendant que la suite est encore lue. Une requête refusée donne une ligne d’erreur (`BatchErrorLine`),',
      'jamais l’échec du lot. Les lignes vides sont ignorées. Lire les réponses pendant l’envoi : le simulateur ne lit pas plus',
      'vite que ses réponses ne sont lues. Avec `Accept: application/bson`, les réponses sont des documents BSON, l’un après',
      'l’autre et avec tous leurs zéros, prêts pour une base de données. Propre à ce simulateur : l’API officielle n’a pas ce point d’entrée.',
    ].join(' '),
    parameters: [
      {
        name: 'answer',
        in: 'query',
        description: 'Réponse voulue pour chaque requête.',
        schema: { type: 'string', enum: ['detailed', 'simple'], default: 'detailed' },
      },
      {
        name: 'zeros',
        in: 'query',
        description:
          '`omitted` : une réponse détaillée sans les indicateurs que la méthode ne publie pas, qui valent 0 ; un tiers de moins.',
        schema: { type: 'string', enum: ['kept', 'omitted'], default: 'kept' },
      },
      impactParameter('query'),
    ],
    requestBody: {
      required: true,
      content: {
        'application/x-ndjson': { schema: { type: 'string' }, example: `${JSON.stringify(exampleQuery)}\n` },
        'application/json': { schema: { type: 'array', items: ref('TextileQuery') }, example: [exampleQuery] },
      },
    },
    responses: {
      200: {
        description: 'Une ligne par requête.',
        content: {
          'application/x-ndjson': {
            schema: {
              anyOf: ['DetailedSimulation', 'SimpleSimulation', 'SingleImpactSimulation', 'BatchErrorLine'].map(ref),
            },
          },
          'application/bson': { schema: { type: 'string', format: 'binary' } },
        },
      },
      400: answer('Option inconnue dans l’adresse.', 'Error'),
      413: answer('Lot plus long que la limite.', 'Error'),
    },
  },
};

const paths: JsonObject = {
  '/': {
    get: {
      operationId: 'documentation',
      tags: ['Documentation'],
      summary: 'Ce document',
      responses: {
        200: { description: 'Document OpenAPI.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  },
  '/textile/countries': listPath('countries', 'Lister les pays et régions', 'CountryList'),
  '/textile/materials': listPath('materials', 'Lister les matières', 'NamedList'),
  '/textile/products': listPath('products', 'Lister les catégories de produits', 'NamedList'),
  '/textile/trims': listPath('trims', 'Lister les accessoires', 'NamedList'),
  '/textile/simulator': simulationPath('simulate', 'Calculer tous les indicateurs d’un vêtement', 'SimpleSimulation'),
  '/textile/simulator/detailed': simulationPath(
    'simulateDetailed',
    'Calculer un vêtement avec tous les résultats intermédiaires',
    'DetailedSimulation',
  ),
  '/textile/simulator/{impact}': simulationPath(
    'simulateImpact',
    'Calculer un seul indicateur d’un vêtement',
    'SingleImpactSimulation',
    [impactParameter('path')],
  ),
  '/textile/simulator/batch': batchPath,
};

/** `components.schemas`: JSON Schema of every zod schema, each named schema standing once. */
function components(): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(componentSchemas)) registry.add(schema, { id });
  // Names that schemas bear in the document of the REST API are none of this one.
  const metadata = z.registry<z.core.GlobalMeta>();
  metadata.get = (schema) => ({ ...z.globalRegistry.get(schema), id: undefined }) as never;
  const { schemas } = z.toJSONSchema(registry, { io: 'input', metadata, uri: (id) => ref(id).$ref });
  return Object.fromEntries(
    Object.entries(schemas as Record<string, JsonObject>).map(([name, { $id: _id, $schema: _dialect, ...schema }]) => [
      name,
      describeFields(schema, name === 'Impacts' ? impactDescriptions() : fieldDescriptions[name]),
    ]),
  );
}

/** What each indicator measures, in which unit: what the platform stores as the documentation of impacts. */
function impactDescriptions(): Record<string, string> {
  return Object.fromEntries(impactDefinitions.map(({ code, labelFr, unit }) => [code, `${labelFr} (${unit})`]));
}

function describeFields(schema: JsonObject, descriptions: Record<string, string> = {}): JsonObject {
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties as Record<string, JsonObject>).map(([field, property]) => {
    const description = descriptions[field];
    return [field, description === undefined ? property : { ...property, description }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** The OpenAPI 3.1 document of the simulator. */
export function openApiDocument(webBaseUrl: string): JsonObject {
  return {
    openapi: '3.1.0',
    // Tells stored answers by other figures of the same version apart.
    'x-figures': hash('sha256', figuresText()).slice(0, 16),
    info: {
      title: 'API Ecobalyse (simulateur textile hors ligne)',
      version: methodVersion,
      description:
        'Coût environnemental des vêtements selon la méthode réglementaire française : mêmes points d’entrée, mêmes ' +
        'requêtes et mêmes réponses que l’API officielle pour le textile, plus le calcul par lots.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    externalDocs: { description: 'Le site Ecobalyse', url: webBaseUrl },
    servers: [{ url: '/api' }],
    tags: [
      { name: 'Documentation', description: 'Ce que l’API sait faire.' },
      { name: 'Listes', description: 'Identifiants acceptés dans une requête.' },
      { name: 'Simulateur', description: 'Calcul du coût environnemental.' },
    ],
    paths,
    components: { schemas: components() },
  };
}
