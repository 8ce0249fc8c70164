/**
 * Throughput of the textile method in process, single-threaded: detailed simulations and totals, from queries as JSON.parse
 * gives them to results, reading and checks included.
 *
 * Two workloads: a catalogue, whose queries all have the same fields, as a brand's would; and the sample of conformity
 * vectors, whose queries use every option and hardly share a shape.
 *
 * Run with `npm run bench:method` in this folder, or `node bench/dist/textile-method.js [seconds] [folder]` after a build: with
 * the folder of another build of the method (its `dist`), both are measured in turn, a few milliseconds each, so that what
 * else the machine does slows both. Rates are those of undisturbed slices: a tenth of the slices was faster.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as method from '@ecobalyse/textile-method';
import { listCountries, listMaterials, listProducts, methodVersion, readTextileQuery } from '@ecobalyse/textile-method';

const SECONDS = Number(process.argv[2] ?? 2);
const OPTIONS_VECTORS = new URL('../../packages/domain/textile-method/test-vectors/options.ndjson.gz', import.meta.url);
const SIMULATIONS_PER_SLICE = 80;

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

type Method = Pick<typeof method, 'simulateDetailed' | 'simulateTotals'>;

/** Simulations per second of each function, in its undisturbed slices. */
function measure(functions: readonly ((query: never) => unknown)[], queries: readonly unknown[]): number[] {
  const slices = functions.map((): number[] => []);
  const end = performance.now() + SECONDS * 1000 * functions.length;
  let next = 0;
  while (performance.now() < end) {
    for (const [rank, simulate] of functions.entries()) {
      const start = performance.now();
      for (let i = 0; i < SIMULATIONS_PER_SLICE; i++) simulate(queries[(next + i) % queries.length] as never);
      slices[rank]?.push(performance.now() - start);
    }
    next += SIMULATIONS_PER_SLICE;
  }
  return slices.map((durations) => {
    // The first third warms up.
    const warm = durations.slice(durations.length / 3).sort((a, b) => a - b);
    return (1000 * SIMULATIONS_PER_SLICE) / (warm[Math.floor(warm.length / 10)] ?? Number.NaN);
  });
}

const folder = process.argv[3];
const methods: Method[] = [method];
if (folder !== undefined) methods.push(await import(pathToFileURL(resolve(folder, 'index.js')).href));

const catalogue = { name: 'catalogue', queries: catalogueQueries() };
const options = { name: 'every option', queries: optionsQueries() };
const WORK = [
  { name: 'detailed answers', simulate: 'simulateDetailed', workload: options, goal: 50_000 },
  { name: 'detailed answers', simulate: 'simulateDetailed', workload: catalogue, goal: 50_000 },
  { name: 'totals', simulate: 'simulateTotals', workload: options, goal: 100_000 },
  { name: 'totals', simulate: 'simulateTotals', workload: catalogue, goal: 200_000 },
] as const;

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const shown = (name: string, { name: workload, queries }: typeof options) =>
  `${name}, ${workload} (${queries.length} queries)`.padEnd(54);

console.log(`Textile method ${methodVersion}, Node.js ${process.version}, one thread, ${SECONDS} s each\n`);
for (const { name, simulate, workload, goal } of WORK) {
  const [rate = 0, other] = measure(
    methods.map((each) => each[simulate]),
    workload.queries,
  );
  console.log(
    shown(name, workload),
    `${count.format(rate)}/s`.padStart(12),
    `  goal ${count.format(goal)}/s ${rate >= goal ? 'reached' : 'missed'}`,
    other === undefined ? '' : `  other build ${count.format(other)}/s, ${(rate / other).toFixed(2)} times`,
  );
}
for (const workload of [options, catalogue]) {
  const [rate = 0] = measure([method.totalsOfQuery], workload.queries.map(readTextileQuery));
  console.log(shown('totals of queries that were read', workload), `${count.format(rate)}/s`.padStart(12));
}
