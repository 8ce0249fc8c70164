import { PRODUCT, type ProductText, type ReadFault, tooLong } from './product-text.js';
import { type TextReader, textReader } from './text-encoding.js';

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
export type SplitterFactory = (limitBytes: number, firstLine?: number, read?: TextReader) => JsonSplitter;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Room for the first key of an item, and for the beginning of the next one that the end of a chunk cuts in two. */
const KEPT_BYTES = 256;
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
    take(line: number, read: TextReader): ProductText | ReadFault {
      const taken = size > limitBytes ? tooLong(PRODUCT, line, limitBytes) : productText(line, whole(parts), read);
      parts = [];
      size = 0;
      return taken;
    },
  };
}

const whole = (parts: readonly Buffer[]): Buffer => (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));

function productText(line: number, bytes: Buffer, read: TextReader): ProductText | ReadFault {
  const { text, fault } = read(bytes);
  return fault === undefined ? { line, text } : { line, fault: 'not-text', message: fault };
}

const isBlankText = (item: ProductText | ReadFault) => 'text' in item && item.text.trim() === '';

/** Splits NDJSON: one product a line; blank lines are skipped but counted. */
export const ndjsonSplitter: SplitterFactory = (limitBytes, firstLine = 1, read = textReader()) => {
  const bytes = itemBytes(limitBytes);
  let line = firstLine;

  function* endLine(): Generator<ProductText | ReadFault> {
    const item = bytes.take(line, read);
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The beginning of an object, up to its first key. */
const FIRST_KEY = /^\s*\{\s*("(?:[^"\\]|\\.)*")\s*:/;

/**
 * Cuts an item that is no JSON, or has no end, before each object in it that begins with the same key as the item does: the
 * items of a file are written by one program, and one whose quotes or brackets are not closed, or behind which the comma is
 * missing, swallows those behind it.
 *
 * @returns the pieces without the commas between them, with the lines (counted from 0) on which they begin; one piece when
 * there is nothing to cut.
 */
function cutBrokenItem(text: string): { piece: string; line: number }[] {
  const key = FIRST_KEY.exec(text)?.[1];
  if (key === undefined) return [{ piece: text, line: 0 }];
  const next = new RegExp(`(?:,|(?<=\\}))(?=\\s*\\{\\s*${key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*:)`);
  let line = 0;
  return text.split(next).map((piece) => {
    const begun = line;
    line += piece.split('\n').length - 1;
    return { piece, line: begun };
  });
}

/** Lines of the blanks before the first character that is none. */
const blankLines = (text: string): number => (/^\s*/.exec(text)?.[0].split('\n').length ?? 1) - 1;

/**
 * The products in an item of an array that turned out not to be JSON: itself, or those that it has swallowed as well.
 *
 * @returns undefined when it is one product.
 */
export function swallowedProducts({ line, text }: ProductText): ProductText[] | undefined {
  const pieces = cutBrokenItem(text);
  if (pieces.length === 1) return undefined;
  const blanks = blankLines(text);
  return pieces.map(({ piece, line: at }) => ({ line: line - blanks + at + blankLines(piece), text: piece }));
}

/**
 * Splits a JSON array; what stands before its opening bracket is skipped. An item ends at a comma or at the closing
 * bracket outside strings, objects and inner arrays: an item that is no JSON spoils itself only. One whose quotes or brackets
 * are not closed may swallow others: it is cut ({@link cutBrokenItem}) when it goes beyond the limit or the end, and by who
 * parses it ({@link swallowedProducts}) otherwise.
 */
export const jsonArraySplitter: SplitterFactory = (limitBytes, firstLine = 1, read = textReader()) => {
  let parts: Buffer[] = [];
  /** Bytes of the item; after the array, those that are not read. */
  let size = 0;
  /** Whether the item is beyond the limit and holds no other so far: of its bytes only the first and the last are kept. */
  let isForgotten = false;
  /** Bytes of the item that are kept, and lines in those that are not. */
  let keptBytes = 0;
  let forgottenLines = 0;
  let line = firstLine;
  let place: 'before' | 'inside' | 'after' | 'ignored' = 'before';
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Line of the item's first byte, blank or not. */
  let startLine = firstLine;
  /** Line of the item's first byte that is not blank; after the array, of the first such byte. */
  let itemLine: number | undefined;
  let isFirstItem = true;

  function beginItem(): void {
    parts = [];
    size = 0;
    isForgotten = false;
    keptBytes = 0;
    forgottenLines = 0;
    depth = 0;
    inString = false;
    escaped = false;
    startLine = line;
    itemLine = undefined;
  }

  const pieceOf = (at: number, piece: string): ProductText | ReadFault =>
    piece.length > limitBytes
      ? tooLong(PRODUCT, at, limitBytes)
      : // In Latin-1 each byte is a character, and back.
        productText(at, Buffer.from(piece, 'latin1'), read);

  /** The pieces of an item that went beyond the limit or has no end, with their lines; one when it holds no other. */
  const pieces = () =>
    cutBrokenItem(whole(parts).toString('latin1')).map(({ piece, line: at }, index) => ({
      piece,
      line: startLine + at + (index > 0 ? forgottenLines : 0),
    }));

  function* tell(cut: ReturnType<typeof pieces>): Generator<ProductText | ReadFault> {
    for (const [index, { piece, line: at }] of cut.entries()) {
      const begins = at + blankLines(piece);
      yield index === 0 && isForgotten ? tooLong(PRODUCT, begins, limitBytes) : pieceOf(begins, piece);
    }
  }

  function forget(): void {
    isForgotten = true;
    const bytes = whole(parts);
    if (bytes.length <= 2 * KEPT_BYTES) return;
    parts = [bytes.subarray(0, KEPT_BYTES), bytes.subarray(-KEPT_BYTES)];
    keptBytes = 2 * KEPT_BYTES;
    for (const byte of bytes.subarray(KEPT_BYTES, -KEPT_BYTES)) if (byte === LINE_FEED) forgottenLines += 1;
  }

  /** Gives the items in what was collected, whose end is not found, and reads the last of them again; false for one only. */
  function* readAgain(): Generator<ProductText | ReadFault, boolean> {
    const cut = pieces();
    const last = cut.pop();
    if (last === undefined || cut.length === 0) return false;
    yield* tell(cut);
    line = last.line;
    beginItem();
    yield* push(Buffer.from(last.piece, 'latin1'));
    return true;
  }

  function* endItem(isLast: boolean): Generator<ProductText | ReadFault> {
    const isBeyond = size > limitBytes;
    const cut = isBeyond ? pieces() : [];
    const item = isBeyond ? tooLong(PRODUCT, itemLine ?? line, limitBytes) : textHere();
    if (cut.length > 1) yield* tell(cut);
    else if (!(isFirstItem && isLast && isBlankText(item))) yield item;
    isFirstItem = false;
    beginItem();
    if (isLast) place = 'after';
  }

  const textHere = () => productText(itemLine ?? line, whole(parts), read);

  function collect(bytes: Buffer): void {
    size += bytes.length;
    keptBytes += bytes.length;
    parts.push(bytes);
  }

  function* push(chunk: Buffer): Generator<ProductText | ReadFault> {
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
          collect(chunk.subarray(start, at));
          yield* endItem(byte === CLOSE_BRACKET);
          start = at + 1;
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
          beginItem();
        }
      } else if (place === 'after' && !isBlank(byte)) {
        place = 'ignored';
        itemLine = line;
        start = at;
      }
    }
    const rest = chunk.subarray(start);
    if (place === 'ignored') size += rest.length;
    if (place !== 'inside') return;
    collect(rest);
    if (keptBytes > limitBytes && !(yield* readAgain())) forget();
  }

  function* end(): Generator<ProductText | ReadFault> {
    if (place === 'ignored') {
      const message = {
        fr: `rien n’est attendu après le crochet qui ferme le tableau JSON : ${size} octets ne sont pas lus`,
        en: `expected nothing behind the bracket that closes the JSON array: ${size} bytes are not read`,
      };
      yield { line: itemLine as number, fault: 'after-array', message };
    }
    if (place !== 'inside') return;
    if (yield* readAgain()) {
      yield* end();
      return;
    }
    const text = whole(parts).toString('utf8').trimEnd();
    // The bracket that closes the array stands in a string or an array of the last item which the item does not close.
    const isClosedInside = text.endsWith(']') && (inString || depth === 0) && !isJson(text);
    if (isClosedInside) yield isForgotten ? tooLong(PRODUCT, itemLine ?? line, limitBytes) : textHere();
    else {
      const message = {
        fr: `le tableau JSON n’est pas fermé : les ${size} octets qui suivent la dernière virgule ne sont pas lus`,
        en: `the JSON array is not closed: the ${size} bytes behind its last comma are not read`,
      };
      yield { line: itemLine ?? line, fault: 'unclosed-array', message };
    }
  }

  return { push, end };
};

/** Takes the whole input as one product, which may span several lines. */
export const singleJsonSplitter: SplitterFactory = (limitBytes, firstLine = 1, read = textReader()) => {
  const bytes = itemBytes(limitBytes);
  return {
    push(chunk) {
      bytes.add(chunk, 0, chunk.length);
      return [];
    },
    *end() {
      const item = bytes.take(firstLine, read);
      if (!isBlankText(item)) yield item;
    },
  };
};

/**
 * Splits an input that announces itself by its first byte that is not blank: `[` opens a JSON array, anything else is left
 * to `otherwise`.
 */
export function arrayOr(otherwise: SplitterFactory): SplitterFactory {
  return (limitBytes, firstLine = 1, read = textReader()) => {
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
        chosen = (chunk[at] === OPEN_BRACKET ? jsonArraySplitter : otherwise)(limitBytes, line, read);
        yield* chosen.push(chunk.subarray(at));
      },
      *end() {
        if (chosen !== undefined) yield* chosen.end();
      },
    };
  };
}
