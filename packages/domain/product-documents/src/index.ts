export * from './adopted-document.js';
export * from './checked-product.js';
export * from './fields.js';
export * from './flat-fields.js';
export * from './flat-impact.js';
export * from './impact-document.js';
export * from './product-identity.js';
