import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

/** What a program reads before its first line runs: its bundle and all that it imports at once. */
function readAtStart(bundle: URL, name = 'main.js', seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(name)) return seen;
  const code = readFileSync(new URL(name, bundle), 'utf8');
  seen.set(name, code);
  for (const [, chunk = ''] of code.matchAll(/(?<!=> ?require)\(["'`]\.\/([^"'`]+\.js)["'`]\)/g)) {
    readAtStart(bundle, chunk, seen);
  }
  return seen;
}

describe.each(['api', 'orchestrator', 'simulator', 'stats'])('the start of the %s', (service) => {
  const chunks = [...readAtStart(new URL(`services/${service}/bundle/`, root)).entries()];

  it('reads its libraries', () => {
    expect(chunks.some(([name, code]) => name.startsWith('libraries') && code.includes('FST_ERR'))).toBe(true);
  });

  it.each([
    ['undici', 'UND_ERR_HEADERS_TIMEOUT'],
    ['ajv', 'strictSchema'],
    ['yaml, and with it @fastify/swagger', 'YAMLParseError'],
    ['the tables of host names', 'disallowed_STD3'],
    ['types of files by their endings', 'application/vnd.3gpp'],
    ['TensorFlow', 'registerKernel'],
    ['OpenTelemetry’s SDK', 'BatchSpanProcessor'],
    ['the pool of threads', '=require("piscina")'],
    ['DuckDB', '=require("@duckdb/node-api")'],
  ])('leaves %s for later', (_name, marker) => {
    expect(chunks.filter(([, code]) => code.includes(marker)).map(([name]) => name)).toEqual([]);
  });
});
