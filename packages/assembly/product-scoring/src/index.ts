export * from './add-product.js';
export * from './add-products.js';
export * from './add-to-catalogue.js';
