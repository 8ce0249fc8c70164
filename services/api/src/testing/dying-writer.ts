/** Adds a document and drops dead before it can drop the cached answers: arguments are the database's URI and name. */
import { tagsOfAdded } from '@ecobalyse/schema';
import { insertImpacts, openStore, withInvalidation } from '@ecobalyse/store';
import { fixedDocuments } from './fixed-documents.js';

const [uri = '', dbName = ''] = process.argv.slice(2);
const store = openStore({ uri, dbName, appName: 'dying-writer' });
const [garment] = fixedDocuments();
if (!garment) throw new Error('no garment');
const document = { ...garment, md5_id: 'of-the-dead', product_id: 'tshirt' };
await withInvalidation(store, null, {
  tags: tagsOfAdded([document.product_id]),
  async write() {
    await insertImpacts(store, [document]);
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  },
});
