import type { FlatSource } from '@ecobalyse/product-documents';
import type { PlatformFields } from '@ecobalyse/schema';
import { BSON } from 'mongodb';

/** Tell what a document holds, beside its identity: another answer or another document has others. */
const MARKS = ['answerHash', 'createdAt', 'methodVersion'] as const satisfies readonly (keyof PlatformFields)[];
export const MARK_FIELDS = MARKS.map((name) => `_platform.${name}` as const);
/** Digits of a hash that are kept: that two contents of one product have the same ones is not to be expected. */
const MARK_DIGITS = 16;

/**
 * What tells whether a document is the one that was read before: the same for equal content, whoever stored it, and another
 * one after every change that the platform makes. Its state is no part of it.
 *
 * @returns null for a document that does not tell.
 */
export function contentMark({ _platform }: FlatSource): string | null {
  const { answerHash, createdAt, methodVersion } = (_platform ?? {}) as Partial<PlatformFields>;
  const isTold = typeof answerHash === 'string' && answerHash !== '' && typeof createdAt === 'string';
  return isTold ? `${answerHash.slice(0, MARK_DIGITS)} ${createdAt} ${methodVersion ?? ''}` : null;
}

/** Identities and marks as text. */
export interface MarkLines {
  /** A line for each document, `md5_id` and mark with a tab between; the mark is empty where a document tells none. */
  readonly lines: Uint8Array;
  /** Identities that are no plain text, whatever they are. */
  readonly odd: readonly unknown[];
}

const LINE = /^[!-~]{1,500}\t[ -~]{0,500}$/;
const LONGEST = 500;
const [TAB, NEWLINE, SPACE, LAST_PLAIN] = [9, 10, 32, 126];
const TEXT_TYPE = 2;
const DOCUMENT_TYPE = 3;
const element = (type: number, name: string) => Uint8Array.from([type, ...Buffer.from(name), 0]);
const ID = element(TEXT_TYPE, 'md5_id');
const PLATFORM = element(DOCUMENT_TYPE, '_platform');
const TEXTS = [ID, ...MARKS.map((name) => element(TEXT_TYPE, name))];
/** Of BSON: the length in front of a document or text. */
const LENGTH_BYTES = 4;

/**
 * Makes a reader of documents that hold an identity and what {@link contentMark} needs. Where they are as an index gives them,
 * they are read byte by byte, since a million objects take many times as long.
 *
 * @param isCounted - which documents have a line, by the version of the method alone.
 * @param without - identities that have none.
 */
export function markLineReader(isCounted: (document: FlatSource) => boolean, without: ReadonlySet<unknown>) {
  /** Where the texts of the document begin and end. */
  const starts = TEXTS.map(() => 0);
  const ends = TEXTS.map(() => 0);
  /** The version that was met last, and whether its documents count. */
  let version = Buffer.from('');
  let counts: boolean | undefined;

  /** Finds the texts of a document as an index gives it; false where it is none. */
  function find(bytes: Buffer): boolean {
    let at = LENGTH_BYTES;
    for (const [index, name] of TEXTS.entries()) {
      if (index === 1) {
        if (!holds(bytes, at, PLATFORM)) return false;
        at += PLATFORM.length + LENGTH_BYTES;
      }
      if (!holds(bytes, at, name)) return false;
      at += name.length;
      starts[index] = at + LENGTH_BYTES;
      at += LENGTH_BYTES + bytes.readInt32LE(at);
      ends[index] = at - 1;
    }
    return true;
  }

  return (documents: readonly Uint8Array[]): MarkLines => {
    const out = Buffer.allocUnsafe(documents.reduce((sum, { length }) => sum + length, 0));
    const odd: unknown[] = [];
    let to = 0;

    /** Copies letters; false where one of them is not plain. */
    function copy(bytes: Buffer, start: number, end: number, least: number): boolean {
      for (let at = start; at < end; at++) {
        const letter = bytes[at] as number;
        if (letter < least || letter > LAST_PLAIN) return false;
        out[to++] = letter;
      }
      return true;
    }

    /** Writes the line of a document as an index gives it; false where it is none, or no plain text. */
    function writeLine(bytes: Buffer): boolean {
      if (!find(bytes)) return false;
      const [id = 0, hash = 0, created = 0, told = 0] = starts;
      const [idEnd = 0, hashEnd = 0, createdEnd = 0, toldEnd = 0] = ends;
      if (idEnd === id || idEnd - id > LONGEST || hashEnd === hash) return false;
      if (counts === undefined || version.compare(bytes, told, toldEnd) !== 0) {
        version = Buffer.from(bytes.subarray(told, toldEnd));
        counts = isCounted(BSON.deserialize(bytes));
      }
      if (!counts || (without.size > 0 && without.has(bytes.toString('utf8', id, idEnd)))) return true;
      const from = to;
      if (!copy(bytes, id, idEnd, SPACE + 1)) return undo(from);
      out[to++] = TAB;
      const mark = to;
      if (!copy(bytes, hash, Math.min(hashEnd, hash + MARK_DIGITS), SPACE)) return undo(from);
      out[to++] = SPACE;
      if (!copy(bytes, created, createdEnd, SPACE)) return undo(from);
      out[to++] = SPACE;
      if (!copy(bytes, told, toldEnd, SPACE) || to - mark > LONGEST) return undo(from);
      out[to++] = NEWLINE;
      return true;
    }
    function undo(from: number): false {
      to = from;
      return false;
    }

    for (const { buffer, byteOffset, length } of documents) {
      const bytes = Buffer.from(buffer, byteOffset, length);
      if (writeLine(bytes)) continue;
      const document: FlatSource = BSON.deserialize(bytes);
      const { md5_id } = document;
      if (without.has(md5_id) || !isCounted(document)) continue;
      const line = `${md5_id}\t${contentMark(document) ?? ''}`;
      if (typeof md5_id === 'string' && LINE.test(line)) to += out.write(`${line}\n`, to, 'latin1');
      else odd.push(md5_id ?? null);
    }
    return { lines: out.subarray(0, to), odd };
  };
}

function holds(bytes: Buffer, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}
