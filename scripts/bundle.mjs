/**
 * Bundles the programs that run as processes and threads: a bundle loads in a third of the time that a thousand modules
 * take (docs/decisions/015). Made from the sources, so that it needs no build before it.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Programs of each package, by the name of the file that they become. */
const PROGRAMS = {
  'services/api': {
    main: 'main',
    'analysis-worker': 'analysis-worker',
    'declaration-worker': 'declaration-worker',
    'estimate-worker': 'estimate-worker',
    'workbook-worker': 'workbook-worker',
  },
  'services/extraction': { main: 'main' },
  'services/orchestrator': { main: 'main' },
  'services/product-ingest': { main: 'main' },
  'services/simulator': { main: 'main', 'answer-worker': 'batch/answer-worker' },
  'services/stats': { main: 'main' },
  'services/training': { main: 'main', 'training-thread': 'training-thread' },
  'packages/tools/cli': { main: 'main' },
  'packages/tools/embedded-mongo': { main: 'main' },
  scripts: { launcher: 'launcher' },
};

/** Chunks that a process which runs may still load are kept for so long after they were replaced. */
const KEPT_MS = 24 * 3600 * 1000;

const noSchemas = `module.exports = () => () => () => { throw new Error('expected schemas of zod'); };`;

/** Libraries of libraries that we never reach, which each start would read, and what stands in for them. */
const STAND_INS = {
  // Zod checks and writes, which Fastify is told (http-kit).
  '@fastify/ajv-compiler': noSchemas,
  '@fastify/fast-json-stringify-compiler': noSchemas,
  // Node.js itself knows how names of hosts are written.
  tr46: `import { domainToASCII, domainToUnicode } from 'node:url';
    export const toASCII = (domain) => domainToASCII(domain) || null;
    export const toUnicode = (domain) => ({ domain: domainToUnicode(domain), error: false });`,
  // Nothing here sends forms.
  'form-data': 'export default null;',
};

const standIns = {
  name: 'stand-ins',
  resolveId: {
    filter: { id: new RegExp(`^(${Object.keys(STAND_INS).join('|')})$`) },
    handler: (id) => ({ id: `\0stand-in:${id}`, moduleSideEffects: false }),
  },
  load: { filter: { id: /^\0stand-in:/ }, handler: (id) => STAND_INS[id.slice('\0stand-in:'.length)] },
};

const isLibrary = (id) => id.includes(`${sep}node_modules${sep}`);
const isOurs = (id) => id.startsWith(root) && !isLibrary(id);
const changedAt = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;

/** The file whose date is that of the sources it was made from, and that names them. */
const stampOf = (folder) => join(root, folder, 'bundle', '.sources.json');

function isFresh(folder) {
  const stamp = stampOf(folder);
  if (!existsSync(stamp)) return false;
  const madeAt = statSync(stamp).mtimeMs;
  const sources = JSON.parse(readFileSync(stamp, 'utf8'));
  const others = ['scripts/bundle.mjs', 'scripts/bundle-loader.cjs', 'pnpm-lock.yaml', join(folder, 'package.json')];
  return [...sources, ...others].every((file) => changedAt(file) < madeAt);
}

/** One letter beyond ASCII doubles what the text of a file takes in memory. */
const inAscii = (code) =>
  // A letter that was escaped without need is not escaped twice.
  code.replace(/((?:\\\\)*)\\?([^\0-\x7f])/g, (_, before, unit) => {
    return `${before}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

/** Whole at once, for whoever starts it meanwhile. */
export function put(file, text) {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

/** Files beside a module are found from where it stood, however deep, and not from the folder of the bundle. */
const keepPlaces = (to) => ({
  name: 'keep-places',
  transform: {
    filter: { id: { exclude: [/node_modules/, /^\0/] }, code: /import\.meta\.url/ },
    handler: (code, id) => {
      const place = relative(to, id).replaceAll(sep, '/');
      return { code: code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`), map: null };
    },
  },
});

/** What an installed program finds beside its bundle, and is none of ours: native parts, WebAssembly, pages. */
function outsideOf(home) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const names = Object.keys(dependencies).filter((name) => !dependencies[name].startsWith('workspace:'));
  return (id) => names.some((name) => id === name || id.startsWith(`${name}/`));
}

/** How rolldown reads the sources of a package for a bundle in the folder `to`. */
export const reading = (home, to) => ({
  cwd: home,
  platform: 'node',
  external: outsideOf(home),
  resolve: { conditionNames: ['source', 'node'], extensionAlias: { '.js': ['.ts', '.js'] } },
  plugins: [standIns, keepPlaces(to)],
  // What nothing uses of a module that is imported for the rest.
  treeshake: { moduleSideEffects: [{ test: /\/packages\/.*\/src\//, sideEffects: false }] },
  logLevel: 'silent',
});

async function bundle(rolldown, folder, programs) {
  const startedAt = new Date();
  const home = join(root, folder);
  const to = join(home, 'bundle');
  const files = Object.entries(programs).map(([name, file]) => [name, join(home, 'src', `${file}.ts`)]);
  const build = await rolldown({ ...reading(home, to), input: Object.fromEntries(files) });
  const { output } = await build.generate({
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: ({ name }) => `${name.split('~')[0]}-[hash].js`,
    // Rewriting expressions, too, would take a third more CPU time for a twentieth less text, which starts no sooner.
    minify: { compress: false, mangle: { keepNames: true } },
    sourcemap: true,
    sourcemapExcludeSources: true,
    codeSplitting: {
      groups: [{ name: 'libraries', test: isLibrary, entriesAware: true }],
    },
  });
  await build.close();
  mkdirSync(to, { recursive: true });
  const chunks = output.filter(({ type }) => type === 'chunk');
  const kept = new Set(chunks.flatMap(({ fileName }) => [fileName, `${fileName}.map`]));
  const imported = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  const isOutside = outsideOf(home);
  const missing = imported.filter((id) => !kept.has(id) && !isBuiltin(id) && !isOutside(id));
  if (missing.length > 0) throw new Error(`${folder}/package.json does not name ${missing.join(', ')}`);
  // What the others import is there before them.
  for (const { fileName, code, map, moduleIds } of chunks.toSorted((one, other) => one.isEntry - other.isEntry)) {
    // Reading the map of all libraries would cost more than it tells.
    const ours = moduleIds.some(isOurs);
    if (ours) put(join(to, `${fileName}.map`), map.toString());
    put(join(to, fileName), ours ? code : inAscii(code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '')));
  }
  put(join(to, 'package.json'), '{"type":"commonjs"}');
  put(join(to, 'load.js'), readFileSync(new URL('bundle-loader.cjs', import.meta.url)));
  for (const { name, fileName } of chunks.filter(({ isEntry }) => isEntry)) {
    put(join(to, `${name}.js`), `module.exports = require('./load.js')('./${fileName}');\n`);
  }
  for (const name of readdirSync(to)) {
    if (!kept.has(name.replace(/\.\d+\.compiled$/, '')) && startedAt - statSync(join(to, name)).mtimeMs > KEPT_MS)
      rmSync(join(to, name));
  }
  const sources = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.filter(isOurs)));
  put(stampOf(folder), JSON.stringify([...sources].map((id) => relative(root, id))));
  utimesSync(stampOf(folder), startedAt, startedAt);
}

/** The programs whose sources have changed since they were bundled, by the folder of their package. */
export const stalePrograms = () => Object.entries(PROGRAMS).filter(([folder]) => !isFresh(folder));

/** Bundles the programs whose sources have changed since. Vitest calls it by the other name, before its tests. */
export async function bundlePrograms() {
  const stale = stalePrograms();
  if (stale.length === 0) return;
  const { rolldown } = await import('rolldown');
  // Each keeps all cores busy by itself; all at once take more than twice the memory and no less time.
  for (const [folder, programs] of stale) await bundle(rolldown, folder, programs);
}

export { bundlePrograms as setup };

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePrograms();
