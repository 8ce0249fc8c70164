import { expect, it } from 'vitest';
import { openApiDocument } from './document.js';

interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: { enum?: string[]; default?: unknown } }[];
  requestBody?: { required?: boolean; content: Record<string, unknown> };
  responses: Record<string, unknown>;
}
const { paths } = openApiDocument('https://simulator.example') as { paths: Record<string, Record<string, Operation>> };

/** What has to be sent is marked by an exclamation mark. */
const shown = ({ parameters = [], requestBody, responses }: Operation) =>
  [
    ...parameters.map(({ name, in: place, required, schema }) => {
      const values = schema.enum && schema.enum.length < 5 ? `: ${schema.enum}` : '';
      return `${place} ${name}${required ? '!' : ''}${values}${schema.default === undefined ? '' : ` = ${schema.default}`}`;
    }),
    ...(requestBody ? [`body${requestBody.required ? '!' : ''} ${Object.keys(requestBody.content)}`] : []),
    Object.keys(responses).join(),
  ].join('; ');

it('the document of the API tells what each operation takes and answers', () => {
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => `${method} ${path}: ${shown(operation)}`),
  );
  expect(told).toEqual([
    'get /: 200',
    'get /textile/countries: 200',
    'get /textile/materials: 200',
    'get /textile/products: 200',
    'get /textile/trims: 200',
    'post /textile/simulator: body! application/json; 200,400,404,413',
    'post /textile/simulator/detailed: body! application/json; 200,400,404,413',
    'post /textile/simulator/{impact}: path impact!; body! application/json; 200,400,404,413',
    'post /textile/simulator/batch: query answer: detailed,simple = detailed; query zeros: kept,omitted = kept; query impact; body! application/x-ndjson,application/json; 200,400,413',
  ]);
});
