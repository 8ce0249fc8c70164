/** Runs a command of the workspace (`npm run score`, `npm run data:dump`…), after preparing the machine. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

const [script, ...args] = process.argv.slice(2);
// What the command prints may be piped into a file: the preparation talks to the terminal only.
bootstrap([], { quiet: true });
const { status } = spawnSync(process.execPath, [join(root, script), ...args], { stdio: 'inherit' });
process.exit(status ?? 1);
