import { useLanguage } from '../preferences.js';
import type { MessageTable, Texts } from './define-messages.js';

export { counted, defineMessages } from './define-messages.js';

/** The texts in the reader's language. */
export function useMessages<Table>(tables: MessageTable<Table>): Texts<Table> {
  return tables[useLanguage()];
}
