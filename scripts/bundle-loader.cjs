/**
 * Stands in each bundle as `load.js`, and loads its chunks with what V8 compiled of them in an earlier process
 * (docs/decisions/037). Where that is missing, of another V8, or cannot be written, they are compiled as ever.
 */
const { readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { Module } = require('node:module');
const { join } = require('node:path');
const { cachedDataVersionTag } = require('node:v8');
const { Script } = require('node:vm');
const { threadId } = require('node:worker_threads');
const { crc32 } = require('node:zlib');

/** By then a process has started, and V8 has not yet thrown away what ran but once. */
const STARTED_MS = 5000;

const [HEAD, TAIL] = Module.wrapper;
/** V8 takes what was compiled by its own version under the same flags: processes of other flags have files of their own. */
const ENDING = `${cachedDataVersionTag()}.compiled`;
const modules = new Map();
const compiled = new Map();

/** V8 itself looks at the head only, and may hang on what is damaged behind it: a sum stands at the end. */
const SUM_BYTES = 4;

function withSum(compiled) {
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(crc32(compiled));
  return Buffer.concat([compiled, sum]);
}

function readCompiled(file) {
  try {
    const whole = readFileSync(file);
    const compiled = whole.subarray(0, -SUM_BYTES);
    return crc32(compiled) === whole.readUInt32LE(compiled.length) ? compiled : undefined;
  } catch {
    return undefined;
  }
}

function load(id) {
  if (!id.startsWith('./')) return require(id);
  const known = modules.get(id);
  if (known) return known.exports;
  const file = join(__dirname, id);
  const module = new Module(file);
  modules.set(id, module);
  const code = readFileSync(file, 'utf8');
  const kept = `${file}.${ENDING}`;
  const cachedData = readCompiled(kept);
  const script = new Script(HEAD + code + TAIL, {
    filename: file,
    columnOffset: -HEAD.length,
    cachedData,
  });
  if (!cachedData || script.cachedDataRejected) compiled.set(kept, script);
  // Node.js looks for maps of modules only: this one has nothing but the name of the chunk and of its map.
  const [map] = /\n\/\/# sourceMappingURL=.*\s*$/.exec(code.slice(-200)) ?? [];
  if (map) module._compile(map, file);
  script.runInThisContext()(module.exports, load, module, file, __dirname);
  return module.exports;
}

/** Whole at once, for whoever starts meanwhile; a folder that cannot be written to is none of the program's business. */
function keepCompiled() {
  for (const [file, script] of compiled) {
    const whole = `${file}.${process.pid}.${threadId}`;
    try {
      writeFileSync(whole, withSum(script.createCachedData()));
      renameSync(whole, file);
    } catch {
      rmSync(whole, { force: true });
    }
  }
  compiled.clear();
}

process.once('exit', keepCompiled);
setTimeout(keepCompiled, STARTED_MS).unref();

module.exports = load;
