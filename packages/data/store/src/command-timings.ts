import { boundedLabel, counter, endSpan, histogram, isTracing, tracer } from '@ecobalyse/telemetry';
import { context, SpanKind, trace } from '@opentelemetry/api';
// @ts-expect-error: a file of the driver's own, which has no types.
import cmap from 'mongodb/lib/cmap/connection.js';

const durations = histogram({
  name: 'db_command_duration_seconds',
  help: 'Commands sent to MongoDB, from sending to answer',
  labels: ['command', 'collection'],
});
const failures = counter({
  name: 'db_command_failures_total',
  help: 'Commands that MongoDB refused or did not answer',
  labels: ['command', 'collection'],
});

/** Sent by the driver for itself. */
const HANDSHAKE = new Set(['hello', 'isMaster', 'ismaster', 'saslStart', 'saslContinue', 'endSessions']);

const boundedCommand = boundedLabel(40);
const boundedCollection = boundedLabel(60);

type SendCommand = (this: unknown, ns: unknown, command: object, ...rest: unknown[]) => Promise<unknown>;

function measured(send: SendCommand): SendCommand {
  return async function (this: unknown, ns, command, ...rest) {
    const [name = '', target] = Object.entries(command)[0] ?? [];
    if (HANDSHAKE.has(name)) return send.call(this, ns, command, ...rest);
    const inside = (command as { collection?: unknown }).collection ?? target;
    const labels = {
      command: boundedCommand(name),
      collection: typeof inside === 'string' ? boundedCollection(inside) : '',
    };
    const span =
      isTracing() && trace.getSpan(context.active())?.isRecording()
        ? tracer.startSpan(`${name} ${labels.collection}`.trim(), {
            kind: SpanKind.CLIENT,
            attributes: {
              'db.system.name': 'mongodb',
              'db.operation.name': name,
              'db.collection.name': labels.collection,
            },
          })
        : undefined;
    const startedAt = performance.now();
    let failure: unknown;
    try {
      return await send.call(this, ns, command, ...rest);
    } catch (error) {
      failure = error;
      failures.inc(labels);
      throw error;
    } finally {
      durations.observe(labels, (performance.now() - startedAt) / 1000);
      if (span) endSpan(span, failure);
    }
  };
}

let isMeasuring = false;

/**
 * Measures every command of the process's MongoDB clients, and makes a span of each within a trace.
 *
 * The driver's own command monitoring parses each answer a second time to show it, which doubles what reading documents
 * costs. So this wraps the driver's method that sends commands, as OpenTelemetry's instrumentation of the driver does.
 */
export function measureCommands(): void {
  if (isMeasuring) return;
  isMeasuring = true;
  const { Connection } = cmap as { Connection: { prototype: { command: SendCommand } } };
  Connection.prototype.command = measured(Connection.prototype.command);
}
