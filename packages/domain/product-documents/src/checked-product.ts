import { type Json, type ProductRequest, productRequestSchema } from '@ecobalyse/schema';
import { productIdentity } from './product-identity.js';

/** A product that can be asked for, and its identity. */
export interface IdentifiedProduct {
  md5_id: string;
  product: ProductRequest;
}

/** Gives a valid product its identity. */
export const identify = (product: ProductRequest): IdentifiedProduct => ({
  md5_id: productIdentity(product as Record<string, Json>),
  product,
});

/** Takes a product from outside: identified, or its faults, each beginning with the place it is about. */
export function checkProduct(product: unknown): IdentifiedProduct | { faults: string[] } {
  const { data, error } = productRequestSchema.safeParse(product);
  if (data) return identify(data);
  return { faults: error.issues.map(({ path, message }) => `${path.join('.') || 'product'}: ${message}`) };
}
