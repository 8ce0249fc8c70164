export * from './add-product.js';
export * from './add-products.js';
