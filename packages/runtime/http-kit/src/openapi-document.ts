import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { compiledBy } from './compilers.js';
import { type AnswerExamples, documentRoute, documentService } from './documented-answers.js';

/**
 * The OpenAPI document of all routes that are added after this call. It is made when it is first asked for, on an application
 * that has the same routes and answers nobody: no start has to wait for a document that few read.
 */
export function documentRoutes(
  app: Pick<FastifyInstance, 'addHook'>,
  openapi: NonNullable<FastifyDynamicSwaggerOptions['openapi']>,
  examples: AnswerExamples = {},
): () => Promise<object> {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  let document: Promise<object> | undefined;
  async function make(): Promise<object> {
    const { default: swagger } = await import('@fastify/swagger');
    const paper = fastify({ exposeHeadRoutes: false, schemaController: compiledBy() });
    await paper.register(swagger, { openapi, transform: documentRoute, transformObject: documentService(examples) });
    for (const { method, url, schema, config } of routes) {
      if (method !== 'HEAD') paper.route({ method, url, schema, config, handler: () => undefined } as RouteOptions);
    }
    await paper.ready();
    return paper.swagger();
  }
  return () => {
    document ??= make();
    return document;
  };
}
