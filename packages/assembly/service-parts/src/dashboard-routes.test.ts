import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { dashboardRoutes } from './index.js';

const META = { 'api-key-header': 'x-"key"', 'served-by': 'api', 'api-address': ':8000' } as const;
const FILES = {
  'index.html': '<meta name="api-key-header" content=""><meta name="served-by" content=""><p>page</p>',
  'icon.svg': '<svg/>',
  'secret.map': 'not served',
  'assets/app-1a2b.js': 'plain',
  'assets/app-1a2b.js.br': 'brotli',
  'assets/app-1a2b.js.gz': 'gzip',
};

let app: FastifyInstance;
let folder: string;
async function serve(files: Record<string, string>): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
  await mkdir(join(folder, 'assets'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  app = fastify();
  await app.register(dashboardRoutes(pathToFileURL(`${folder}/`), META));
}
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});
const get = (url: string, accepted = '') => app.inject({ url, headers: { 'accept-encoding': accepted } });

describe('the files of the dashboard', () => {
  it('are a page at every address, which learns who sends it', async () => {
    await serve(FILES);
    for (const url of ['/dashboard', '/dashboard/', '/dashboard/products/abc', '/dashboard/secret.map']) {
      const { statusCode, body, headers } = await get(url);
      expect([statusCode, body, headers['cache-control']]).toEqual([
        200,
        '<meta name="api-key-header" content="x-&quot;key&quot;"><meta name="served-by" content="api"><p>page</p>',
        'no-cache',
      ]);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; " +
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'content-type': 'text/html; charset=utf-8',
      });
    }
  });

  it.each([
    ['br, gzip', 'brotli', 'br'],
    ['gzip', 'gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'gzip'],
    ['br;q=0.000, gzip;q=0.0', 'plain', undefined],
    ['deflate, br;q=0.1', 'brotli', 'br'],
    ['brotli, x-gzip', 'plain', undefined],
    ['', 'plain', undefined],
  ])('are sent to whoever accepts "%s" as %s', async (accepted, body, encoding) => {
    await serve(FILES);
    const answer = await get('/dashboard/assets/app-1a2b.js', accepted);
    expect([answer.body, answer.headers['content-encoding']]).toEqual([body, encoding]);
    expect(answer.headers).toMatchObject({
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
  });

  it('are kept for an hour when their names have no hash, and are none when they are gone', async () => {
    await serve(FILES);
    expect((await get('/dashboard/icon.svg')).headers['cache-control']).toBe('public, max-age=3600');
    expect((await get('/dashboard/assets/app-older.js')).statusCode).toBe(404);
  });

  it('are explained when there are none', async () => {
    await serve({});
    for (const url of ['/dashboard', '/dashboard/', '/dashboard/any']) {
      const { statusCode, body, headers } = await get(url);
      expect([url, statusCode, body, headers['content-type']]).toEqual([
        url,
        503,
        'The dashboard has not been built: run "npm run build --prefix dashboard". See also /docs.',
        'text/plain; charset=utf-8',
      ]);
    }
  });
});
