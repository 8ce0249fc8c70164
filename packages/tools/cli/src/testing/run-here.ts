import { Readable } from 'node:stream';
import { vi } from 'vitest';
import { runCommandLine } from '../command-line.js';

/** What a command is run with, beside its words. */
interface Surroundings {
  /** Standard input. */
  readonly input?: string;
  /** The environment, in place of that of the tests. */
  readonly env?: Record<string, string>;
  /** The folder that it is run in. */
  readonly cwd?: string;
}

/** Runs a command in this process, which costs a hundredth of a process of its own: those are in main.test.ts. */
export async function runHere(words: readonly string[], { input = '', env, cwd = '/' }: Surroundings = {}) {
  const written = { stdout: '', stderr: '' };
  const spies = [
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from(Buffer.from(input)) as typeof process.stdin),
    // A folder without .env: the settings of a developer's machine must not decide a test.
    vi.spyOn(process, 'cwd').mockReturnValue(cwd),
    ...(['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        written[name] += text;
        return true;
      }),
    ),
  ];
  const before = process.env;
  if (env) process.env = env;
  try {
    return { code: await runCommandLine(words), ...written };
  } finally {
    process.env = before;
    for (const spy of spies) spy.mockRestore();
  }
}
