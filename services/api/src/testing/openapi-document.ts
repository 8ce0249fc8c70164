import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Media {
  schema: object;
  example?: unknown;
}
export interface Operation {
  operationId: string;
  summary?: string;
  security?: unknown[];
  parameters?: { in: string; name: string; schema: object; example?: unknown }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Told | { $ref: string }>;
}
export interface Told {
  description: string;
  headers?: object;
  content?: Record<string, Media>;
}

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: {
    responses: Record<string, Told>;
    schemas: Record<string, { required?: string[] }>;
    securitySchemes: Record<string, object>;
  };
}

/** The document that is committed. One test holds it against what the API tells of itself, which takes it half a second to make. */
export const COMMITTED: OpenApiDocument = JSON.parse(
  readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'),
);

/** Finds one's way in the document of the API. */
export function openDocument(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, code: { optimize: false } });
  ajv.addSchema(document, 'openapi');
  return {
    /** What is wrong with a value by the schema that stands in the document at this path. */
    faultsOf(value: unknown, ...path: string[]) {
      const pointer = path.map((name) => encodeURIComponent(name.replace(/\//g, '~1'))).join('/');
      const check = ajv.getSchema(`openapi#/${pointer}/schema`) as ValidateFunction;
      check(value);
      return check.errors ?? null;
    },
    /** What an operation answers by a status, and where in the document that stands: answers of several routes stand once. */
    toldOf(path: string, method: string, status: string): { told: Told | undefined; at: string[] } {
      const told = document.paths[path]?.[method]?.responses[status];
      if (told === undefined || !('$ref' in told)) return { told, at: ['paths', path, method, 'responses', status] };
      const name = told.$ref.replace('#/components/responses/', '');
      return { told: document.components.responses[name], at: ['components', 'responses', name] };
    },
    operations: () =>
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
      ),
  };
}
