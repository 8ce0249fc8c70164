/** `npm test`: prepares the machine, then runs every test; arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, installIfPossible, root, say } from './bootstrap.mjs';

bootstrap(['redis-server', 'curl', 'chromium']);
// Debian installs it for its own Python.
installIfPossible('python3-pymongo', () => spawnSync('/usr/bin/python3', ['-c', 'import pymongo']).status === 0);
say('Testing…');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
