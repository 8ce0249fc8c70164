import fastify from 'fastify';
import { expect, it } from 'vitest';
import { sendLines, sendTable, TABLES } from './file-answers.js';

async function* lines() {
  for (const some of ['{"a":1}\n{"a":2}\n', '', '{"a":3}\n{"a":4}\n{"a":5}\n']) yield some;
}
async function* rows() {
  yield [['é', 1]];
}
const table = () => ({ headers: ['a', 'b'], widths: [5, 5], rows: rows() });
const app = fastify();
app.get('/ndjson', (_, reply) => sendLines(reply as never, 'ndjson', 'fr', 'shop', lines()));
app.get('/json', (_, reply) => sendLines(reply as never, 'json', 'en', 'shop', lines()));
app.get('/nothing', (_, reply) => sendLines(reply as never, 'json', 'en', 'shop', (async function* () {})()));
app.get('/csv', (_, reply) => sendTable(reply as never, 'csv', 'en', 'shop', table() as never));
app.get('/csv-fr', (_, reply) => sendTable(reply as never, 'csv-fr', 'fr', 'shop', table() as never));
app.get('/xlsx', (_, reply) => sendTable(reply as never, 'xlsx', 'fr', 'shop', table() as never));

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
it.each([
  [
    'ndjson',
    'application/x-ndjson; charset=utf-8',
    'fr',
    'shop.ndjson',
    '{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n{"a":5}\n',
  ],
  ['json', 'application/json; charset=utf-8', 'en', 'shop.json', '[{"a":1},{"a":2},{"a":3},{"a":4},{"a":5}]'],
  ['nothing', 'application/json; charset=utf-8', 'en', 'shop.json', '[]'],
  ['csv', 'text/csv; charset=utf-8', 'en', 'shop.csv', '\ufeffa,b\né,1\n'],
  ['csv-fr', 'text/csv; charset=utf-8', 'fr', 'shop.csv', '\ufeffa;b\né;1\n'],
  ['xlsx', XLSX, 'fr', 'shop.xlsx', /^PK/],
])('%s is a file of one reader, in a language', async (path, type, language, name, content) => {
  const { headers, body } = await app.inject(`/${path}`);
  expect([headers['content-type'], headers['content-language']]).toEqual([type, language]);
  expect(headers['content-disposition']).toBe(`attachment; filename="${name}"`);
  expect(headers['cache-control']).toBe('private, no-store');
  if (typeof content === 'string') expect(body).toBe(content);
  else expect(body).toMatch(content);
});

it('the forms of a table stand in documents of the API', () => expect(Object.keys(TABLES)).toEqual(['text/csv', XLSX]));
