/** A file or an address on the command line that cannot be used: exit code 2, as for the rest of a wrong command line. */
export class UsageError extends Error {}

/** What npm's scripts and the containers of docker-compose.yml put before the rest of a command, and for which words of it. */
const TYPED: Readonly<Record<string, readonly [typed: string, words: string]>> = {
  ecobalyse: ['npm run --silent ecobalyse --', ''],
  score: ['npm run --silent score --', 'score'],
  declare: ['npm run --silent declare --', 'declare'],
  keys: ['npm run --silent keys --', 'keys'],
  'data:dump': ['npm run --silent data:dump --', 'db dump'],
  'data:restore': ['npm run --silent data:restore --', 'db restore'],
  'container database': ['docker-compose run --rm database', ''],
  'container backup': ['docker-compose run --rm backup', 'db'],
};

/** A command as its user types it here: by the npm script or in the container that this process was started by. */
export function typed(name: string): string {
  const { npm_lifecycle_event: script = '', ECOBALYSE_STARTED_AS: startedAs } = process.env;
  const starter = startedAs ?? script;
  const [before, words] = (Object.hasOwn(TYPED, starter) && TYPED[starter]) || ['ecobalyse', ''];
  if (words === '' || name === words) return `${before} ${name.slice(words.length)}`.trimEnd();
  return name.startsWith(`${words} `) ? before + name.slice(words.length) : `npm run --silent ecobalyse -- ${name}`;
}
