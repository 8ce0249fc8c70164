import { methodVersion } from '@ecobalyse/textile-method';
import { runScore } from './score-command.js';
import { GENERAL_HELP, systemMessage, UsageError } from './usage.js';

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  score: runScore,
  // Loaded when it is asked for: scores need no database driver.
  keys: async (args) => (await import('./keys-command.js')).runKeys(args),
};

/** A reader such as "head" that has seen enough is no error; a full disk is. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`ecobalyse: cannot write: ${systemMessage(error)}\n`);
  process.exit(2);
});

/**
 * The `ecobalyse` command.
 *
 * @returns the exit code: 0, 1 when a product was refused, 2 for a bad command line or a file that cannot be read.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '-h' || name === '--help') return print(GENERAL_HELP);
  if (name === '-V' || name === '--version') return print(`${methodVersion}\n`);
  try {
    if (name === undefined) throw new UsageError('a command is expected');
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new UsageError(`unknown command ${JSON.stringify(name)}`);
    return await command(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`ecobalyse: ${error.message}\nTry "${typedCommand(name)} --help".\n`);
    return 2;
  }
}

/** The command as its user typed it: npm tells the script that it runs, which is named after the command. */
function typedCommand(name: string | undefined): string {
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) return 'ecobalyse';
  return process.env.npm_lifecycle_event === name ? `npm run ${name} --` : `ecobalyse ${name}`;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
