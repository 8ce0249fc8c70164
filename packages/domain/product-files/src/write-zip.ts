import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** Writes files as one archive (.zip), one after the other as they come and are read: no more than one of them is held. */
export function writeZip(files: AsyncIterable<readonly [path: string, content: Buffer]>): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  async function add(): Promise<void> {
    for await (const [path, content] of files) {
      const file = Readable.from([content], { objectMode: false });
      // Files that nobody reads any more are not to be made.
      const stop = () => file.destroy();
      output.once('close', stop);
      zip.addReadStream(file, path);
      await finished(file);
      output.off('close', stop);
    }
    zip.end();
  }
  add().catch((error) => output.destroy(error));
  return output;
}
