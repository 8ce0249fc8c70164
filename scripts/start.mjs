/** `npm start`: prepares the machine, then hands over to the launcher in this same process. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bootstrap, installPrograms, whenNpmEnds } from './bootstrap.mjs';

if (process.argv.some((argument) => ['--help', '-h'].includes(argument))) {
  process.stdout.write(readFileSync(new URL('help.txt', import.meta.url)));
} else {
  await bootstrap();
  const { launch, redisIsGiven } = createRequire(import.meta.url)('./bundle/launcher.js');
  if (!redisIsGiven()) await installPrograms(['redis-server']);
  whenNpmEnds(() => process.kill(process.pid, 'SIGTERM'));
  await launch(process.argv.slice(2));
}
