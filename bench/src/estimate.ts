/**
 * Estimates in process: time of bounds, of 500 draws and of whole estimates, bounds against exhaustive search, and coverage of the
 * 90 % range by pattern of missing fields.
 *
 * Run with `npm run bench:estimate` in this folder, or `node bench/dist/estimate.js [garments]` after a build.
 */
import {
  boundsOf,
  estimate,
  FIELD_NAMES,
  type Query,
  quantiles,
  readDescription,
  SECTOR,
  seededRandom,
} from '@ecobalyse/estimation';
import { simulateTotals } from '@ecobalyse/textile-method';

const GARMENTS = Number(process.argv[2] ?? 1000);
const DRAWS = 500;
const ANY = { any: true };
const COUNTRIES = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'];
const REQUIRED = ['product', 'mass', 'materials', 'fabricProcess', ...COUNTRIES];
const BRAND = ['price', 'numberOfReferences', 'business'];
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  mass: ['mass'],
  countries: COUNTRIES,
  'country of dyeing': ['countryDyeing'],
  technique: ['fabricProcess'],
  materials: ['materials'],
  'materials, technique': ['materials', 'fabricProcess'],
  'mass, countries': ['mass', ...COUNTRIES],
  'brand facts': BRAND,
  'all but the type': REQUIRED.slice(1),
  'all but the making country': REQUIRED.slice(0, -1),
  everything: REQUIRED,
  'everything, brand facts': [...REQUIRED, ...BRAND],
};

// Timed first, while the process has just started.
const NEARLY_OPEN = Object.fromEntries(
  FIELD_NAMES.flatMap((field) => (field === 'disabledSteps' ? [] : [[field, ANY]])),
);
const nearlyOpen = Array.from({ length: 10 }, () => cpuMs(() => boundsOf(readDescription(NEARLY_OPEN))));

const costOf = (query: Query) => simulateTotals(query).ecs;
const random = seededRandom(1);
const whole = SECTOR.samplerFor(readDescription(Object.fromEntries(BRAND.map((field) => [field, ANY]))));
const garments = Array.from({ length: GARMENTS }, () => whole(random));
const hide = (garment: Query, fields: readonly string[]): Query => ({
  ...garment,
  ...Object.fromEntries(fields.map((field) => [field, ANY])),
});

/** Processor time in ms: what can be compared on a busy machine. */
function cpuMs(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
const at = (times: number[], share: number) =>
  [...times].sort((a, b) => a - b)[Math.floor(share * (times.length - 1))] ?? 0;

console.log(
  `bounds, every field but disabledSteps unknown: first ${nearlyOpen[0]?.toFixed(0)} ms, then p50 ${at(nearlyOpen.slice(1), 0.5).toFixed(0)} ms\n`,
);

console.log(`${GARMENTS} garments of the sector; processor time, one thread; 90 % range of ${DRAWS} draws\n`);
console.log(
  'unknown'.padEnd(28),
  'bounds p50',
  ' max',
  ' 500 draws',
  ' estimate p50',
  ' coverage',
  ' error of the median',
);
for (const [name, fields] of Object.entries(PATTERNS)) {
  const timed = garments.slice(0, 50).map((garment) => hide(garment, fields));
  for (const body of timed.slice(0, 10)) estimate(body);
  const bounds = timed.map((body) => cpuMs(() => boundsOf(readDescription(body))));
  const estimates = timed.slice(0, 20).map((body) => cpuMs(() => estimate(body)));
  let inside = 0;
  let error = 0;
  const draws: number[] = [];
  for (const garment of garments) {
    const cost = costOf(garment);
    let costs: number[] = [];
    draws.push(
      cpuMs(() => {
        const sampler = SECTOR.samplerFor(readDescription(hide(garment, fields)));
        costs = Array.from({ length: DRAWS }, () => costOf(sampler(random)));
      }),
    );
    const [low, middle, high] = quantiles(costs, [0.05, 0.5, 0.95]) as [number, number, number];
    if (cost >= low && cost <= high) inside++;
    error += Math.abs(middle - cost) / cost / GARMENTS;
  }
  console.log(
    name.padEnd(28),
    `${at(bounds, 0.5).toFixed(1)} ms`.padStart(10),
    at(bounds, 1).toFixed(0).padStart(4),
    `${at(draws, 0.5).toFixed(1)} ms`.padStart(10),
    `${at(estimates, 0.5).toFixed(0)} ms`.padStart(13),
    `${((inside / GARMENTS) * 100).toFixed(1)} %`.padStart(9),
    `${(error * 100).toFixed(1)} %`.padStart(20),
  );
}
