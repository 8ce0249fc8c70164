/** Moves databases between any two MongoDB-compatible servers through a folder. */
export { dump } from './dump.js';
export { type RestoreOptions, restore } from './restore.js';
