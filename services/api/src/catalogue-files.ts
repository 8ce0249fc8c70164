import { type Declaration, declare, type OwnProduct, reasonsIn } from '@ecobalyse/declaration';
import {
  csvLines,
  filledFields,
  frenchCsvLines,
  headerOf,
  orderedFields,
  RESULT_COLUMNS,
  resultTable,
  type WrittenTable,
} from '@ecobalyse/product-files';
import { isBuiltIn, type Language, OWNER_FIELDS } from '@ecobalyse/schema';
import {
  type CatalogueFilter,
  catalogueVersion,
  referenceVersion,
  repeatedGtins,
  type Store,
  streamCatalogue,
} from '@ecobalyse/store';
import { productView, streamBuiltIn, type UnplacedProduct } from './catalogue-views.js';
import { openPercentiles } from './percentiles.js';

/** Products of a catalogue as files. */

/** The products of a catalogue that a filter finds, batch by batch. */
export async function* productsOf(
  store: Store,
  id: string,
  filter: CatalogueFilter,
  language: Language,
): AsyncGenerator<UnplacedProduct[]> {
  if (!isBuiltIn(id)) {
    for await (const products of streamCatalogue(store, id, filter))
      yield products.map((one) => productView(one, language));
    return;
  }
  yield* streamBuiltIn(store, id, filter, language);
}

const isFilled = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0);

/** A product as files have it: what its owner knows it by, and what is scored. */
const fileProduct = (view: UnplacedProduct): Record<string, unknown> => ({
  reference: view.reference,
  ...Object.fromEntries(OWNER_FIELDS.flatMap((field) => (isFilled(view[field]) ? [[field, view[field]]] : []))),
  ...view.query,
});

/** Products as lines of JSON that can be read again; their costs, in Pts, are passed over then. */
export async function* exportLines(products: AsyncIterable<UnplacedProduct[]>): AsyncGenerator<string> {
  for await (const some of products) {
    yield some
      .map((one) => {
        const { ecs, md5_id, method_version, warnings } = one;
        return `${JSON.stringify({ ...fileProduct(one), ecs, md5_id, method_version, warnings })}\n`;
      })
      .join('');
  }
}

/** Products as a table that can be read again, with their costs; they are read once more for the columns that they fill. */
export async function exportTable(
  store: Store,
  read: () => AsyncIterable<UnplacedProduct[]>,
  language: Language,
): Promise<WrittenTable> {
  const filled = new Set<string>();
  for await (const some of read()) {
    for (const one of some) for (const field of filledFields(fileProduct(one))) filled.add(field);
  }
  const { headers, widths, cells } = resultTable(orderedFields(filled), language, false);
  const place = openPercentiles(store);
  async function* rows() {
    for await (const some of read()) {
      const told = some.map(async (view) => {
        const { reference, md5_id, mass, materials, stages, ecs, product_id, method_version, warnings } = view;
        const costs = Object.entries(stages).map(([part, cost]) => [`cost_${part}`, cost]);
        return cells({
          reference,
          identity: md5_id,
          ecs: ecs ?? undefined,
          flat: {
            mass,
            material_count: materials.length,
            first_material: materials[0]?.id,
            method_version,
            ...Object.fromEntries(costs),
          },
          percentile: await place({ product_id, ecs, method_version }),
          warnings: warnings.map(({ message }) => message),
          product: fileProduct(view),
        });
      });
      yield await Promise.all(told);
    }
  }
  return { headers, widths, rows: rows() };
}

/** A product that a declaration leaves out, and why. */
export interface LeftOutView {
  readonly id: string;
  readonly reference: string;
  readonly reason: string;
}

/** Declarations of products of a catalogue, batch by batch, and, once they have been read, what was left out. */
export interface CatalogueDeclarations {
  readonly declarations: AsyncGenerator<Declaration[]>;
  readonly leftOut: readonly LeftOutView[];
}

/** Declares the products of a catalogue that a filter finds. @param brandId - as `DeclareOptions` has it. */
export async function declareCatalogue(
  store: Store,
  id: string,
  filter: CatalogueFilter,
  brandId: string | undefined,
  language: Language,
): Promise<CatalogueDeclarations> {
  const [repeated, methodVersion] = isBuiltIn(id)
    ? [new Set<string>(), (await referenceVersion(store)).version]
    : [await repeatedGtins(store, id, filter), await catalogueVersion(store, id, filter)];
  const leftOut: LeftOutView[] = [];
  async function* declarations() {
    for await (const products of productsOf(store, id, filter, language)) {
      const { declarations, leftOut: some } = declare<OwnProduct & UnplacedProduct>(products, {
        brandId,
        repeated,
        methodVersion: filter.methodVersion ?? methodVersion,
      });
      const view = ({ product, reasons }: (typeof some)[number]) => ({
        id: product.id,
        reference: product.reference,
        reason: reasonsIn(reasons, language),
      });
      leftOut.push(...some.map(view));
      yield declarations;
    }
  }
  return { declarations: declarations(), leftOut };
}

/** Declarations and what is left out, as one object of JSON. */
export async function* declarationsAsJson({ declarations, leftOut }: CatalogueDeclarations): AsyncGenerator<string> {
  yield '{"declarations":[';
  let before = '';
  for await (const some of declarations) {
    if (some.length === 0) continue;
    yield before + JSON.stringify(some).slice(1, -1);
    before = ',';
  }
  yield `],"left_out":${JSON.stringify(leftOut)}}\n`;
}

/** What is left out, as a CSV for spreadsheets of the reader's language. */
export function leftOutCsv(leftOut: readonly LeftOutView[], language: Language): Buffer {
  const lines = language === 'fr' ? frenchCsvLines : csvLines;
  const header = [headerOf('reference', language), RESULT_COLUMNS.reason[language]];
  return Buffer.from(`\ufeff${lines([header, ...leftOut.map(({ reference, reason }) => [reference, reason])])}`);
}
