/** A column of a flat table that documents of any shape are laid out in. */
export interface FieldColumn {
  name: string;
  kind: 'text' | 'number';
}

export type FlatFields = Record<string, string | number>;

/**
 * Lays a document out flat: nested fields get names with dots (`product.id`), lists become JSON text, booleans the texts
 * `true` and `false`; null fields are left out.
 */
export function flattenFields(document: Readonly<Record<string, unknown>>, prefix = ''): FlatFields {
  const flat: FlatFields = {};
  for (const [key, value] of Object.entries(document)) {
    const name = prefix + key;
    if (value === null || value === undefined) continue;
    if (typeof value === 'number' || typeof value === 'string') flat[name] = value;
    else if (typeof value === 'boolean') flat[name] = String(value);
    else if (Array.isArray(value)) flat[name] = JSON.stringify(value);
    else if (value instanceof Date) flat[name] = value.toISOString();
    else Object.assign(flat, flattenFields(value as Record<string, unknown>, `${name}.`));
  }
  return flat;
}

/** Adds a column to those that are known, by name; one that ever holds a text is a text column. */
export function addColumn(known: Map<string, FieldColumn>, { name, kind }: FieldColumn): void {
  const column = known.get(name);
  if (!column) known.set(name, { name, kind });
  else if (kind === 'text') column.kind = 'text';
}

/** Adds the columns of documents to those that are known. */
export function collectColumns(
  known: Map<string, FieldColumn>,
  documents: Iterable<Readonly<Record<string, unknown>>>,
): void {
  for (const document of documents) {
    for (const [name, value] of Object.entries(flattenFields(document)))
      addColumn(known, { name, kind: typeof value === 'number' ? 'number' : 'text' });
  }
}
