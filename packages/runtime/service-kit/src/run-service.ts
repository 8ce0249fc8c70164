import { describeProcess, startTracing } from '@ecobalyse/telemetry';
import { createLogger, type Logger } from './logger.js';
import type { SettingName, Settings } from './setting-schemas.js';
import { loadEnvFile, readSettings } from './settings.js';
import { explainListenError, runMain, type ShutdownStep, stopGracefully } from './shutdown.js';

/** What every service reads, whatever it does. */
export const COMMON_SETTINGS = [
  'LOG_LEVEL',
  'LOG_FORMAT',
  'SHUTDOWN_TIMEOUT_MS',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_TRACES_SAMPLE_RATIO',
] as const;
type CommonSetting = (typeof COMMON_SETTINGS)[number];

/** What a service is assembled with. */
export interface ServiceContext<Name extends SettingName> {
  readonly name: string;
  readonly settings: Settings<Name | CommonSetting>;
  readonly logger: Logger;
  /** For connections that come back by themselves. */
  readonly onConnectionError: (error: Error) => void;
}

/** Where a service listens. */
export interface Listener {
  app: { listen(options: { host: string; port: number }): Promise<unknown>; close(): PromiseLike<unknown> };
  host: string;
  port: number;
  /** Setting that moves the port. */
  portSetting: SettingName;
}

/** A service that is ready to run. */
export interface AssembledService {
  listener?: Listener | undefined;
  /** What is stopped after the server, in this order: who takes work in first, connections last. */
  stop: readonly ShutdownStep[];
  /** Said once it runs. */
  ready?: string;
}

/**
 * The main function of a service: reads its settings, assembles it, listens, and stops gracefully on SIGTERM. What keeps
 * it from starting is one clear line and exit code 1.
 *
 * @param settingNames - beside those of every service.
 */
export function runService<const Name extends SettingName>(
  name: string,
  settingNames: readonly Name[],
  assemble: (context: ServiceContext<Name>) => AssembledService | Promise<AssembledService>,
): Promise<void> {
  return runMain(async () => {
    loadEnvFile();
    const settings = readSettings([...COMMON_SETTINGS, ...settingNames, 'API_KEY_NAME']);
    const logger = createLogger(name, settings, [settings.API_KEY_NAME]);
    describeProcess(name);
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLE_RATIO: sampleRatio } = settings;
    const onError = (message: string) => logger.warn({ message }, 'traces could not be exported');
    const tracing = endpoint && (await startTracing({ service: name, endpoint, sampleRatio, onError }));

    const { listener, stop, ready } = await assemble({
      name,
      settings: settings as Settings<Name | CommonSetting>,
      logger,
      onConnectionError: (err) => logger.warn({ err }, 'connection lost: trying again'),
    });
    const server: ShutdownStep[] = listener ? [['server', async () => listener.app.close()]] : [];
    stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
      ...server,
      ...stop,
      ...(tracing ? [['traces', () => tracing.close()] as const] : []),
    ]);
    if (listener) {
      const { app, host, port, portSetting } = listener;
      await app.listen({ host, port }).catch((error: unknown) => {
        throw explainListenError(error, port, portSetting);
      });
    }
    if (ready) logger.info(ready);
  });
}
