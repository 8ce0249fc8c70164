import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openTracker, PRODUCTION_ALIAS } from '@ecobalyse/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedApi, startFixedApi } from './testing/fixed-api.js';
import { readmeDocuments } from './testing/fixed-documents.js';
import { registerModel } from './testing/registered-model.js';

/**
 * Every curl command of the original's README, by the real curl and to the letter: only host, port and key are others. They
 * run in this order, on a database that has what they ask for and a model in production.
 */

const run = promisify(execFile);
let api: FixedApi;
beforeAll(async () => {
  api = await startFixedApi({ documents: readmeDocuments() });
  const tracker = openTracker(undefined, api.store);
  await tracker.setAlias(PRODUCTION_ALIAS, await registerModel(tracker, 'ridge'));
}, 120_000);
afterAll(() => api.close());

const documents = readmeDocuments();
const of = (product: string) =>
  documents
    .filter(({ product_id }) => product_id === product)
    .map(({ _platform, ...shown }) => JSON.parse(JSON.stringify(shown)));
const ranked = { inputs: expect.any(Object), average_impacts: expect.any(Number), covered_impacts: 2 };
const fields = (...names: string[]) => Object.fromEntries(names.map((name) => [name, expect.anything()]));
const rows = (...names: string[]) => expect.arrayContaining([expect.objectContaining(fields(...names))]);

const COMMANDS: readonly [command: string, body: unknown][] = [
  ['curl -X GET -i http://localhost:8000/', { message: 'API is working' }],
  ['curl -X GET -i http://localhost:8000/cache/clear', { message: 'Redis cache cleared' }],
  [
    `curl -X GET -i "http://localhost:8000/product" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    ['chemise', 'jean', 'manteau', 'pull', 'tshirt'],
  ],
  [
    `curl -X GET -i "http://localhost:8000/product/jean" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    of('jean'),
  ],
  [
    `curl -X GET -i "http://localhost:8000/product/chemise/CN" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    of('chemise'),
  ],
  [
    `curl -X GET -i "http://localhost:8000/product/manteau/good_product" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    Array(5).fill(ranked),
  ],
  [
    `curl -X GET -i "http://localhost:8000/product/tshirt/bad_product" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    Array(3).fill(ranked),
  ],
  [
    `curl -X GET -i "http://localhost:8000/stats/countries" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    rows('product_id', 'country_name', 'countryFabric_count', 'countryMaking_count', 'count'),
  ],
  [
    `curl -X GET -i "http://localhost:8000/stats/days_of_wear" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    rows('product_id', 'Q1', 'mediane', 'Q3', 'min', 'max', 'moyenne'),
  ],
  [
    `curl -X GET -i "http://localhost:8000/stats/impacts" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    rows('product_id', 'impact_type', 'Q1', 'median', 'Q3', 'mean', 'min', 'max', 'seuil_min', 'seuil_max'),
  ],
  [
    `curl -X GET -i "http://localhost:8000/stats/outliers" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    rows('md5_id', 'impact_type'),
  ],
  [
    `curl -X GET -i "http://localhost:8000/stats/ranking" -H 'access_token: YOUR_API_KEY' -H 'Content-Type: application/json'`,
    rows('id', 'name', 'ranking'),
  ],
  [
    `curl -X POST "http://localhost:8000/product"  -H 'access_token: YOUR_API_KEY' -H "content-type: application/json"  -d '{"mass": 0.17, "materials": [{"id": "ei-coton", "share": 1, "country": "FR"}], "product": "tshirt", "countrySpinning": "FR", "countryFabric": "FR", "countryDyeing": "FR", "countryMaking": "FR", "fabricProcess": "knitting-mix"}'`,
    { message: 'Product added 15a853d8fc6bee14a946559190111f51' },
  ],
  [
    `curl -X DELETE "http://localhost:8000/product?md5_id=15a853d8fc6bee14a946559190111f51"  -H 'access_token: YOUR_API_KEY'  -H "content-type: application/json"`,
    { message: 'Product deleted successfully' },
  ],
  [
    `curl -X POST "http://localhost:8000/predict"  -H 'access_token: YOUR_API_KEY'  -H "content-type: application/json"  -d '{"ProductId":"pantalon","MaterialId_1":"ei-coton-organic","MaterialId_2":"ei-pet","MaterialId_1_share":0.7,"MaterialId_2_share":0.3,"CountryDyeingCode":"BD","CountryFabricCode":"BD","CountryMakingCode":"BD","FabricProcess":"knitting-mix","Mass":0.2,"AirTransportRatio":0.33}'`,
    expect.objectContaining({ prediction_impact: expect.any(Number) }),
  ],
];

describe('the commands of the README', { shuffle: false }, () => {
  it.each(COMMANDS)('%s', async (command, body) => {
    const typed = command.replaceAll('http://localhost:8000', api.url).replaceAll('YOUR_API_KEY', api.key);
    const options = "--silent --show-error --max-time 30 --write-out '\\n%{http_code}'";
    const { stdout } = await run('sh', ['-c', typed.replace('curl', `curl ${options}`)]);
    const [, head = '', answer = '', status] = /^(HTTP.*?\r\n\r\n)?(.*)\n(\d+)$/s.exec(stdout) ?? [];
    expect([status, head !== '']).toEqual(['200', command.includes(' -i ')]);
    expect(JSON.parse(answer)).toEqual(body);
  });
});
