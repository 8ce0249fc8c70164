import {
  type FileProduct,
  fileProductSchema,
  type InEveryLanguage,
  inEveryLanguage,
  type Json,
} from '@ecobalyse/schema';
import { productIdentity } from './product-identity.js';

/** A product that can be asked for, and its identity. */
export interface IdentifiedProduct {
  md5_id: string;
  product: FileProduct;
}

/** Gives a valid product its identity. */
export const identify = (product: FileProduct): IdentifiedProduct => ({
  md5_id: productIdentity(product as Record<string, Json>),
  product,
});

const faultsOf = (product: unknown): string[] =>
  (fileProductSchema.safeParse(product).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.') || 'product'}: ${message}`,
  );

/** Takes a product of a file: identified, or its faults in every language, each beginning with the place it is about. */
export function checkProduct(product: unknown): IdentifiedProduct | { faults: InEveryLanguage<string[]> } {
  const { data } = fileProductSchema.safeParse(product);
  return data ? identify(data) : { faults: inEveryLanguage(() => faultsOf(product)) };
}
