/**
 * What cached answers depend on. An answer names its tags when it is kept; whoever changes the data invalidates the tags of
 * what was changed, and no other answer is lost.
 */
export const CACHE_TAGS = {
  /** Any document of `impacts`, and the list of product types. */
  impacts: 'impacts',
  /** The documents of one product type. */
  product: (productId: string) => `product:${productId}`,
  /** One document, which a deletion changes. */
  document: (md5Id: string) => `document:${md5Id}`,
  /** Documents that are replaced in place, many at a time. */
  replacedDocuments: 'replaced-documents',
  /** The published statistics. */
  statistics: 'statistics',
  /** The reference lists: countries, materials, products, processes, documentation. */
  reference: 'reference',
} as const;

/** Tags of answers that new documents of these product types change. */
export function tagsOfAdded(productIds: Iterable<string>): string[] {
  return [CACHE_TAGS.impacts, ...[...new Set(productIds)].map(CACHE_TAGS.product)];
}

/** Tags of answers that documents of these product types change which were added or replaced. */
export function tagsOfReplaced(productIds: Iterable<string>): string[] {
  return [...tagsOfAdded(productIds), CACHE_TAGS.replacedDocuments];
}
