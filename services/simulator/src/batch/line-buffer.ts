const NEWLINE = 10;

/** Lines of plain ASCII, or documents that are bytes, one after the other. */
export interface LineBuffer {
  /** Adds a line and its end, in which a character beyond ASCII would not survive, or bytes as they are. */
  add(line: string | Buffer): void;
  content(): Buffer;
}

/**
 * Gathers lines as bytes. Each is written at once: a text put together from hundreds of pieces is cheap to write out while it
 * is young, and costs half as much again when those of a whole group are kept until the end.
 *
 * @param expectedBytes - the size to begin with; the buffer grows when it does not suffice.
 */
export function lineBuffer(expectedBytes: number): LineBuffer {
  let bytes = Buffer.allocUnsafeSlow(expectedBytes);
  let used = 0;
  return {
    add(line) {
      const isText = typeof line === 'string';
      const needed = used + line.length + (isText ? 1 : 0);
      if (needed > bytes.length) {
        const grown = Buffer.allocUnsafeSlow(2 * needed);
        bytes.copy(grown, 0, 0, used);
        bytes = grown;
      }
      if (isText) {
        bytes.write(line, used, 'latin1');
        bytes[needed - 1] = NEWLINE;
      } else line.copy(bytes, used);
      used = needed;
    },
    content: () => bytes.subarray(0, used),
  };
}
