import { parseJson } from '@ecobalyse/product-files';
import { IMPACT_CODES, type ImpactCode } from '@ecobalyse/schema';
import { type AnswerOptions, simulateDetailed, simulateSimple } from '@ecobalyse/textile-method';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { detailedJson } from '../detailed-json.js';
import { notFound } from '../error-answers.js';
import { anything } from '../json-writers.js';

const isImpactCode = (text: string): text is ImpactCode => (IMPACT_CODES as readonly string[]).includes(text);

/**
 * One query in, one answer out: all indicators, one indicator, or every intermediate result (METHOD §15.1).
 *
 * Whatever its declared type, a body is read as JSON, so that a client that forgets the header is served too. Answers
 * are sent as text: serialising through a schema would cost more than the simulation.
 */
export async function simulationRoutes(app: FastifyInstance, options: AnswerOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

  const queryOf = (request: FastifyRequest) => parseJson((request.body as string | undefined) ?? '');
  const sendJson = (reply: FastifyReply, json: string) => reply.type('application/json; charset=utf-8').send(json);

  app.post('/simulator', (request, reply) => sendJson(reply, anything(simulateSimple(queryOf(request), options))));

  app.post('/simulator/detailed', (request, reply) =>
    sendJson(reply, detailedJson(simulateDetailed(queryOf(request), options))),
  );

  app.post<{ Params: { impact: string } }>('/simulator/:impact', (request, reply) => {
    const { impact } = request.params;
    if (!isImpactCode(impact)) throw notFound(request.method, request.url);
    return sendJson(reply, anything(simulateSimple(queryOf(request), { ...options, impact })));
  });
}
