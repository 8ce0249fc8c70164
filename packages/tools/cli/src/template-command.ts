import { type TemplateFormat, writeTemplate } from '@ecobalyse/product-files';
import type { Language } from '@ecobalyse/schema';
import { writeOut } from './write-out.js';

/** `ecobalyse template`: writes a file of products to be filled in. @throws UsageError for a file that cannot be written. */
export const template = (format: TemplateFormat, language: Language, output: string): Promise<void> =>
  writeOut(writeTemplate(format, language), output);
