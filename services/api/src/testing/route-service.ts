import { type Access, createHttpService, type HttpService, type HttpServiceOptions } from '@ecobalyse/http-kit';
import { createLogger } from '@ecobalyse/service-kit';
import { FAILURES } from '../failures.js';

/** A service as the API is one, for a test to register routes in; whoever opens it closes it. */
export const openRouteService = (access: Access, more: Partial<HttpServiceOptions> = {}): Promise<HttpService> =>
  createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    title: 'test',
    description: 'test',
    access,
    failures: FAILURES,
    answerExamples: {},
    ...more,
  });
