/** A MongoDB-compatible server on one LMDB file, for machines without MongoDB. */
export { type EmbeddedMongo, type EmbeddedMongoOptions, startEmbeddedMongo } from './server.js';
