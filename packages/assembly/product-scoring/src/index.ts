export * from './score-product.js';
