/**
 * What is plausible of a product (docs/plausibility.md): a table of rules (`rules`), and what they say of one (`judge`).
 */
export { judge } from './judge.js';
export { RULES, written } from './rules.js';
export { SCOPE_RULES, type Scope, scopeOf } from './scope.js';
