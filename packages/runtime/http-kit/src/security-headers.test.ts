import fastify from 'fastify';
import { expect, it } from 'vitest';
import { secureAnswers } from './security-headers.js';

it('every answer has these headers, and the id of its request', async () => {
  const app = fastify({ genReqId: () => 'the-id' });
  secureAnswers(app);
  app.get('/', async () => 'yes');
  app.get('/own', async (_request, reply) => reply.header('content-security-policy', "default-src 'none'").send('yes'));
  const { headers } = await app.inject('/');
  const { date, connection, 'content-length': length, 'content-type': type, ...told } = headers;
  expect(told).toEqual({
    'x-request-id': 'the-id',
    'content-security-policy':
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
      "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; " +
      "form-action 'self'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'x-xss-protection': '0',
  });
  expect((await app.inject('/own')).headers['content-security-policy']).toBe("default-src 'none'");
  expect((await app.inject('/nowhere')).headers['x-frame-options']).toBe('DENY');
});
