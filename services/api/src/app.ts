import { createHttpService, type HttpService, healthRoutes, meRoutes } from '@ecobalyse/http-kit';
import { dashboardRoutes, openKeyRecords } from '@ecobalyse/service-parts';
import answerExamples from './answer-examples.json' with { type: 'json' };
import type { ApiDependencies } from './dependencies.js';
import { FAILURES } from './failures.js';
import { analysisRoutes } from './routes/analysis.js';
import { cacheRoutes } from './routes/cache.js';
import { catalogueFileRoutes } from './routes/catalogue-files.js';
import { catalogueRoutes } from './routes/catalogues.js';
import { comparisonRoutes } from './routes/comparison.js';
import { composedRoutes } from './routes/composed.js';
import { declarationRoutes } from './routes/declaration.js';
import { estimateRoutes } from './routes/estimate.js';
import { exportRoutes } from './routes/export.js';
import { fileRoutes } from './routes/files.js';
import { impactsRoutes } from './routes/impacts.js';
import { jobRoutes } from './routes/jobs.js';
import { keyRoutes } from './routes/keys.js';
import { modelRoutes } from './routes/models.js';
import { orchestratorRoutes } from './routes/orchestrator.js';
import { predictRoutes } from './routes/predict.js';
import { productRoutes } from './routes/product.js';
import { referenceRoutes } from './routes/reference.js';
import { retentionRoutes } from './routes/retention.js';
import { rootRoutes } from './routes/root.js';
import { scopeRoutes } from './routes/scope.js';
import { simulateRoutes } from './routes/simulate.js';
import { statsRoutes } from './routes/stats.js';
import { versionRoutes } from './routes/versions.js';

const DASHBOARD = new URL('../../../dashboard/dist/', import.meta.url);

/** Builds the API without listening. */
export async function buildApi(dependencies: ApiDependencies): Promise<HttpService> {
  const { logger, store, cache, access, counter, protection, probes } = dependencies;
  const records = openKeyRecords(dependencies);
  const app = await createHttpService({
    logger,
    title: 'Ecobalyse platform',
    description: 'Environmental cost of textile products: score them, keep them, compare them.',
    access,
    failures: FAILURES,
    answerExamples,
    keepAudit: records.keepAudit,
    ...(counter && { counter }),
    ...(protection && { protection }),
  });
  records.follow(app);
  await app.register(rootRoutes);
  await app.register(meRoutes(access));
  await app.register(keyRoutes(dependencies));
  await app.register(retentionRoutes(dependencies));
  await app.register(
    dashboardRoutes(DASHBOARD, { 'api-key-header': access.shownHeaderName, 'served-by': 'api', 'api-address': '' }),
  );
  await app.register(healthRoutes({ needed: { mongodb: store.ping }, useful: { redis: cache.ping, ...probes } }));
  await app.register(cacheRoutes(dependencies));
  await app.register(productRoutes(dependencies));
  await app.register(jobRoutes(dependencies));
  await app.register(catalogueRoutes(dependencies));
  await app.register(catalogueFileRoutes(dependencies));
  await app.register(fileRoutes(dependencies));
  await app.register(declarationRoutes(dependencies));
  await app.register(composedRoutes(dependencies));
  await app.register(simulateRoutes(dependencies));
  await app.register(comparisonRoutes(dependencies));
  await app.register(scopeRoutes(dependencies));
  await app.register(estimateRoutes(dependencies));
  await app.register(impactsRoutes(dependencies));
  await app.register(versionRoutes(dependencies));
  await app.register(referenceRoutes(dependencies));
  await app.register(statsRoutes(dependencies));
  await app.register(analysisRoutes(dependencies));
  await app.register(exportRoutes(dependencies));
  await app.register(predictRoutes(dependencies));
  await app.register(modelRoutes(dependencies));
  await app.register(orchestratorRoutes(dependencies));
  return app;
}
