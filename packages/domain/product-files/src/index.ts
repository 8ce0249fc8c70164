export * from './csv-columns.js';
export * from './csv-lines.js';
export * from './json-text.js';
export * from './product-text.js';
export * from './read-products.js';
export * from './split-csv.js';
export * from './split-json.js';
export * from './text-encoding.js';
