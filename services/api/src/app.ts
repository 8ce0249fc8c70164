import { createHttpService, type HttpService, healthRoutes } from '@ecobalyse/http-kit';
import type { ApiDependencies } from './dependencies.js';
import { cacheRoutes } from './routes/cache.js';
import { exportRoutes } from './routes/export.js';
import { modelRoutes } from './routes/models.js';
import { predictRoutes } from './routes/predict.js';
import { productRoutes } from './routes/product.js';
import { rootRoutes } from './routes/root.js';
import { startPageRoutes } from './routes/start-page.js';
import { statsRoutes } from './routes/stats.js';

/** Builds the API without listening. */
export async function buildApi(dependencies: ApiDependencies): Promise<HttpService> {
  const { logger, store, cache, apiKeyName } = dependencies;
  const app = await createHttpService({
    logger,
    title: 'Ecobalyse platform',
    description: 'Environmental cost of textile products: score them, keep them, compare them.',
    apiKeyName,
  });
  await app.register(rootRoutes);
  await app.register(startPageRoutes);
  await app.register(healthRoutes({ needed: { mongodb: store.ping }, useful: { redis: cache.ping } }));
  await app.register(cacheRoutes(dependencies));
  await app.register(productRoutes(dependencies));
  await app.register(statsRoutes(dependencies));
  await app.register(exportRoutes(dependencies));
  await app.register(predictRoutes(dependencies));
  await app.register(modelRoutes(dependencies));
  return app;
}
