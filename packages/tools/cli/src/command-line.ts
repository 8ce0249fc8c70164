import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { commands } from './commands.js';
import { typed, UsageError } from './usage.js';

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
