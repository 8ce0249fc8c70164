import { tracingChannel } from 'node:diagnostics_channel';
import { context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { endSpan, tracer } from './spans.js';

interface RedisCommand {
  command: string;
  serverAddress: string;
  serverPort?: number;
  error?: unknown;
}

/** Commands that wait for something to happen: their duration tells nothing. */
const WAITS = /^(b[lrz]|xread|subscribe|psubscribe)/i;

/** A span for each command that ioredis sends within a trace. Arguments stay out: they hold data. */
export function traceRedis(): void {
  const spans = new WeakMap<object, Span>();
  const end = (message: object) => {
    const span = spans.get(message);
    if (span) endSpan(span, (message as RedisCommand).error);
    spans.delete(message);
  };
  tracingChannel<RedisCommand, RedisCommand>('ioredis:command').subscribe({
    start(message) {
      const { command, serverAddress, serverPort } = message as RedisCommand;
      if (!trace.getSpan(context.active())?.isRecording() || WAITS.test(command)) return;
      const attributes = {
        'db.system.name': 'redis',
        'db.operation.name': command,
        'server.address': serverAddress,
        ...(serverPort !== undefined && { 'server.port': serverPort }),
      };
      spans.set(message, tracer.startSpan(`redis ${command}`, { kind: SpanKind.CLIENT, attributes }));
    },
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: end,
    error: () => undefined,
  });
}
