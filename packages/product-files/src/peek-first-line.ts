/**
 * Looks at the first line that is not blank without consuming it.
 *
 * @param limitBytes - a first line longer than this is given cut.
 * @returns the line, and the whole input again.
 */
export async function peekFirstLine(
  chunks: AsyncIterable<Buffer>,
  limitBytes: number,
): Promise<{ firstLine: string; chunks: AsyncIterable<Buffer> }> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let text = '';
  while (!text.includes('\n') && head.length <= limitBytes) {
    const next = await source.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
    text = head.toString('utf8').trimStart();
  }

  async function* whole(): AsyncGenerator<Buffer> {
    try {
      yield head;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return { firstLine: text.split('\n', 1)[0] as string, chunks: whole() };
}
