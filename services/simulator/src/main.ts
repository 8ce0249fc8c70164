import { runService } from '@ecobalyse/service-kit';
import { buildSimulator } from './app.js';

runService('simulator', ['SIMULATOR_HOST', 'SIMULATOR_PORT', 'SIMULATOR_UPCYCLED_STAGES'], ({ settings, logger }) => ({
  listener: {
    app: buildSimulator({ logger, upcycledStages: settings.SIMULATOR_UPCYCLED_STAGES }),
    host: settings.SIMULATOR_HOST,
    port: settings.SIMULATOR_PORT,
    portSetting: 'SIMULATOR_PORT',
  },
  stop: [],
}));
