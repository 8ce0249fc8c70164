import type { MessageTable, Texts } from './define-messages.js';
import { type Format, useFormat } from './format.js';
import { useMessages } from './messages.js';
import { useVocabulary, type Vocabulary } from './vocabulary.js';

/** All that a component writes with, in the reader's language: its texts, the formats of values and the names of things. */
export const useTexts = <Table>(tables: MessageTable<Table>): { t: Texts<Table>; f: Format; v: Vocabulary } => ({
  t: useMessages(tables),
  f: useFormat(),
  v: useVocabulary(),
});
