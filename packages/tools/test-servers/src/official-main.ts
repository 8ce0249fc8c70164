import { startOfficialServer } from './official-server.js';

/**
 * The stand-in of the official API as a process: `PORT` (a free one by default). What it does is changed by `PUT /stand-in`,
 * with the fields of its state as JSON.
 */
const { url } = await startOfficialServer({}, Number(process.env.PORT ?? 0));
console.log(`the official API is stood in for at ${url}/api`);
