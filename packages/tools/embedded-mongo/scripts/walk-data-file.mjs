/**
 * Reads every key and value of an LMDB file: `node walk-data-file.mjs <file> <copy>`. LMDB trusts its file, and a damaged one may
 * end the process inside native code: so this is a process of its own, which ends with 0 only when all could be read.
 */
import { statSync } from 'node:fs';
import { open } from 'lmdb';

const [file, copy] = process.argv.slice(2);
/** Entries between two looks at whether anybody still waits for the result. */
const LOOK_EVERY = 10_000;
const { ppid } = process;
const binary = { keyEncoding: 'binary', encoding: 'binary' };
const root = open({ path: file, noSubdir: true, readOnly: true, maxDbs: 16, ...binary });
const { lastPageNumber, pageSize } = root.getStats();
if (statSync(file).size < (lastPageNumber + 1) * pageSize) {
  // Pages at the end that one transaction took and let go of are never written: such a file may be whole. A compacting copy reads all
  // that is in use, the list of free pages too; where something is missing, that ends this process.
  process.stderr.write('Error: the file is cut short\n');
  await root.backup(copy, true);
}
// LMDB's names end with a zero byte.
for (const name of [...root.getKeys()].map((key) => key.toString().replace(/\0$/, ''))) {
  const database = root.openDB(name, binary);
  let last;
  let entries = 0;
  for (const { key, value } of database.getRange()) {
    if (last !== undefined && Buffer.compare(last, key) >= 0) throw new Error(`the keys of '${name}' are not in order`);
    if (value === undefined) throw new Error(`a value of '${name}' is missing`);
    last = Buffer.from(key);
    entries++;
    if (entries % LOOK_EVERY === 0 && process.ppid !== ppid) process.exit(1);
  }
  const { entryCount } = database.getStats();
  if (entries !== entryCount) throw new Error(`'${name}' has ${entries} entries instead of ${entryCount}`);
}
