import type { FastifyInstance } from 'fastify';
import { openApiDocument } from '../openapi/document.js';

/** `GET /`: the OpenAPI document, serialised once. */
export async function documentationRoute(app: FastifyInstance, { webBaseUrl }: { webBaseUrl: string }): Promise<void> {
  const body = JSON.stringify(openApiDocument(webBaseUrl));
  app.get('/', (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
}
