import { IMPACT_CODES, STAGE_CODES } from '@ecobalyse/schema';
import { impactDefinitions, methodVersion } from '@ecobalyse/textile-method';
import { validate } from '@readme/openapi-parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ListeningSimulator, listeningSimulator } from '../testing/listening-simulator.js';
import { listSample, vectorSample } from '../testing/vector-sample.js';

type Schema = Record<string, unknown> & {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
  description?: string;
};

interface Document {
  openapi: string;
  'x-figures': string;
  info: { version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, { responses: Record<string, unknown>; requestBody?: unknown }>>;
  components: { schemas: Record<string, Schema> };
}

let simulator: ListeningSimulator;
let document: Document;
const ajv = new Ajv2020({ strict: false, allErrors: true, code: { optimize: false } });

beforeAll(async () => {
  simulator = await listeningSimulator();
  document = (await (await fetch(`${simulator.url}/api`)).json()) as Document;
  ajv.addSchema(document, 'api');
});
afterAll(() => simulator.close());

const validator = (name: string) => ajv.compile({ $ref: `api#/components/schemas/${name}` });

async function post(path: string, query: unknown) {
  const response = await fetch(`${simulator.url}/api/textile/simulator${path}`, {
    method: 'POST',
    body: JSON.stringify(query),
  });
  return response.json() as Promise<Record<string, unknown>>;
}

/** Fields of a value that its schema does not name, by path. */
function undocumented(value: unknown, schema: Schema, path = ''): string[] {
  const reference = schema.$ref?.replace('#/components/schemas/', '');
  if (reference !== undefined) return undocumented(value, document.components.schemas[reference] as Schema, path);
  if (schema.anyOf !== undefined) {
    const alternatives = schema.anyOf.map((alternative) => undocumented(value, alternative, path));
    return alternatives.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, rank) => undocumented(item, schema.items ?? {}, `${path}[${rank}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const property = schema.properties?.[name];
    return property === undefined ? [`${path}.${name}`] : undocumented(field, property, `${path}.${name}`);
  });
}

describe('GET /api', () => {
  it('is a valid OpenAPI document', async () => {
    // The validator resolves references in place: it gets a copy.
    const result = await validate(structuredClone(document) as never);
    expect(result).toMatchObject({ valid: true });
    expect(document.openapi).toMatch(/^3\.\d+\.\d+$/);
    expect(document.info.version).toBe(methodVersion);
    expect(document['x-figures']).toMatch(/^[0-9a-f]{16}$/);
  });

  it('describes each indicator with its unit, as extraction stores it', () => {
    const { properties = {} } = document.components.schemas.Impacts as Schema;
    expect(Object.keys(properties)).toEqual([...IMPACT_CODES]);
    for (const { code, labelFr, unit } of impactDefinitions) {
      expect(properties[code]?.description).toContain(labelFr);
      expect(properties[code]?.description).toContain(unit);
    }
  });

  it('describes every field of a query', () => {
    for (const name of ['TextileQuery', 'MaterialEntry', 'Printing', 'TrimItem', 'TrimElement']) {
      for (const [field, schema] of Object.entries(document.components.schemas[name]?.properties ?? {})) {
        expect(schema.description, `${name}.${field}`).toMatch(/.{10}/);
      }
    }
  });

  it('names every route, and no other', async () => {
    const base = `${simulator.url}${document.servers[0]?.url}`;
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        const url = base + (path === '/' ? '' : path.replace('{impact}', 'ecs'));
        const { status } = await fetch(url, { method: method.toUpperCase() });
        expect(status, `${method} ${path}`).not.toBe(404);
      }
    }
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/',
      '/textile/countries',
      '/textile/materials',
      '/textile/products',
      '/textile/simulator',
      '/textile/simulator/batch',
      '/textile/simulator/detailed',
      '/textile/simulator/{impact}',
      '/textile/trims',
    ]);
  });

  it('says what is answered: every field of every answer is documented, and has its type', async () => {
    const answers: [string, unknown][] = [
      ['CountryList', listSample().countries],
      ['NamedList', listSample().materials],
      ['Error', await post('', {})],
      ['Error', await post('/none', {})],
    ];
    for (const { query } of vectorSample('options').slice(0, 30)) {
      answers.push(['TextileQuery', query], ['DetailedSimulation', await post('/detailed', query)]);
    }
    for (const { query, impact } of vectorSample('simple').slice(0, 10)) {
      answers.push(
        impact === null
          ? ['SimpleSimulation', { ...(await post('', query)), query: {} }]
          : ['SingleImpactSimulation', { ...(await post(`/${impact}`, query)), query: {}, impacts: { ecs: 1 } }],
      );
    }
    for (const [name, value] of answers) {
      const isValid = validator(name);
      isValid(value);
      expect(isValid.errors, `${name}: ${JSON.stringify(value).slice(0, 300)}`).toBeNull();
      if (!['Error', 'SingleImpactSimulation'].includes(name)) {
        expect(undocumented(value, { $ref: `#/components/schemas/${name}` })).toEqual([]);
      }
    }
  });

  it('refuses the queries that cannot be read', () => {
    const isValid = validator('TextileQuery');
    const query = { mass: 1, materials: [{ id: 'ei-coton', share: 1 }], product: 'jean' };
    expect(isValid(query)).toBe(true);
    expect(isValid({ ...query, disabledSteps: [...STAGE_CODES] })).toBe(true);
    for (const wrong of [{ mass: '1' }, { materials: {} }, { product: null }, { disabledSteps: ['sewing'] }]) {
      expect(isValid({ ...query, ...wrong }), JSON.stringify(wrong)).toBe(false);
    }
  });
});
