import type { CheckedRow } from './check.js';
import type { RefusedFileError } from './read-table.js';

/** What is told of a row that was checked. */
export const lineOfRow = ({ read: { row, reference }, verdict, errors, ecs }: CheckedRow) => ({
  row,
  reference,
  verdict,
  errors,
  ecs,
});

/** What is told of a file that is refused whole. */
export const lineOfFile = ({ stage, reason }: RefusedFileError) => ({ file: 'refused' as const, stage, reason });

/** A line of NDJSON. */
export const ndjsonLine = (line: object): string => `${JSON.stringify(line)}\n`;
