import { adoptIndexes } from './001-adopt-indexes.js';
import { completeAllDocuments } from './002-complete-documents.js';
import { writeTimesAsText } from './003-times-as-text.js';
import { judgeProducts } from './004-judge-products.js';
import { hashAdopted } from './005-hash-adopted.js';
import { nameModels } from './006-name-models.js';
import type { Migration } from './migration.js';

/** In the order in which they are done. Names are for ever: the database remembers them. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-adopt-indexes': adoptIndexes,
  '002-complete-documents': completeAllDocuments,
  '003-times-as-text': writeTimesAsText,
  '004-judge-products': judgeProducts,
  '005-hash-adopted': hashAdopted,
  '006-name-models': nameModels,
};
