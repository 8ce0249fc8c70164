/** What is told of a product beside its reference, in the order of the form; lists are texts parted by commas. */
export const OWNER_TEXTS = ['name', 'brand', 'gtins', 'collection', 'season', 'tags', 'link'] as const;
