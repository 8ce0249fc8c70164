import { isUtf8 } from 'node:buffer';
import type { Words } from '@ecobalyse/schema';
import { peek } from './peek.js';
import { UnreadableTextError } from './product-text.js';

/** How the text of a file is written; without a word about it, UTF-8, or else Windows-1252, Excel's in western Europe. */
export const CHARSETS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Charset = (typeof CHARSETS)[number];

/** Names of charsets that say one of ours in other words; US-ASCII says nothing that both do not hold. */
const CHARSET_NAMES: Readonly<Record<string, Charset | undefined>> = {
  ...Object.fromEntries(CHARSETS.map((charset) => [charset, charset])),
  utf8: 'utf-8',
  'us-ascii': undefined,
  'utf-16': 'utf-16le',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  cp1252: 'windows-1252',
};

/** A charset that we do not read. */
export class CharsetError extends UnreadableTextError {
  override readonly name = 'CharsetError';
}

/**
 * The charset that the header content-type announces, if it announces one.
 *
 * @throws CharsetError for one that we do not read.
 */
export function charsetOf(contentType: string | undefined): Charset | undefined {
  const name = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType ?? '')?.[1]?.toLowerCase();
  if (name === undefined || Object.hasOwn(CHARSET_NAMES, name)) return CHARSET_NAMES[name ?? 'us-ascii'];
  const [known, received] = [CHARSETS.join(', '), JSON.stringify(name)];
  throw new CharsetError({
    fr: `charset ; attendu : l’un de ${known} ; reçu : ${received}`,
    en: `charset: expected one of ${known}; received ${received}`,
  });
}

/** A text that stops being what it announced in the middle: it cannot be read on. */
export class TextEncodingError extends UnreadableTextError {
  override readonly name = 'TextEncodingError';
}

/** Windows-1252 where it differs from Latin-1; the five bytes that it leaves out stay control characters. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Not by TextDecoder, which takes these for Latin-1 in some versions of Node.js. */
const fromWindows1252 = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/[\u0080-\u009f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80] as string);

async function* fromUtf16(chunks: AsyncIterable<Buffer>, charset: Charset): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(charset, { fatal: true });
  const decode = (chunk?: Buffer): Buffer => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      throw new TextEncodingError({
        fr: `la suite n’est pas du texte ${charset} et n’est pas lue`,
        en: `what follows is no ${charset} text and is not read`,
      });
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}

async function* withoutFirst(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

async function* mapped(chunks: AsyncIterable<Buffer>, map: (chunk: Buffer) => Buffer): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield map(chunk);
}

const BYTE_ORDER_MARKS: readonly (readonly [mark: Buffer, charset: Charset])[] = [
  [Buffer.of(0xef, 0xbb, 0xbf), 'utf-8'],
  [Buffer.of(0xff, 0xfe), 'utf-16le'],
  [Buffer.of(0xfe, 0xff), 'utf-16be'],
];

/** What a text of which the first two characters are Latin is without a mark: UTF-16 has a zero byte in each. */
function unmarked([first, second, third, fourth]: Buffer): Charset | undefined {
  if (first === 0 && third === 0 && second && fourth) return 'utf-16be';
  return second === 0 && fourth === 0 && first && third ? 'utf-16le' : undefined;
}

/**
 * The bytes of a text as UTF-8, without byte order mark; a mark, or the zero bytes of UTF-16, say more than what was announced.
 *
 * @returns whether it is known to be UTF-8; what is not may still turn out to be Windows-1252 ({@link textReader}).
 */
export async function asUtf8(
  chunks: AsyncIterable<Buffer>,
  announced: Charset | undefined,
  onCharset?: (charset: Charset) => void,
): Promise<{ isKnown: boolean; chunks: AsyncIterable<Buffer> }> {
  const peeked = await peek(chunks, ({ length }) => length >= 4);
  const found = BYTE_ORDER_MARKS.find(([mark]) => mark.equals(peeked.head.subarray(0, mark.length)));
  const charset = found?.[1] ?? unmarked(peeked.head) ?? announced;
  const bytes = found === undefined ? peeked.chunks : withoutFirst(peeked.chunks, found[0].length);
  if (charset !== undefined) onCharset?.(charset);
  if (charset === undefined || charset === 'utf-8') return { isKnown: charset !== undefined, chunks: bytes };
  if (charset === 'windows-1252') {
    return { isKnown: true, chunks: mapped(bytes, (chunk) => Buffer.from(fromWindows1252(chunk))) };
  }
  return { isKnown: true, chunks: fromUtf16(bytes, charset) };
}

/** A part of a text; `fault` says why it is not what its author wrote. */
export interface ReadText {
  readonly text: string;
  readonly fault?: Words;
}

/** Reads one part of a text after another. */
export type TextReader = (bytes: Buffer) => ReadText;

const NUL: Words = { fr: 'caractère nul (U+0000)', en: 'null character (U+0000)' };
const NOT_UTF8: Words = { fr: 'octets qui ne sont pas de l’UTF-8', en: 'bytes that are not UTF-8' };
const NEITHER: Words = {
  fr: 'octets qui ne sont ni de l’UTF-8 ni du Windows-1252',
  en: 'bytes that are neither UTF-8 nor Windows-1252',
};

const faultOf = (text: string): Words | undefined => (text.includes('\0') ? NUL : undefined);

/**
 * Reads the parts of a text that is UTF-8 or Windows-1252. A part that is not UTF-8 is read as Windows-1252, unless the text
 * is known to be UTF-8 or was found to be by a part before: then it holds a bad byte. No character is ever replaced unsaid.
 */
export function textReader(isKnownUtf8 = false, onCharset?: (charset: Charset) => void): TextReader {
  let isKnown = isKnownUtf8;
  return (bytes) => {
    if (isUtf8(bytes)) {
      const text = bytes.toString('utf8');
      isKnown ||= text.length < bytes.length;
      const fault = faultOf(text);
      return fault === undefined ? { text } : { text, fault };
    }
    if (isKnown) return { text: bytes.toString('utf8'), fault: NOT_UTF8 };
    onCharset?.('windows-1252');
    const text = fromWindows1252(bytes);
    const fault = /[\u0080-\u009f]/.test(text) ? NEITHER : faultOf(text);
    return fault === undefined ? { text } : { text, fault };
  };
}
