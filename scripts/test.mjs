/** `npm test`: prepares the machine, then runs every test; arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root, say } from './bootstrap.mjs';

bootstrap(['redis-server', 'curl', 'chromium']);
say('Testing…');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
