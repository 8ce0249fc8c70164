import type { Warning } from '@ecobalyse/schema';
import type { Column } from './data-table.js';

/** What is doubtful or worth knowing about a product, a line each. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <>
      {warnings.map(({ id, severity, message }) => (
        <p key={id + message} class={severity === 'note' ? 'soft hint' : 'hint warn'}>
          {message}
        </p>
      ))}
    </>
  );
}

/** A column of warnings, where there are some. */
export const warningsColumn = <Row extends { readonly warnings: readonly Warning[] }>(
  header: string,
  rows: readonly Row[],
): readonly Column<Row>[] =>
  rows.some(({ warnings }) => warnings.length > 0)
    ? [{ header, cell: ({ warnings }) => <Warnings warnings={warnings} /> }]
    : [];
