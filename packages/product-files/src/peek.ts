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

/**
 * Looks at the first line that is not blank without consuming it.
 *
 * @param limitBytes - a first line longer than this is given cut.
 */
export async function peekFirstLine(
  chunks: AsyncIterable<Buffer>,
  limitBytes: number,
): Promise<{ firstLine: string; chunks: AsyncIterable<Buffer> }> {
  const lineOf = (head: Buffer) => /^\s*([^\r\n]*)([\r\n]?)/.exec(head.toString('utf8')) as RegExpExecArray;
  const peeked = await peek(chunks, (head) => head.length > limitBytes || lineOf(head)[2] !== '');
  return { firstLine: lineOf(peeked.head)[1] as string, chunks: peeked.chunks };
}
