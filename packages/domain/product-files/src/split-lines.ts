import type { ReadText, TextReader } from './text-encoding.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** One line of a text, without its end. */
export interface Line extends ReadText {
  /** Counted from 1. */
  readonly number: number;
  readonly bytes: number;
  /** For a line beyond the limit, whose text is not kept: whether it leaves an open quote closed, and a closed one open. */
  readonly tooLong?: { readonly turnsQuote: boolean };
}

function countQuotes(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) count += 1;
  return count;
}

/**
 * Cuts bytes into lines, which end as the first one does: with LF (or CR LF), or with CR alone as on old Macs. The text of a
 * line of more than `limitBytes` bytes is forgotten.
 */
export function lineSplitter(limitBytes: number, read: TextReader) {
  let lineEnd: number | undefined;
  /** Bytes without any line end but a last CR, of which is not known yet whether LF follows. */
  let undecided: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let bytes = 0;
  let quotes = 0;
  let number = 1;

  function add(part: Buffer): void {
    bytes += part.length;
    parts.push(part);
    if (bytes <= limitBytes) return;
    quotes += parts.reduce((sum, each) => sum + countQuotes(each), 0);
    parts = [];
  }

  function endLine(): Line {
    const place = { number, bytes };
    const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    const isTooLong = bytes > limitBytes;
    const turnsQuote = quotes % 2 === 1;
    parts = [];
    bytes = 0;
    quotes = 0;
    number += 1;
    if (isTooLong) return { ...place, text: '', tooLong: { turnsQuote } };
    const { text, fault } = read(whole);
    const line = { ...place, text: text.endsWith('\r') ? text.slice(0, -1) : text };
    return fault === undefined ? line : { ...line, fault };
  }

  function* push(chunk: Buffer): Generator<Line> {
    let rest = chunk;
    if (lineEnd === undefined) {
      rest = Buffer.concat([undecided, chunk]);
      const [lineFeed, carriageReturn] = [rest.indexOf(LINE_FEED), rest.indexOf(CARRIAGE_RETURN)];
      if (carriageReturn !== -1 && carriageReturn === rest.length - 1) {
        undecided = rest;
        return;
      }
      undecided = Buffer.alloc(0);
      const isCarriageReturn =
        carriageReturn !== -1 &&
        rest[carriageReturn + 1] !== LINE_FEED &&
        (lineFeed === -1 || carriageReturn < lineFeed);
      if (isCarriageReturn) lineEnd = CARRIAGE_RETURN;
      else if (lineFeed !== -1) lineEnd = LINE_FEED;
      else return add(rest);
    }
    let start = 0;
    for (let end = rest.indexOf(lineEnd); end !== -1; end = rest.indexOf(lineEnd, start)) {
      add(rest.subarray(start, end));
      yield endLine();
      start = end + 1;
    }
    if (start < rest.length) add(rest.subarray(start));
  }

  return {
    push,
    *end(): Generator<Line> {
      if (undecided.length > 0) {
        add(undecided);
        undecided = Buffer.alloc(0);
      }
      if (bytes > 0) yield endLine();
    },
  };
}
