/**
 * Runs a program of the workspace from its source, with all that it imports, as tools and tests need that are no part of what is
 * installed: `node scripts/run-source.mjs FILE [arguments]`.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { put, reading } from './bundle.mjs';

const [loader, file] = process.argv.splice(1, 2);
const source = resolve(dirname(loader), '..', file);
let home = dirname(source);
while (!existsSync(join(home, 'package.json'))) home = dirname(home);
// What stays outside a bundle is found from here.
const to = join(home, 'node_modules', '.run');
/** Libraries are read where they are installed: native ones look for their parts there. */
const installed = {
  name: 'installed',
  async resolveId(id, importer, options) {
    if (importer === undefined) return null;
    const found = await this.resolve(id, importer, { ...options, skipSelf: true });
    return found?.id.includes('/node_modules/') ? { id: found.id, external: 'absolute' } : found;
  },
};
const { external: _external, plugins, ...options } = reading(home, to);
const build = await rolldown({ ...options, plugins: [installed, ...plugins], input: source });
const { output } = await build.generate({ format: 'esm', codeSplitting: false });
await build.close();
mkdirSync(to, { recursive: true });
const program = join(to, `${basename(file)}.mjs`);
put(program, output[0].code);
// A module tells by it whether it is the program.
process.argv.splice(1, 0, source);
await import(program);
