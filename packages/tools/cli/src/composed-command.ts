import { createReadStream } from 'node:fs';
import { ComposedQueryError, composedView, lotView, ndjsonLine } from '@ecobalyse/declaration';
import { formatOfName, readProducts } from '@ecobalyse/product-files';
import { inLanguage, type Language, lotRequest, multicomponentRequest } from '@ecobalyse/schema';
import { systemMessage } from './system-message.js';
import { UsageError } from './usage.js';
import { print } from './write-out.js';

/** What is scored by its parts, and how. */
const KINDS = {
  lot: {
    list: 'items',
    shared: ['price', 'numberOfReferences', 'business'],
    score: (body: unknown, lang: Language) => lotView(lotRequest.parse(body), body, lang),
    check: (body: unknown) => lotRequest.safeParse(body).error,
  },
  multicomponent: {
    list: 'components',
    shared: ['price', 'numberOfReferences', 'business', 'product', 'trims', 'countryMaking', 'airTransportRatio'],
    score: (body: unknown, lang: Language) => composedView(multicomponentRequest.parse(body), body, lang),
    check: (body: unknown) => multicomponentRequest.safeParse(body).error,
  },
} as const;
type Kind = keyof typeof KINDS;
type Fields = Record<string, unknown>;

/** A lot or a garment with its parts, of rows under one reference; of what they have as a whole, the first that is given counts. */
function composed(rows: readonly Fields[], kind: Kind): Fields {
  const { list, shared } = KINDS[kind];
  const [first = {}] = rows;
  if (list in first) return first;
  const ofWhole = shared.flatMap((field) => {
    const value = rows.map((row) => row[field]).find((given) => given !== undefined);
    return value === undefined ? [] : [[field, value]];
  });
  const bare = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([field]) => !(shared as readonly string[]).includes(field))),
  );
  return { ...Object.fromEntries(ofWhole), [list]: bare };
}

/** What is wrong with a lot or a garment, by field; null when nothing is. */
function answerOf(rows: readonly Fields[], kind: Kind, lang: Language): object {
  const body = composed(rows, kind);
  const { check, score, list } = KINDS[kind];
  const fault = check(body);
  if (fault) return { errors: Object.fromEntries(fault.issues.map(({ path, message }) => [path.join('.'), message])) };
  try {
    return score(body, lang);
  } catch (error) {
    if (!(error instanceof ComposedQueryError)) throw error;
    const at = error.index === null ? '' : `${list}.${error.index}.`;
    return { errors: Object.fromEntries(Object.entries(error.errors).map(([field, words]) => [at + field, words])) };
  }
}

/**
 * `ecobalyse declare lot` and `multicomponent`: prints a line of JSON for each lot, or garment, of a file of products: rows under one
 * reference are its items, or its components.
 *
 * @returns 0 when all are scored, 1 otherwise.
 * @throws UsageError for a file that cannot be read.
 */
export async function scoreParts(file: string, kind: Kind, lang: Language): Promise<0 | 1> {
  const groups = new Map<string, Fields[]>();
  let code: 0 | 1 = 0;
  try {
    for await (const item of readProducts(createReadStream(file), { format: formatOfName(file) })) {
      if ('fault' in item) {
        code = 1;
        process.stderr.write(`${file}: line ${item.line}: ${item.message[lang]}\n`);
        continue;
      }
      const row = item.product as Fields;
      const reference = String(row.reference ?? '');
      // Without a reference each is one of its own.
      const key = reference === '' ? `\n${item.line}` : reference;
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`cannot read ${file}: ${systemMessage(error as NodeJS.ErrnoException)}`);
  }
  for (const [key, rows] of groups) {
    const answer = inLanguage(lang, () => answerOf(rows, kind, lang));
    if ('errors' in answer) code = 1;
    await print(ndjsonLine({ reference: key.startsWith('\n') ? null : key, ...answer }));
  }
  return code;
}
