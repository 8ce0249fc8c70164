export * from './adopted-document.js';
export * from './impact-document.js';
export * from './product-identity.js';
