import { type ProductText, type ReadFault, tooLong } from './product-text.js';

/**
 * Cuts the bytes of a file or of a request into the texts of its products without keeping more than one of them in
 * memory.
 *
 * Written here because the streaming JSON libraries give up at the first syntax error, put no bound on an item, and say
 * themselves that they are not made for untrusted input. All that is needed is to find where items end, at a few
 * nanoseconds a byte: `JSON.parse` stays the judge of each item.
 */
export interface JsonSplitter {
  /** Takes the next bytes; gives the items that became complete, in order. */
  push(chunk: Buffer): Iterable<ProductText | ReadFault>;
  /** Takes the end of the bytes. */
  end(): Iterable<ProductText | ReadFault>;
}

/** Makes a splitter whose items have at most `limitBytes` bytes and whose first byte stands on line `firstLine`. */
export type SplitterFactory = (limitBytes: number, firstLine?: number) => JsonSplitter;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const isBlank = (byte: number) => byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;

/** Collects the bytes of one item across chunks, and forgets them past the limit. */
function itemBytes(limitBytes: number) {
  let parts: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer, start: number, end: number): void {
      size += end - start;
      if (size <= limitBytes) parts.push(chunk.subarray(start, end));
      else parts = [];
    },
    take(line: number): ProductText | ReadFault {
      const taken =
        size > limitBytes
          ? tooLong('ce produit', line, limitBytes)
          : { line, text: (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).toString('utf8') };
      parts = [];
      size = 0;
      return taken;
    },
  };
}

const isBlankText = (item: ProductText | ReadFault) => 'text' in item && item.text.trim() === '';

/** Splits NDJSON: one product a line; blank lines are skipped but counted. */
export const ndjsonSplitter: SplitterFactory = (limitBytes, firstLine = 1) => {
  const bytes = itemBytes(limitBytes);
  let line = firstLine;

  function* endLine(): Generator<ProductText | ReadFault> {
    const item = bytes.take(line);
    line += 1;
    if (!isBlankText(item)) yield item;
  }

  return {
    *push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        bytes.add(chunk, start, end);
        yield* endLine();
        start = end + 1;
      }
      if (start < chunk.length) bytes.add(chunk, start, chunk.length);
    },
    end: endLine,
  };
};

/**
 * Splits a JSON array; what stands before its opening bracket is skipped. An item ends at a comma or at the closing
 * bracket outside strings, objects and inner arrays: an item that is no JSON spoils itself only, as long as its quotes and
 * brackets are closed.
 */
export const jsonArraySplitter: SplitterFactory = (limitBytes, firstLine = 1) => {
  const bytes = itemBytes(limitBytes);
  let line = firstLine;
  let place: 'before' | 'inside' | 'after' | 'ignored' = 'before';
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Line of the item's first byte that is not blank. */
  let itemLine: number | undefined;
  let isFirstItem = true;

  function* endItem(isLast: boolean): Generator<ProductText | ReadFault> {
    const item = bytes.take(itemLine ?? line);
    const isEmptyArray = isFirstItem && isLast && isBlankText(item);
    isFirstItem = false;
    itemLine = undefined;
    if (!isEmptyArray) yield item;
  }

  return {
    *push(chunk) {
      let start = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] as number;
        if (byte === LINE_FEED) line += 1;
        if (place === 'inside') {
          if (inString) {
            if (escaped) escaped = false;
            else if (byte === BACKSLASH) escaped = true;
            else if (byte === QUOTE) inString = false;
          } else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
            bytes.add(chunk, start, at);
            yield* endItem(byte === CLOSE_BRACKET);
            start = at + 1;
            if (byte === CLOSE_BRACKET) place = 'after';
          } else if (!isBlank(byte)) {
            itemLine ??= line;
            if (byte === QUOTE) inString = true;
            else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
            else if (depth > 0 && (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) depth -= 1;
          }
        } else if (place === 'before') {
          if (byte === OPEN_BRACKET) {
            place = 'inside';
            start = at + 1;
          }
        } else if (place === 'after' && !isBlank(byte)) {
          place = 'ignored';
          const message = 'rien n’est attendu après le crochet qui ferme le tableau JSON : la suite est ignorée';
          yield { line, fault: 'after-array', message };
        }
      }
      if (place === 'inside' && start < chunk.length) bytes.add(chunk, start, chunk.length);
    },
    *end() {
      if (place !== 'inside') return;
      const message = 'le tableau JSON n’est pas fermé : ce qui suit la dernière virgule est ignoré';
      yield { line: itemLine ?? line, fault: 'unclosed-array', message };
    },
  };
};

/** Takes the whole input as one product, which may span several lines. */
export const singleJsonSplitter: SplitterFactory = (limitBytes, firstLine = 1) => {
  const bytes = itemBytes(limitBytes);
  return {
    push(chunk) {
      bytes.add(chunk, 0, chunk.length);
      return [];
    },
    *end() {
      const item = bytes.take(firstLine);
      if (!isBlankText(item)) yield item;
    },
  };
};

/**
 * Splits an input that announces itself by its first byte that is not blank: `[` opens a JSON array, anything else is left
 * to `otherwise`.
 */
export function arrayOr(otherwise: SplitterFactory): SplitterFactory {
  return (limitBytes, firstLine = 1) => {
    let chosen: JsonSplitter | undefined;
    let bytesSeen = 0;
    let line = firstLine;

    /** Where the first byte that tells something stands, past blanks and a byte order mark. */
    function firstTellingByte(chunk: Buffer): number {
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] as number;
        if (!isBlank(byte) && BYTE_ORDER_MARK[bytesSeen + at] !== byte) return at;
        if (byte === LINE_FEED) line += 1;
      }
      bytesSeen += chunk.length;
      return chunk.length;
    }

    return {
      *push(chunk) {
        if (chosen !== undefined) {
          yield* chosen.push(chunk);
          return;
        }
        const at = firstTellingByte(chunk);
        if (at === chunk.length) return;
        chosen = (chunk[at] === OPEN_BRACKET ? jsonArraySplitter : otherwise)(limitBytes, line);
        yield* chosen.push(chunk.subarray(at));
      },
      *end() {
        if (chosen !== undefined) yield* chosen.end();
      },
    };
  };
}
