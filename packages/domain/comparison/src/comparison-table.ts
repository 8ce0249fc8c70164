import { nameOf, partWords, RESULT_COLUMNS, type WrittenCell } from '@ecobalyse/product-files';
import {
  COST_PARTS,
  type ComparedProduct,
  type ComparisonAnswer,
  type Language,
  MEASURES,
  type Measure,
  type Words,
} from '@ecobalyse/schema';

const NAME: Words = { fr: 'Produit comparé', en: 'Compared product' };
const TYPE: Words = { fr: 'Catégorie', en: 'Category' };
const PART: Words = { fr: 'Part du coût (Pts) : ', en: 'Part of the cost (Pts): ' };
const COSTS: Readonly<Record<Measure, Words>> = {
  item: RESULT_COLUMNS.ecs,
  per_100g: RESULT_COLUMNS.ecsPer100g,
  per_day: { fr: 'Coût par jour d’usage (Pts)', en: 'Cost per day of wear (Pts)' },
};
const DIFFERENCES: Readonly<Record<Measure, Words>> = {
  item: { fr: 'Écart (Pts)', en: 'Difference (Pts)' },
  per_100g: { fr: 'Écart pour 100 g (Pts)', en: 'Difference per 100 g (Pts)' },
  per_day: { fr: 'Écart par jour d’usage (Pts)', en: 'Difference per day of wear (Pts)' },
};
const COLON: Words = { fr: ' : ', en: ': ' };

/** What a product is called: by its owner, its identity, or its place. */
const nameOfProduct = ({ name, product, md5_id }: ComparedProduct, rank: number) =>
  name ?? product ?? md5_id ?? String(rank + 1);

/** A comparison as a table with a row for each product; what makes its difference to the first stands behind its fields. */
export function comparisonTable({ products, fields, attributions }: ComparisonAnswer, language: Language) {
  const effects = new Map(
    attributions.flatMap((one) => one.effects.map(({ id, label }) => [id, label[language]] as const)),
  );
  const attributionOf = (rank: number) => attributions.find(({ product }) => product === rank);
  type Column = readonly [header: string, cell: (product: ComparedProduct, rank: number) => WrittenCell];
  const columns: Column[] = [
    [NAME[language], nameOfProduct],
    [TYPE[language], ({ product_id }) => nameOf('product', product_id, language)],
    ...MEASURES.map((measure): Column => [COSTS[measure][language], ({ costs }) => costs[measure]]),
    ...COST_PARTS.map((part): Column => [PART[language] + partWords(part)[language], ({ parts }) => parts[part]]),
    ...fields.map(({ label, values }): Column => [label[language], (_, rank) => values[rank]?.text[language]]),
    ...MEASURES.flatMap((measure): Column[] => [
      [DIFFERENCES[measure][language], (_, rank) => attributionOf(rank)?.difference[measure]],
      ...[...effects].map(
        ([id, label]): Column => [
          DIFFERENCES[measure][language] + COLON[language] + label,
          (_, rank) => attributionOf(rank)?.effects.find((effect) => effect.id === id)?.[measure],
        ],
      ),
    ]),
  ];
  return {
    headers: columns.map(([header]) => header),
    rows: [products.map((product, rank) => columns.map(([, cell]) => cell(product, rank)))],
  };
}
