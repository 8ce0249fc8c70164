/**
 * Files of the declaration portal: 10,000 random declarations written and read back in each form, then a catalogue of 100,000
 * products written and judged, and written as .xlsx.
 *
 * Run with `npm run bench:declaration` in this folder. Times are of the CPU, so that other work on the machine counts little.
 */
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import {
  checkDeclarations,
  type Declaration,
  declarationSchema,
  declare,
  readDeclarationTable,
  readRow,
  toDeclaration,
  withCheckDigit,
  writeDeclarations,
} from '@ecobalyse/declaration';
import { declarations, ownProducts } from '@ecobalyse/declaration/testing';
import fc from 'fast-check';

const RANDOM = 10_000;
const AT_ONCE = 100;
const CATALOGUE = 100_000;
const SEED = 19;

async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  console.log(`${what}: ${((user + system) / 1e6).toFixed(1)} s of CPU`);
  return result;
}

const filesOf = (some: readonly Declaration[], form: 'csv' | 'xlsx', language?: 'fr' | 'en') =>
  Readable.from(writeDeclarations([some], form, language)).toArray() as Promise<Buffer[]>;

async function readBack(files: readonly Buffer[], name: string): Promise<Declaration[]> {
  const tables = await Promise.all(files.map((file) => readDeclarationTable(file, name)));
  return tables.flatMap((table) => table.rows.map((row) => toDeclaration(readRow(table, row, ''))));
}

const FORMS: Readonly<Record<string, (some: Declaration[]) => Promise<Declaration[]>>> = {
  csv: async (some) => readBack(await filesOf(some, 'csv'), 'file.csv'),
  xlsx: async (some) => readBack(await filesOf(some, 'xlsx'), 'file.xlsx'),
  json: async (some) => declarationSchema.array().parse(JSON.parse(JSON.stringify(some))),
};

for (const [form, throughForm] of Object.entries(FORMS)) {
  const different = await measured(`${RANDOM} random declarations written and read back as ${form}`, async () => {
    let count = 0;
    const files = fc.array(declarations, { minLength: AT_ONCE, maxLength: AT_ONCE });
    for (const some of fc.sample(files, { numRuns: RANDOM / AT_ONCE, seed: SEED })) {
      const back = await throughForm(some);
      // Random objects have no prototype, and those that are read do: plain data is compared.
      const plain: Declaration[] = JSON.parse(JSON.stringify(some));
      count += plain.filter((one, index) => !isDeepStrictEqual(one, back[index])).length;
    }
    return count;
  });
  console.log(`  ${different} came back otherwise`);
  if (different > 0) process.exitCode = 1;
}

const own = fc.sample(ownProducts, { numRuns: RANDOM, seed: SEED });
const { declarations: declared, leftOut } = await measured(
  `${RANDOM} random products of a catalogue declared`,
  async () => declare(JSON.parse(JSON.stringify(own)) as typeof own),
);
console.log(`  ${leftOut.length} left out`);
if (leftOut.length > 0) process.exitCode = 1;
for (const [form, throughForm] of Object.entries(FORMS)) {
  const back = await measured(`the same written and read back as ${form}`, () => throughForm(declared));
  const count = declared.filter((one, index) => !isDeepStrictEqual(one, back[index])).length;
  console.log(`  ${count} came back otherwise`);
  if (count > 0) process.exitCode = 1;
}

const PRODUCTS = ['chemise', 'jean', 'jupe', 'manteau', 'pantalon', 'pull', 'tshirt'] as const;
const COUNTRIES = ['CN', 'BD', 'FR', 'TR', 'IN', 'TN', 'VN'] as const;
const nth = <T>(list: readonly T[], index: number) => list[index % list.length] as T;

const catalogue = Array.from(
  { length: CATALOGUE },
  (_, index): Declaration => ({
    gtins: [withCheckDigit(String(200_000_000_000 + index))],
    internalReference: `REF-${index}`,
    product: nth(PRODUCTS, index),
    mass: (100 + (index % 900)) / 1000,
    materials: [
      { id: 'ei-coton', share: 0.9, country: nth(COUNTRIES, index) },
      { id: 'ei-pet', share: 0.1 },
    ],
    countryFabric: nth(COUNTRIES, index + 1),
    countryDyeing: nth(COUNTRIES, index + 2),
    countryMaking: nth(COUNTRIES, index + 3),
    price: 10 + (index % 200),
    numberOfReferences: 100 + (index % 9000),
  }),
);
const files = await measured(`${CATALOGUE} products written as CSV`, () => filesOf(catalogue, 'csv'));
await measured(`the same in ${files.length} files, judged and scored`, async () => {
  for (const file of files) {
    const refused = checkDeclarations(await readDeclarationTable(file, 'file.csv')).filter(
      ({ verdict }) => verdict !== 'accepted',
    );
    if (refused.length > 0) throw new Error(`${refused.length} rows were not accepted`);
  }
});
const products = catalogue.map(({ gtins, internalReference, ...query }) => {
  return { gtins, reference: internalReference, brand: null, query };
});
const before = performance.now();
const outcome = await measured(`${CATALOGUE} products of a catalogue judged and written as CSV`, async () => {
  const { declarations, leftOut } = declare(products);
  return { files: await filesOf(declarations, 'csv'), leftOut };
});
const seconds = (performance.now() - before) / 1000;
console.log(`  ${outcome.leftOut.length} left out, ${seconds.toFixed(1)} s in all; the goal is 60 s`);
if (seconds > 60 || outcome.leftOut.length > 0) process.exitCode = 1;
const books = await measured(`${CATALOGUE} products written as .xlsx`, () => filesOf(catalogue, 'xlsx'));
console.log(`  in ${books.length} files`);
