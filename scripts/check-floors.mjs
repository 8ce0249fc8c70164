/**
 * Sees that imports only point down the floors of docs/architecture.md. A package can only import what its manifest names, so
 * manifests are looked at, and sources for paths that lead out of their package.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** From the ground up. A service stands on top of all, and no service on another. */
const FLOORS = [
  'packages/domain',
  'packages/runtime',
  'packages/data',
  'packages/assembly',
  'packages/tools',
  'services',
];
/** Beside the house: a bundle for browsers, which knows the domain and asks our API. */
const OTHERS = { dashboard: 1 };

const heightOf = (folder) => OTHERS[folder] ?? FLOORS.indexOf(dirname(folder));
const folders = [
  ...FLOORS.flatMap((floor) => readdirSync(join(root, floor)).map((name) => join(floor, name))),
  ...Object.keys(OTHERS),
].filter((folder) => existsSync(join(root, folder, 'package.json')));
const manifests = new Map(
  folders.map((folder) => [folder, JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))]),
);
const folderOf = new Map([...manifests].map(([folder, { name }]) => [name, folder]));

const faults = [];
for (const [folder, { dependencies = {}, devDependencies = {} }] of manifests) {
  // What a service or the dashboard imports goes into its bundle, so that nothing has to be installed for it.
  const imported =
    folder.startsWith('services/') || folder in OTHERS ? { ...dependencies, ...devDependencies } : dependencies;
  for (const name of Object.keys(imported)) {
    const other = folderOf.get(name);
    if (other === undefined) continue;
    const isUp = heightOf(other) > heightOf(folder);
    if (isUp || other.startsWith('services/')) faults.push(`${folder} imports ${other}, which is no floor below it`);
  }
  for (const file of readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file) || /\.test\.tsx?$|^test/.test(file)) continue;
    const path = join(root, folder, 'src', file);
    for (const [, target] of readFileSync(path, 'utf8').matchAll(/^(?:import|export)[^'"]*['"](\.[^'"]+)['"]/gm)) {
      if (relative(join(root, folder), resolve(dirname(path), target)).startsWith('..'))
        faults.push(`${relative(root, path)} imports ${target}, which is in another package`);
    }
  }
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`Imports of ${folders.length} packages and services point down.`);
