import { RefusedError, requireRole } from '@ecobalyse/http-kit';
import {
  evaluationSchema,
  failures,
  messageSchema,
  modelChecksSchema,
  modelDetailsSchema,
  modelFailures,
  modelParams,
  modelVersionsAnswer,
  pageQuery,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import { PRODUCTION_ALIAS, type RegisteredVersion } from '@ecobalyse/tracking';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { keepCheckingArrivals, shownChecks } from '../arrival-checks.js';
import type { ApiDependencies } from '../dependencies.js';

const EVALUATION_ARTIFACT = 'evaluation.json';

/** Versions that others registered by hand lack our tags. */
const shown = (
  { version, runId, createdAt, description, tags }: RegisteredVersion,
  production: RegisteredVersion | null,
) => ({
  version,
  family: tags.family ?? 'unknown',
  trainedAt: tags.trainedAt ?? createdAt.toISOString(),
  production: version === production?.version,
  runId,
  backend: tags.backend ?? null,
  decision: description,
  metrics: JSON.parse(tags.metrics ?? '{}') as Record<string, number>,
});

/** `GET /models`, `GET /models/{version}`, `…/checks` and `POST …/promote`. */
export function modelRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, models, access } = dependencies;
  const { tracker } = models;
  const common = { tags: ['Models'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader', 'admin'));
    keepCheckingArrivals(app, dependencies);

    app.get(
      '/models',
      {
        schema: {
          ...common,
          operationId: 'listModels',
          summary: 'Versions of the model, newest first',
          description: 'The newest 200 are listed.',
          querystring: pageQuery,
          response: { 200: modelVersionsAnswer, ...modelFailures, ...failures(422) },
        },
      },
      async (request, reply) => {
        const [versions, production] = await Promise.all([tracker.listVersions(), tracker.findAlias(PRODUCTION_ALIAS)]);
        if (versions.length === 0) throw new RefusedError('model_missing');
        const { offset, limit } = request.query;
        const items = versions.slice(offset, offset + limit).map((version) => shown(version, production));
        return reply.send({ total: versions.length, offset, limit, items });
      },
    );

    app.get(
      '/models/:version',
      {
        schema: {
          ...common,
          operationId: 'getModel',
          summary: 'A version of the model: metrics of every family, bias, worst cases, importance',
          params: modelParams,
          response: { 200: modelDetailsSchema, ...modelFailures, ...failures(422) },
        },
      },
      async (request, reply) => {
        const [version, production] = await Promise.all([
          tracker.findVersion(request.params.version),
          tracker.findAlias(PRODUCTION_ALIAS),
        ]);
        if (!version) throw new RefusedError('model_unknown');
        const evaluation = await tracker
          .readArtifact(version.runId, EVALUATION_ARTIFACT)
          .then((bytes) => evaluationSchema.parse(JSON.parse(bytes.toString('utf8'))))
          .catch((err: unknown) => {
            request.log.warn({ err, version: version.version }, 'the evaluation cannot be read');
            return null;
          });
        return reply.send({ ...shown(version, production), evaluation });
      },
    );

    app.get(
      '/models/:version/checks',
      {
        schema: {
          ...common,
          operationId: 'listModelChecks',
          summary: 'How a version predicts the products that arrived since it was trained',
          description:
            'Of the products that are described in full, by the version of the method that it has learnt; a sample where many arrive at once. Of those of catalogues that the key does not see no more is told than that they were checked.',
          params: modelParams,
          response: { 200: modelChecksSchema, ...modelFailures, ...failures(422) },
        },
      },
      async (request, reply) => {
        const { version } = request.params;
        if (!(await tracker.findVersion(version))) throw new RefusedError('model_unknown');
        return reply.send(await shownChecks(store, viewerOf(request), version));
      },
    );

    app.post(
      '/models/:version/promote',
      {
        schema: {
          ...common,
          operationId: 'promoteModel',
          summary: 'Put a version into production',
          params: modelParams,
          response: { 200: messageSchema, ...modelFailures, ...failures(422) },
        },
      },
      async (request, reply) => {
        const version = await tracker.findVersion(request.params.version);
        if (!version) throw new RefusedError('model_unknown');
        // A version that cannot be loaded must not become the one that everybody loads.
        await models.load(version);
        await tracker.setAlias(PRODUCTION_ALIAS, version.version);
        await models.refresh();
        request.log.info({ version: version.version }, 'model promoted');
        return reply.send({ message: `Version ${version.version} is in production` });
      },
    );
  };
}
