/**
 * The file of the official declaration portal: read and judged as the portal does, scored, and written.
 */
export { compareScores, headerWarnings, type Misreading, misreadings, type ScoreComparison } from './advice.js';
export {
  type CheckedRow,
  type CheckOptions,
  checkDeclarations,
  type PortalRules,
  type RowError,
  type Stage,
  type Verdict,
} from './check.js';
export { headerOfKey } from './columns.js';
export {
  type Component,
  type Composed,
  ComposedQueryError,
  type ComposedScore,
  type Lot,
  type LotItem,
  type LotScore,
  scoreComposed,
  scoreLot,
} from './composed.js';
export { composedView, lotView } from './composed-views.js';
export { contentOf } from './content.js';
export { type Declaration, declarationSchema, toDeclaration } from './declaration.js';
export { GTIN_LENGTHS, hasCheckDigit, hasGtinLength, withCheckDigit } from './gtin.js';
export { lineOfFile, lineOfRow, ndjsonLine } from './lines.js';
export { type Organisation, organisationSchema } from './organisation.js';
export {
  DEFAULT_BRAND,
  type DeclareOptions,
  declare,
  type LeftOut,
  type OwnProduct,
  productOf,
  reasonsIn,
} from './product.js';
export { type ReadRow, readRow } from './read-row.js';
export {
  type DeclarationTable,
  MAX_FILE_BYTES,
  RefusedFileError,
  readDeclarationTable,
  type TableRow,
} from './read-table.js';
export { repairOf, repairOfFile } from './words.js';
export { type DeclarationForm, tableOf, UnwritableDeclarationError, writeDeclarations } from './write.js';
