import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { systemMessage } from './system-message.js';
import { UsageError } from './usage.js';

/** Prints on standard output, no faster than it is read. */
export async function print(text: string | Buffer): Promise<void> {
  if (text.length > 0 && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes to a file, or on standard output, no faster than it is read. @throws UsageError for a file that cannot be written. */
export async function writeOut(content: AsyncIterable<string | Buffer>, file: string | undefined): Promise<void> {
  if (file === undefined) {
    for await (const part of content) await print(part);
    return;
  }
  await writeFile(file, content).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined) throw error;
    throw new UsageError(`cannot write ${file}: ${systemMessage(error)}`);
  });
}
