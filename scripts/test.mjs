/** `npm test`: prepares the machine, then runs every test; arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, installIfPossible, installPrograms, root, run, say } from './bootstrap.mjs';

async function installTools() {
  await installPrograms(['redis-server', 'git', 'curl', 'chromium-headless-shell']);
  // Debian installs it for its own Python.
  await installIfPossible(
    'python3-pymongo',
    () => spawnSync('/usr/bin/python3', ['-c', 'import pymongo']).status === 0,
  );
}

// Both wait for the network more than they compute.
await Promise.all([bootstrap(), installTools()]);
say('Testing…');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
// It transforms all modules, and most of what it makes is soon gone.
const flags = ['--min-semi-space-size=32', '--max-semi-space-size=64', '--single-threaded-gc'];
// Its workers, and the servers and browsers that they start, end with it.
const { status } = await run(process.execPath, [...flags, vitest, 'run', ...process.argv.slice(2)], {
  detached: true,
});
process.exit(status);
