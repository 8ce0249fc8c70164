/** Beside the command line, which knows the choices of a command before it loads it. */
export const ESTIMATE_FORMATS = ['text', 'ndjson'] as const;
export { DISTRIBUTIONS as DISTRIBUTION_NAMES } from '@ecobalyse/schema';
