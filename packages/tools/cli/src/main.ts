import { runCommandLine } from './command-line.js';
import { systemMessage } from './system-message.js';

/** A reader such as "head" that has seen enough is no error; a full disk is. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`error: cannot write: ${systemMessage(error)}\n`);
  process.exit(1);
});

runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
