import type { Words } from '@ecobalyse/schema';

/** A cell: its text, or the number that a workbook holds. */
export type Cell = string | number;

/** A fault of a cell, by the place of its column from 0. */
export interface CellFault {
  readonly column: number;
  readonly words: Words;
}

/** Where a product stands in a file: the line on which it begins, counted from 1. */
export interface Located {
  readonly line: number;
}

/** Faults after which a file is not read on, or was cut off. */
export const FILE_FAULTS = ['unclosed-array', 'after-array', 'bad-header', 'bad-encoding'] as const;

/** Why the text of a product could not be read. */
export type FaultCode = 'too-long' | 'not-json' | 'not-text' | 'bad-csv' | 'bad-cell' | (typeof FILE_FAULTS)[number];

/** What stands in the cells of a row of a table, and nothing of other forms. */
interface InCells extends Located {
  readonly cells?: readonly Cell[];
}

/** A product that could not be read, with a sentence for its author. */
export interface ReadFault extends InCells {
  /** Of the row's cells, those that are at fault. */
  readonly of?: readonly CellFault[];
  /** What the other cells of the row say of the product, such as its reference. */
  readonly known?: unknown;
  readonly fault: FaultCode;
  readonly message: Words;
}

/** Whether a fault is one of the file as a whole: one that was cut off must not be taken for a shorter one. */
export const isFileFault = ({ fault }: ReadFault): boolean => (FILE_FAULTS as readonly string[]).includes(fault);

/** A product as written, not yet parsed. */
export interface ProductText extends Located {
  readonly text: string;
}

/** A product as parsed, not yet checked. */
export interface ReadProduct extends InCells {
  readonly product: unknown;
}

/** Something of a file that cannot be read; the message is in French, the words in every language. */
export class UnreadableTextError extends Error {
  constructor(readonly words: Words) {
    super(words.fr);
  }
}

/** What may be longer than accepted. */
export const PRODUCT: Words = { fr: 'ce produit', en: 'this product' };
export const LINE: Words = { fr: 'cette ligne', en: 'this line' };
export const productOnLines = (first: number, last: number): Words => ({
  fr: `ce produit, lignes ${first} à ${last},`,
  en: `this product, lines ${first} to ${last},`,
});

/** The fault of something that is longer than accepted. */
export function tooLong(what: Words, line: number, limitBytes: number): ReadFault {
  const message = {
    fr: `${what.fr} dépasse la limite de ${limitBytes} octets`,
    en: `${what.en} goes beyond the limit of ${limitBytes} bytes`,
  };
  return { line, fault: 'too-long', message };
}
