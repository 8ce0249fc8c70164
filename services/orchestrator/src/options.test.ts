import { readSettings } from '@ecobalyse/service-kit';
import { expect, it } from 'vitest';
import { listenerOf, optionsOf } from './options.js';

const NAMES = ['ORCHESTRATOR_HOST', 'ORCHESTRATOR_PORT', 'ALERT_RUN_HOURS', 'API_PUBLIC_URL', 'API_PORT'] as const;

it('the service listens at its own host and port, not at those of the API', () => {
  const settings = readSettings(NAMES, { ORCHESTRATOR_HOST: '127.0.0.9', ORCHESTRATOR_PORT: '9080', API_PORT: '9000' });
  expect(listenerOf(settings)).toEqual({ host: '127.0.0.9', port: 9080, portSetting: 'ORCHESTRATOR_PORT' });
});

it.each([
  [{}, 6, ':8000'],
  [{ ALERT_RUN_HOURS: '12', API_PORT: '9000' }, 12, ':9000'],
  [{ API_PORT: '9000', API_PUBLIC_URL: 'https://api.example' }, 6, 'https://api.example'],
])('%j: runs are late after %d hours, and the API is at %s', (environment, lateAfterHours, apiAddress) => {
  expect(optionsOf(readSettings(NAMES, environment))).toEqual({ lateAfterHours, apiAddress });
});
