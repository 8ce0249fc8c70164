import { scopeOf } from '@ecobalyse/plausibility';
import type { Language } from '@ecobalyse/schema';

/**
 * `ecobalyse scope`: prints for each title whether the label is for it, under which category, and why.
 *
 * @returns 0 when all of them are within the scope, 1 otherwise.
 */
export function printScopes(titles: readonly string[], language: Language): 0 | 1 {
  const scopes = titles.map((title) => scopeOf({ title }));
  for (const [at, { scope, products, findings }] of scopes.entries()) {
    process.stdout.write(`${scope}\t${products.join(' ')}\t${titles[at]}\n`);
    for (const { message, source } of findings) process.stdout.write(`\t${message[language]} (${source})\n`);
  }
  return scopes.every(({ scope }) => scope === 'in') ? 0 : 1;
}
