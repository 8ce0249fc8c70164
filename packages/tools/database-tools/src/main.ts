import { parseArgs } from 'node:util';
import { dump, restore } from '@ecobalyse/embedded-mongo/transfer';
import { DATABASE_SETTINGS, loadEnvFile, mongodbUri, readSettings, required, runMain } from '@ecobalyse/service-kit';
import { MongoClient } from 'mongodb';
import { waitForDatabase } from './wait-for-database.js';

/** What operators do with the database that the settings name; the image of the same name runs it in containers. */

const USAGE = `usage:
  wait    [--timeout <seconds>]       waits until the database lets its user in, 60 s by default
  dump    --to <folder>               writes the database into a new folder
  restore --from <folder> [--drop]    writes a dump into the database; --drop replaces what is there`;

await runMain(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      timeout: { type: 'string', default: '60' },
      to: { type: 'string' },
      from: { type: 'string' },
      drop: { type: 'boolean', default: false },
    },
  });
  const [command] = positionals;
  loadEnvFile();
  const settings = readSettings(DATABASE_SETTINGS);
  const uri = required(mongodbUri(settings), 'MONGODB_URI');
  const database = settings.DB_NAME;
  const seconds = Number(values.timeout);
  if (!(seconds > 0)) throw new Error(`--timeout ${values.timeout} is not a number of seconds\n${USAGE}`);

  if (command === 'wait') {
    await waitForDatabase(uri, database, seconds * 1000);
    console.log(`database ${database} answers`);
    return;
  }
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    if (command === 'dump' && values.to) await dump(client, [database], values.to, console.log);
    else if (command === 'restore' && values.from)
      await restore(client, { folder: values.from, drop: values.drop, databases: [database] }, console.log);
    else throw new Error(`expected a command with its folder\n${USAGE}`);
  } finally {
    await client.close();
  }
});
