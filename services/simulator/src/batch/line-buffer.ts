const NEWLINE = 10;

/** Lines of plain ASCII, one after the other, as bytes. */
export interface LineBuffer {
  /** Adds a line and its end. A character beyond ASCII would not survive. */
  add(line: string): void;
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
      const needed = used + line.length + 1;
      if (needed > bytes.length) {
        const grown = Buffer.allocUnsafeSlow(2 * needed);
        bytes.copy(grown, 0, 0, used);
        bytes = grown;
      }
      bytes.write(line, used, 'latin1');
      bytes[needed - 1] = NEWLINE;
      used = needed;
    },
    content: () => bytes.subarray(0, used),
  };
}
