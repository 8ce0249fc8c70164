/** Products that can be compared at once. */
const [LEAST, MOST] = [2, 8];

export const isComparable = (count: number): boolean => count >= LEAST && count <= MOST;
export const isFull = (count: number): boolean => count >= MOST;

/** A garment as an address writes it. */
export const itemOfQuery = (query: unknown, name?: string): string =>
  JSON.stringify({ ...(name !== undefined && { name }), query });

const addressOf = (path: string, pairs: readonly (readonly [string, string])[]) =>
  `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, value]))}`;

/** The page that compares some products: each an md5_id, CATALOGUE/PRODUCT, or a garment. */
export const comparisonOf = (items: readonly string[]): string =>
  addressOf(
    '/compare',
    items.map((item) => ['item', item] as const),
  );

/** The form that describes one more garment to be compared with some products. */
export const variantOf = (query: unknown, compared: readonly string[]): string =>
  addressOf('/score', [['garment', JSON.stringify(query)], ...compared.map((item) => ['compared', item] as const)]);
