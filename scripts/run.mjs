/** Runs a command of the workspace (`npm run score`, `npm run ecobalyse`…), after preparing the machine. */
import { join } from 'node:path';
import { bootstrap, root, run } from './bootstrap.mjs';

const [script, ...args] = process.argv.slice(2);
// What the command prints may be piped into a file: the preparation says nothing there.
await bootstrap({ quiet: true });
const { status } = await run(process.execPath, [join(root, script), ...args], { cwd: process.cwd() });
process.exit(status);
