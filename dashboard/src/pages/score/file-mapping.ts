import type { FileInspection, FileMapping } from '@ecobalyse/schema';
import { ask } from '../../api/client.js';
import { useAnswerAbout } from '../../api/use-answer-about.js';

export const NO_CORRECTIONS: FileMapping = { columns: {}, values: {} };
/** For a column that is not read. */
export const IGNORE = 'ignore';

/** Whether somebody has corrected something. */
export const hasCorrections = ({ columns, values, massUnit }: FileMapping): boolean =>
  massUnit !== undefined || [columns, ...Object.values(values)].some((said) => Object.keys(said).length > 0);

/** Some words and what is said of them, with another word said or taken back (an empty one). */
const saying = (said: Readonly<Record<string, string>>, word: string, meaning: string) => {
  const { [word]: _before, ...others } = said;
  return meaning === '' ? others : { ...others, [word]: meaning };
};

type Column = FileInspection['columns'][number];

/** What a mapping calls a column: its header, or its number where another one has the same header. */
export function keyOfColumn({ header, column }: Column, columns: readonly Column[]): string {
  return header === '' || columns.some((other) => other.column !== column && other.header === header)
    ? `#${column}`
    : header;
}

export const withColumn = (mapping: FileMapping, key: string, field: string): FileMapping => ({
  ...mapping,
  columns: saying(mapping.columns, key, field),
});

export const withValue = (mapping: FileMapping, named: string, word: string, id: string): FileMapping => ({
  ...mapping,
  values: { ...mapping.values, [named]: saying(mapping.values[named] ?? {}, word, id) },
});

export function withMassUnit({ massUnit: _before, ...mapping }: FileMapping, unit: string): FileMapping {
  return unit === '' ? mapping : { ...mapping, massUnit: unit as NonNullable<FileMapping['massUnit']> };
}

/** A file as a form, behind what is said of it. */
export function formOf(file: File, mapping: FileMapping): FormData {
  const form = new FormData();
  if (hasCorrections(mapping)) form.append('mapping', JSON.stringify(mapping));
  form.append('file', file);
  return form;
}

/** How a file is understood, by what is said of it. */
export const useInspection = (file: File | undefined, mapping: FileMapping) =>
  useAnswerAbout(file, JSON.stringify(mapping), (given, signal) =>
    ask('POST /files/inspect', { query: { name: given.name }, body: formOf(given, mapping), signal }),
  );
