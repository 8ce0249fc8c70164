import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { commands } from './commands.js';

/** A file or an address on the command line that cannot be used: exit code 2, as for the rest of a wrong command line. */
export class UsageError extends Error {}

/** What npm's scripts and the containers of docker-compose.yml put before the rest of a command, and for which words of it. */
const TYPED: Readonly<Record<string, readonly [typed: string, words: string]>> = {
  ecobalyse: ['npm run --silent ecobalyse --', ''],
  score: ['npm run --silent score --', 'score'],
  keys: ['npm run --silent keys --', 'keys'],
  'data:dump': ['npm run --silent data:dump --', 'db dump'],
  'data:restore': ['npm run --silent data:restore --', 'db restore'],
  'container database': ['docker-compose run --rm database', ''],
  'container backup': ['docker-compose run --rm backup', 'db'],
};

/** A command as its user types it here: by the npm script or in the container that this process was started by. */
export function typed(name: string): string {
  const { npm_lifecycle_event: script = '', ECOBALYSE_STARTED_AS: startedAs } = process.env;
  const starter = startedAs ?? script;
  const [before, words] = (Object.hasOwn(TYPED, starter) && TYPED[starter]) || ['ecobalyse', ''];
  if (words === '' || name === words) return `${before} ${name.slice(words.length)}`.trimEnd();
  return name.startsWith(`${words} `) ? before + name.slice(words.length) : `npm run --silent ecobalyse -- ${name}`;
}

const EXIT_CODES =
  '\nExit code: 0 when all was done, 1 when a part was refused or the work failed, 2 for a wrong command line.';

/** Gives a command and those below it our one way to explain and to refuse. */
function withConventions(command: CommandUnknownOpts, name = ''): CommandUnknownOpts {
  command
    .exitOverride()
    .configureHelp({ commandUsage: () => `${typed(name)} ${command.usage()}` })
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    })
    .helpCommand(false)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError(`Try "${typed(name)} --help".`);
  for (const below of command.commands) withConventions(below, `${name} ${below.name()}`.trimStart());
  return command;
}

/**
 * The `ecobalyse` command.
 *
 * @returns the exit code: 0 when all was done, 1 when a part was refused or the work failed, 2 for a wrong command line.
 */
export async function runCommandLine(given: readonly string[]): Promise<number> {
  const words = given[0] === 'help' ? [...given.slice(1), '--help'] : given;
  let code: number = 0;
  const program = withConventions(commands((result) => (code = result)));
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    // It has been told already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    // An error of the program itself tells where it is; the others are written for their reader.
    const isOurs = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
    process.stderr.write(`error: ${isOurs ? error.stack : error instanceof Error ? error.message : error}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
