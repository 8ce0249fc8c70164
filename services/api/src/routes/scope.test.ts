import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRouteService } from '../testing/route-service.js';
import { scopeRoutes } from './scope.js';

const KEY = 'a-key-of-the-tests-0123456789';
const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });

let app: HttpService;
beforeAll(async () => {
  app = await openRouteService(access);
  await app.register(scopeRoutes({ access }));
});
afterAll(() => app.close());

const ask = async (payload: object, headers: Record<string, string> = { access_token: KEY }) => {
  const answer = await app.inject({ method: 'POST', url: '/scope', headers, payload });
  return { status: answer.statusCode, body: answer.json() };
};

it('tells whether the label is for a product, in the words of its reader', async () => {
  const { status, body } = await ask(
    { title: 'Chemise homme 85 % coton 15 % soie' },
    { access_token: KEY, 'accept-language': 'fr' },
  );
  expect([status, body.scope, body.products]).toEqual([200, 'in', ['chemise']]);
  expect(body.warnings).not.toEqual([]);
  for (const { message } of body.warnings) expect(message).not.toMatch(/\b(the|of|is)\b/);
});

it.each<[string, object, unknown[], string]>([
  ['a field that nobody knows', { title: 'jean', colour: 'blue' }, ['body'], 'colour'],
  ['a field of a material', { materials: [{ name: 'coton', share: 1, id: 'x' }] }, ['body', 'materials', 0], 'id'],
  ['a stage without suppliers', { suppliers: { countryTrims: [] } }, ['body', 'suppliers'], 'countryTrims'],
  ['a share above 1', { materials: [{ name: 'coton', share: 1.01 }] }, ['body', 'materials', 0, 'share'], ''],
])('%s is refused and named', async (_, body, loc, named) => {
  const answer = await ask(body);
  expect([answer.status, answer.body.detail[0].loc]).toEqual([422, loc]);
  expect(answer.body.detail[0].msg).toContain(named);
});

it('asks for a key', async () => expect((await ask({ title: 'jean' }, {})).status).toBe(403));
