import { runService } from '@ecobalyse/service-kit';
import { buildSimulator } from './app.js';

runService('simulator', ['SIMULATOR_HOST', 'SIMULATOR_PORT'], ({ settings, logger }) => ({
  listener: {
    app: buildSimulator({ logger }),
    host: settings.SIMULATOR_HOST,
    port: settings.SIMULATOR_PORT,
    portSetting: 'SIMULATOR_PORT',
  },
  stop: [],
}));
