/**
 * Throughput of the textile method in process, single-threaded: detailed simulations and totals, from queries as JSON.parse
 * gives them to results, reading and checks included.
 *
 * Two workloads: a catalogue, whose queries all have the same fields, as a brand's would; and the sample of conformity
 * vectors, whose queries use every option and hardly share a shape.
 *
 * Run with `npm run bench:method` in this folder, or `node bench/dist/textile-method.js [seconds]` after a build.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  listCountries,
  listMaterials,
  listProducts,
  methodVersion,
  simulateDetailed,
  simulateTotals,
} from '@ecobalyse/textile-method';

const SECONDS = Number(process.argv[2] ?? 2);
const OPTIONS_VECTORS = new URL('../../packages/domain/textile-method/test-vectors/options.ndjson.gz', import.meta.url);
const SIMULATIONS_BETWEEN_CLOCKS = 500;

/** A garment of each product and material, made in each country. */
function catalogueQueries(): unknown[] {
  return listProducts().flatMap(({ id: product }) =>
    listMaterials().flatMap(({ id: material }) =>
      listCountries().map(({ code: country }) =>
        JSON.parse(
          JSON.stringify({
            mass: 0.25,
            materials: [
              { id: material, share: 0.95 },
              { id: 'elasthane', share: 0.05 },
            ],
            product,
            countrySpinning: country,
            countryFabric: country,
            countryDyeing: country,
            countryMaking: country,
            fabricProcess: 'knitting-mix',
          }),
        ),
      ),
    ),
  );
}

function optionsQueries(): unknown[] {
  const lines = gunzipSync(readFileSync(OPTIONS_VECTORS)).toString().trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line).query);
}

interface Throughput {
  /** Simulations per second of wall clock: what counts, on a machine that does nothing else. */
  readonly perSecond: number;
  /** Processor time of one simulation, in microseconds: what can be compared on a busy machine. */
  readonly cpuMicroseconds: number;
}

function measure(simulate: (query: unknown) => unknown, queries: readonly unknown[], seconds: number): Throughput {
  let done = 0;
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  let elapsedMs = 0;
  while (elapsedMs < seconds * 1000) {
    for (let i = 0; i < SIMULATIONS_BETWEEN_CLOCKS; i++) simulate(queries[done++ % queries.length]);
    elapsedMs = performance.now() - start;
  }
  const { user, system } = process.cpuUsage(cpuStart);
  return { perSecond: (done / elapsedMs) * 1000, cpuMicroseconds: (user + system) / done };
}

const WORK = [
  { name: 'detailed simulations', simulate: (query: unknown) => simulateDetailed(query), goal: 10_000 },
  { name: 'ecs-only simulations', simulate: (query: unknown) => simulateTotals(query).ecs, goal: 100_000 },
];
const WORKLOADS = [
  { name: 'catalogue', queries: catalogueQueries() },
  { name: 'every option', queries: optionsQueries() },
];

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

console.log(
  `Textile method ${methodVersion}, Node.js ${process.version}, one thread, ${SECONDS} s each after a warm-up\n`,
);
for (const { name, simulate, goal } of WORK) {
  for (const { name: workload, queries } of WORKLOADS) {
    measure(simulate, queries, SECONDS / 2);
    const { perSecond, cpuMicroseconds } = measure(simulate, queries, SECONDS);
    const verdict = perSecond >= goal ? 'reached' : 'missed';
    console.log(
      `${name}, ${workload} (${queries.length} queries)`.padEnd(54),
      `${count.format(perSecond)}/s`.padStart(12),
      `${cpuMicroseconds.toFixed(1)} µs CPU each`.padStart(18),
      `  goal ${count.format(goal)}/s ${verdict}`,
    );
  }
}
