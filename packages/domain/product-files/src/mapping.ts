import type { Named } from './names.js';

/** A field that the cells of a column fill: one of a product, `printingRatio`, `metalButtons`, `material2Share`, … */
export type HeaderField = string;

/** What a mapping tells of a column that is not read. */
export const IGNORED = 'ignore';

/** A mapping as it is looked into. */
export interface Mapping {
  /** What a column holds by its author's word; undefined when that says nothing of it. */
  readonly fieldOf: (header: string, index: number) => HeaderField | typeof IGNORED | undefined;
  /** The id of what a cell names; undefined when its author says nothing of it. */
  readonly idOf: (named: Named, cell: string) => string | undefined;
  readonly massUnit?: string | undefined;
}

/** What is read without a word of its author. */
export const NO_MAPPING: Mapping = { fieldOf: () => undefined, idOf: () => undefined };
