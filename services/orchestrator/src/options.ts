import type { Settings } from '@ecobalyse/service-kit';
import type { OrchestratorDependencies } from './dependencies.js';

/** Where the service listens. */
export const listenerOf = (settings: Settings<'ORCHESTRATOR_HOST' | 'ORCHESTRATOR_PORT'>) => ({
  host: settings.ORCHESTRATOR_HOST,
  port: settings.ORCHESTRATOR_PORT,
  portSetting: 'ORCHESTRATOR_PORT' as const,
});

/** What the settings say as it is. */
export const optionsOf = (
  settings: Settings<'ALERT_RUN_HOURS' | 'API_PUBLIC_URL' | 'API_PORT'>,
): Pick<OrchestratorDependencies, 'lateAfterHours' | 'apiAddress'> => ({
  lateAfterHours: settings.ALERT_RUN_HOURS,
  apiAddress: settings.API_PUBLIC_URL ?? `:${settings.API_PORT}`,
});
