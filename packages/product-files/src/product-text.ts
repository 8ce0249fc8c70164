/** Where a product stands in a file: the line on which it begins, counted from 1. */
export interface Located {
  readonly line: number;
}

/** Why the text of a product could not be read. */
export type FaultCode = 'too-long' | 'not-json' | 'unclosed-array' | 'after-array' | 'bad-csv' | 'bad-header';

/** A product that could not be read, with a sentence for its author. */
export interface ReadFault extends Located {
  readonly fault: FaultCode;
  readonly message: string;
}

/** A product as written, not yet parsed. */
export interface ProductText extends Located {
  readonly text: string;
}

/** A product as parsed, not yet checked. */
export interface ReadProduct extends Located {
  readonly product: unknown;
}

/** The fault of something that is longer than accepted. */
export function tooLong(what: string, line: number, limitBytes: number): ReadFault {
  return { line, fault: 'too-long', message: `${what} dépasse la limite de ${limitBytes} octets` };
}
