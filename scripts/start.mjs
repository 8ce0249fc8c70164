/** `npm start`: prepares the machine, then hands over to the launcher in this same process. */
import { bootstrap, redisIsGiven } from './bootstrap.mjs';

const asksForHelp = process.argv.some((argument) => ['--help', '-h'].includes(argument));
bootstrap(asksForHelp || redisIsGiven() ? [] : ['redis-server']);
const { launch } = await import('./dist/launcher.js');
await launch(process.argv.slice(2));
