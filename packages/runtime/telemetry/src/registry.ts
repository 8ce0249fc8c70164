import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Figures of this process; every package registers its own here. */
export const registry = new Registry();

/** Every metric of ours begins like this; those of the process keep their usual names. */
const PREFIX = 'ecobalyse_';

/** From half a millisecond (an answer from the cache) to half a minute, in seconds. */
export const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** From a tenth of a second (a small batch) to an hour (a large training), in seconds. */
export const JOB_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

interface Description<Label extends string> {
  /** Without the platform's prefix, with the unit at its end. */
  name: string;
  help: string;
  /** Names of labels; whoever sets them sees to it that their values are few. */
  labels?: readonly Label[];
}

const common = <Label extends string>({ name, help, labels = [] }: Description<Label>) => ({
  name: PREFIX + name,
  help,
  labelNames: [...labels],
  registers: [registry],
});

/** Whoever scrapes gets the other figures when one is not collected within this. */
const COLLECT_TIMEOUT_MS = 2000;

/** Calls `collect` with the metric when somebody looks; it neither holds up nor fails the other figures. */
function collecting<Metric>(collect: ((metric: Metric) => void | Promise<void>) | undefined) {
  return (
    collect && {
      async collect(this: Metric) {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, COLLECT_TIMEOUT_MS);
        });
        const collected = Promise.resolve(this)
          .then(collect)
          .catch(() => undefined);
        await Promise.race([collected, late]).finally(() => clearTimeout(timer));
      },
    }
  );
}

/** A figure that only grows; `collect` sets it when somebody looks. */
export function counter<Label extends string = never>(
  description: Description<Label> & { collect?: (counter: Counter<Label>) => void | Promise<void> },
): Counter<Label> {
  return new Counter({ ...common(description), ...collecting(description.collect) });
}

/** A distribution, by default of the durations of requests. */
export function histogram<Label extends string = never>(
  description: Description<Label> & { buckets?: readonly number[] },
): Histogram<Label> {
  return new Histogram({ ...common(description), buckets: [...(description.buckets ?? REQUEST_SECONDS)] });
}

/** A figure that goes up and down; `collect` sets it when somebody looks. */
export function gauge<Label extends string = never>(
  description: Description<Label> & { collect?: (gauge: Gauge<Label>) => void | Promise<void> },
): Gauge<Label> {
  return new Gauge({ ...common(description), ...collecting(description.collect) });
}

let started = false;

/**
 * Names the service in each figure, and adds those of the process: CPU, memory, event loop, garbage collection.
 * Without it, the registry holds only what packages register.
 */
export function describeProcess(service: string): void {
  registry.setDefaultLabels({ service });
  if (started) return;
  started = true;
  collectDefaultMetrics({ register: registry });
}

/** The figures in Prometheus' text format. */
export async function scrape(): Promise<{ contentType: string; text: string }> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}
