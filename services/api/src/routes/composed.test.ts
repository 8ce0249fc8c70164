import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { simulateTotals } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRouteService } from '../testing/route-service.js';
import { composedRoutes } from './composed.js';

const KEY = 'a-key-of-the-tests-0123456789';
const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });

let app: HttpService;
beforeAll(async () => {
  app = await openRouteService(access);
  await app.register(composedRoutes({ access } as never));
});
afterAll(() => app.close());

const ask = async (url: string, payload: object, headers: Record<string, string> = {}) => {
  const answer = await app.inject({ method: 'POST', url, headers: { access_token: KEY, ...headers }, payload });
  return { status: answer.statusCode, body: answer.json() };
};
const SHIRT = { product: 'tshirt', mass: 0.15, materials: [{ id: 'ei-coton', share: 1 }], countryMaking: 'TN' };
const JEANS = { ...SHIRT, product: 'jean', mass: 0.4 };
const { product, countryMaking, ...BODY } = SHIRT;
const POLO = { product, countryMaking, components: [BODY, { ...BODY, mass: 0.005 }] };

it('a lot is scored by its items, each at its part of the price', async () => {
  const { status, body } = await ask('/lot', { price: 30, items: [{ ...SHIRT, numberOfItem: 2 }, JEANS] });
  const costs = [7.5, 15].map((price, at) => simulateTotals({ ...(at === 0 ? SHIRT : JEANS), price }).ecs);
  expect([status, body.rule, body.mass]).toEqual([200, 'different', 0.7]);
  expect(body.items).toEqual([
    { ecs: costs[0], number_of_item: 2, price: 7.5 },
    { ecs: costs[1], number_of_item: 1, price: 15 },
  ]);
  expect(body.as_portal).toEqual({ ecs: body.ecs, difference: 0 });
  expect((await ask('/lot', { items: [{ ...SHIRT, outOfScope: true }] })).body).toEqual({
    ...{
      rule: 'out-of-scope',
      out_of_scope: [0],
      mass: null,
      ecs: null,
      per_100g: null,
      items: [],
      as_portal: null,
      warnings: [],
    },
  });
});

it('a garment of several components is scored in each way', async () => {
  const { status, body } = await ask('/multicomponent', POLO);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    mass: 0.155,
    main: 0,
    by_component: { components: [expect.any(Number), expect.any(Number)] },
  });
  expect(body.simplified_1.ecs).toBeCloseTo(simulateTotals({ ...SHIRT, mass: 0.155 }).ecs, 6);
  expect(body.simplified_2.ecs).toBeCloseTo(body.simplified_1.ecs, 6);
  expect(body.as_portal.difference).toBeCloseTo(body.as_portal.ecs - body.by_component.ecs, 9);
});

it('what is implausible of a part is told with its place, what is passed over too', async () => {
  const told = async (url: string, body: object, language = 'en') =>
    (await ask(url, body, { 'accept-language': language })).body.warnings.map((warning: Record<string, string>) => [
      warning.id,
      warning.severity,
      warning.field,
    ]);
  const lot = {
    items: [SHIRT, { ...JEANS, mass: 400, colour: 'blue', numberOfItem: 3 }],
    numberOfReferences: 3,
    colour: 'red',
  };
  expect(await told('/lot', { items: [SHIRT, { ...JEANS, numberOfItem: 3 }], price: 60 })).toEqual([]);
  expect(await told('/lot', lot)).toEqual([
    ['field_unknown', 'note', 'colour'],
    ['mass_out_of_range', 'doubtful', 'items.1.mass'],
    ['cost_above_label', 'doubtful', 'items.1'],
    ['field_unknown', 'note', 'items.1.colour'],
  ]);
  expect(await told('/multicomponent', POLO)).toEqual([]);
  const heavy = [{ ...BODY, mass: 150, colour: 'blue', isLabelled: true }, BODY];
  expect(await told('/multicomponent', { ...POLO, components: heavy })).toEqual([
    ['mass_out_of_range', 'doubtful', 'mass'],
    ['cost_above_label', 'doubtful', null],
    ['field_unknown', 'note', 'components.0.colour'],
  ]);
  const french = await ask('/lot', { items: [{ ...SHIRT, mass: 150 }] }, { 'accept-language': 'fr' });
  expect(french.body.warnings[0].message).toContain('on dirait des grammes');
});

it.each<[string, string, object, unknown[]]>([
  ['no items', '/lot', { items: [] }, ['body', 'items']],
  ['too many items', '/lot', { items: Array.from({ length: 101 }, () => SHIRT) }, ['body', 'items']],
  ['a thousand pieces', '/lot', { items: [{ ...SHIRT, numberOfItem: 1000 }] }, ['body', 'items', 0, 'numberOfItem']],
  ['an item with a price', '/lot', { items: [{ ...SHIRT, price: 3 }] }, ['body', 'items', 0, 'price']],
  ['half a piece', '/lot', { items: [{ ...SHIRT, numberOfItem: 0.5 }] }, ['body', 'items', 0, 'numberOfItem']],
  [
    'an unknown country',
    '/lot',
    { items: [SHIRT, { ...SHIRT, countryMaking: 'XX' }] },
    ['body', 'items', 1, 'countryMaking'],
  ],
  ['the price of a lot', '/lot', { price: 0.5, items: [SHIRT] }, ['body', 'price']],
  ['one component', '/multicomponent', { ...POLO, components: [BODY] }, ['body', 'components']],
  ['an unknown type', '/multicomponent', { ...POLO, product: 'hat' }, ['body', 'components', 0, 'product']],
])('%s is refused, naming the field', async (_, url, body, loc) => {
  const answer = await ask(url, body, { 'accept-language': 'fr' });
  expect([answer.status, answer.body.detail[0].loc]).toEqual([422, loc]);
});

it.each(['/lot', '/multicomponent'])('%s asks for a key', async (url) => {
  expect((await ask(url, POLO, { access_token: 'x' })).status).toBe(403);
});
