export { bsonReader } from './checked.js';
export { joinBson } from './join.js';
export { documentsOf, jsonValueOf } from './read.js';
export { bsonOfJson } from './write.js';
