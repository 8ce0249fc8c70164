/**
 * Looks at the beginning of an input without consuming it.
 *
 * @param isEnough - told all that was seen so far; the input may end before it says yes.
 * @returns what was seen, and the whole input again.
 */
export async function peek(
  chunks: AsyncIterable<Buffer>,
  isEnough: (head: Buffer) => boolean,
): Promise<{ head: Buffer; chunks: AsyncIterable<Buffer> }> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (!isEnough(head)) {
    const next = await source.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }

  async function* whole(): AsyncGenerator<Buffer> {
    try {
      yield head;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return { head, chunks: whole() };
}
