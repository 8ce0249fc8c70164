import fastify from 'fastify';
import { expect, it } from 'vitest';
import { loadWhenAsked } from './load-when-asked.js';

it('loads what is asked for once, again after a failure, and ends it with the service', async () => {
  const app = fastify();
  const told: string[] = [];
  app.addHook('onRequest', async (_request, reply) => void reply.header('x-request-id', '1'));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: 'Not Found' }));
  loadWhenAsked(app, '/pages', async () => {
    told.push('load');
    if (told.length === 1) throw new Error('no memory');
    const pages = fastify();
    pages.get('/pages', (request, reply) =>
      reply.header('etag', '"1"').type('text/html').send(String(request.headers.accept)),
    );
    pages.get('/pages/refused', (_request, reply) => reply.code(400).send({ detail: 'no' }));
    pages.addHook('onClose', async () => void told.push('close'));
    return pages;
  });
  await app.ready();
  expect(told).toEqual([]);
  expect((await app.inject('/pages')).statusCode).toBe(500);
  const answered = await app.inject({ url: '/pages', headers: { accept: 'text/html' } });
  expect([answered.statusCode, answered.body]).toEqual([200, 'text/html']);
  expect(answered.headers).toMatchObject({ etag: '"1"', 'x-request-id': '1', 'content-length': '9' });
  expect((await app.inject({ method: 'HEAD', url: '/pages' })).headers['content-length']).toBe('9');
  expect((await app.inject('/pages/none')).json()).toEqual({ detail: 'Not Found' });
  const refused = await app.inject('/pages/refused');
  expect([refused.statusCode, refused.json()]).toEqual([400, { detail: 'no' }]);
  await app.close();
  expect(told).toEqual(['load', 'load', 'close']);
});
