import type { Settings } from '@ecobalyse/service-kit';
import type { LoadLimits } from './overload-protection.js';
import type { RequestLimits } from './request-limits.js';

/** Names of the settings that {@link protectionOf} reads. */
export const PROTECTION_SETTINGS = [
  'RATE_LIMIT_PER_KEY',
  'RATE_LIMIT_PER_ADDRESS',
  'MAX_CONNECTIONS',
  'MAX_CONCURRENT_REQUESTS',
  'MAX_EVENT_LOOP_DELAY_MS',
  'CORS_ORIGINS',
  'TRUSTED_PROXIES',
  'METRICS_REQUIRE_KEY',
] as const;

/** How an HTTP service guards itself. */
export interface Protection {
  limits: RequestLimits;
  load: LoadLimits;
  /** Origins whose pages may read answers; none is the usual. */
  corsOrigins: readonly string[];
  /** Proxies whose `x-forwarded-for` tells the client's address. */
  trustedProxies: readonly string[];
  /** Whether `/metrics` asks private networks for a key too. */
  metricsNeedKey?: boolean;
}

export function protectionOf(settings: Settings<(typeof PROTECTION_SETTINGS)[number]>): Protection {
  return {
    limits: { perKey: settings.RATE_LIMIT_PER_KEY, perAddress: settings.RATE_LIMIT_PER_ADDRESS },
    load: {
      maxConnections: settings.MAX_CONNECTIONS,
      maxRequests: settings.MAX_CONCURRENT_REQUESTS,
      maxEventLoopDelayMs: settings.MAX_EVENT_LOOP_DELAY_MS,
    },
    corsOrigins: settings.CORS_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    metricsNeedKey: settings.METRICS_REQUIRE_KEY,
  };
}
