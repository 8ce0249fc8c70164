import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { dump } from './dump.js';
import { restore } from './restore.js';

const USAGE = `Moves databases between servers through a folder, with indexes, counts and checksums.

  npm run data:dump    -- --to <folder>    [--uri <connection string>] [--db <name>]...
  npm run data:restore -- --from <folder>  [--uri <connection string>] [--db <name>]... [--drop]

The connection string is MONGODB_URI when --uri is not given. --db limits the transfer to a database.`;

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      uri: { type: 'string' },
      db: { type: 'string', multiple: true, default: [] },
      to: { type: 'string' },
      from: { type: 'string' },
      drop: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [action] = positionals;
  const folder = action === 'dump' ? values.to : values.from;
  if (values.help) return console.log(USAGE);
  if ((action !== 'dump' && action !== 'restore') || folder === undefined)
    throw new Error(`A folder is missing.\n\n${USAGE}`);
  const uri = values.uri ?? process.env.MONGODB_URI;
  if (!uri) throw new Error('No server: give --uri, or set MONGODB_URI.');
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    if (action === 'dump') await dump(client, values.db, folder, console.log);
    else await restore(client, { folder, drop: values.drop, databases: values.db }, console.log);
  } finally {
    await client.close();
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
