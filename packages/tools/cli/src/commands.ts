import { Argument, Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { FILE_FORMATS } from '@ecobalyse/product-files';
import { COST_UNITS, KEY_NAME, MOST_QUOTA, MOST_SOBOL_SAMPLES, ROLES } from '@ecobalyse/schema';
import { methodVersion } from '@ecobalyse/textile-method';
import { CHECK_FORMATS, DECLARATION_FORMS, PORTAL_RULES } from './declare-formats.js';
import { DISTRIBUTION_NAMES, ESTIMATE_FORMATS } from './estimate-formats.js';
import { INSPECT_FORMATS } from './inspect-formats.js';
import { SCORE_FORMATS } from './score-formats.js';
import { SCORE_ABOUT } from './score-help.js';

const DAY_MS = 86_400_000;

/** A number of days such as 90d, or a date: the key ends at its first moment, UTC. */
export function readExpiry(text: string): Date {
  const days = /^([1-9]\d{0,4})d$/.exec(text)?.[1];
  const date = days ? new Date(Date.now() + Number(days) * DAY_MS) : new Date(text);
  const dated = days !== undefined || /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text);
  if (!dated || Number.isNaN(date.getTime()) || date.getTime() <= Date.now()) {
    throw new InvalidArgumentError('Expected days such as 90d, or a date to come such as 2030-12-31.');
  }
  return date;
}

export function readSeconds(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a number of seconds above 0.');
}

const readWhole = (least: number, most: number) => (text: string) => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
};

function readKeyName(name: string): string {
  if (!KEY_NAME.test(name)) throw new InvalidArgumentError('Expected 1 to 64 letters, digits, _, . or -.');
  if (name === 'API_KEY') throw new InvalidArgumentError('It is the key of the settings: change it there.');
  return name;
}

const uri = () =>
  new Option(
    '--uri <uri>',
    'connection string of the database; by default that of the settings (MONGODB_URI, DB_...), which nobody can read from a list of processes, or else the embedded database of a running "npm start"',
  );
const expires = () =>
  new Option(
    '--expires <when>',
    'days such as 90d, or a date such as 2030-12-31; without it the key does not expire',
  ).argParser(readExpiry);
/** A limit, or none. */
const readLimit = (text: string) => (text === 'none' ? text : readWhole(1, MOST_QUOTA)(text));
const requestsPerMinute = () =>
  new Option(
    '--requests-per-minute <n>',
    'requests that it may send a minute; "none": as RATE_LIMIT_PER_KEY says',
  ).argParser(readLimit);
const productsPerDay = () =>
  new Option(
    '--products-per-day <n>',
    'products that it may add or change on a day of UTC; "none": as many as it likes',
  ).argParser(readLimit);
const language = () =>
  new Option('--lang <code>', 'language of the text').choices(['en', 'fr'] as const).default('en' as const);
const frenchFirst = (about: string) =>
  new Option('--lang <code>', about).choices(['fr', 'en'] as const).default('fr' as const);
const mapping = () =>
  new Option('--mapping <file>', 'JSON that says what columns and values mean, as "inspect" takes it (docs/files.md)');
const databases = ['--db <name...>', 'databases of the server; by default DB_NAME'] as const;
const keyName = () => new Argument('<name>', 'name of the key').argParser(readKeyName);

const loadKeys = () => import('./keys-command.js');
const loadDeclare = () => import('./declare-command.js');
const loadDatabase = () => import('./database-commands.js');

/**
 * Every command with its arguments and options. What one needs is loaded when it runs: scores need no database driver.
 *
 * @param done - told that a part of the work was refused.
 */
export function commands(done: (code: 0 | 1) => void): Command {
  const program = new Command('ecobalyse')
    .description('The command line of the Ecobalyse platform.')
    .version(methodVersion, '-V, --version', 'show the version of the method');

  program
    .command('score')
    .description('computes the environmental cost of textile products, on this machine and without network')
    .argument('[file]', 'what to read; standard input when it is "-" or absent')
    .addOption(new Option('--format <name>', 'how to print scores').choices(SCORE_FORMATS).default('table' as const))
    .addOption(
      new Option('--from <name>', "what the input is; by default told by the file's name or first line").choices(
        FILE_FORMATS,
      ),
    )
    .addOption(mapping())
    .option('--output <file>', 'where to write scores; by itself standard output')
    .option('--refused <file>', 'where to write refused rows as they were sent, behind the reason: .csv or .xlsx')
    .addOption(frenchFirst('language of headers and reasons'))
    .option('--stages', 'add the breakdown by stage, transport, trims and complements, whose parts add up to the score')
    .option('--progress', 'show progress even when standard error is no terminal (there, it shows for files that last)')
    .option('--quiet', 'no progress, no summary, no remark about ignored columns; errors are still told')
    .addHelpText('after', SCORE_ABOUT)
    .action(async (file, options) => done(await (await import('./score-command.js')).runScore(file, options)));

  program
    .command('template')
    .description(
      'writes a file of products to be filled in: columns, an example, and in .xlsx the values to choose from',
    )
    .addOption(new Option('--format <name>', 'its form').choices(['xlsx', 'csv'] as const).default('xlsx' as const))
    .addOption(language())
    .requiredOption('--output <file>', 'where to write it')
    .action(async ({ format, lang, output }) => (await import('./template-command.js')).template(format, lang, output));

  program
    .command('inspect')
    .description('tells how a file of products is understood: columns, faults, what to write instead')
    .argument('<file>', 'what to read; standard input when it is "-"')
    .addOption(new Option('--format <name>', 'how to print').choices(INSPECT_FORMATS).default('text' as const))
    .addOption(mapping())
    .addOption(language())
    .action(async (file, options) => done(await (await import('./inspect-command.js')).inspect(file, options)));

  program
    .command('scope')
    .description('tells whether the label is for products, and under which category, by the words of their names')
    .argument('<title...>', 'names of products, French or English')
    .addOption(language())
    .action(async (titles, { lang }) => done((await import('./scope-command.js')).printScopes(titles, lang)));

  program
    .command('estimate')
    .description('estimates the cost of products of which fields are unknown: bounds, distribution, what to ask first')
    .argument('[file]', 'JSON, NDJSON or CSV; standard input when it is "-" or absent')
    .addOption(new Option('--format <name>', 'how to print').choices(ESTIMATE_FORMATS).default('text' as const))
    .addOption(new Option('--from <name>', 'what the input is').choices(FILE_FORMATS))
    .addOption(
      new Option('--distribution <name>', 'what unknown fields are drawn from')
        .choices(DISTRIBUTION_NAMES)
        .default('sector' as const),
    )
    .option('--catalogue <file>', 'your own products: unknown fields are drawn from those that are alike')
    .option('--draws <number>', 'garments that are drawn', readWhole(20, 5000), 500)
    .option('--seed <number>', 'of what is drawn', readWhole(0, 2 ** 32 - 1), 1)
    .addOption(language())
    .action(async (file, options) => done(await (await import('./estimate.js')).runEstimate(file, options)));

  program
    .command('sensitivity')
    .description('tells what drives the cost: Sobol indices of the exact method over a distribution of garments')
    .option('--distribution <file>', 'JSON of garments, as packages/domain/estimation/src/profile.json, the sector’s')
    .option('--product <id>', 'of this type only; by default over all types together and of each')
    .addOption(new Option('--per <unit>', 'what costs are told for').choices(COST_UNITS).default('item' as const))
    .option('--n <number>', 'base samples', readWhole(64, MOST_SOBOL_SAMPLES), 2048)
    .option('--seed <number>', 'of what is drawn', readWhole(0, 2 ** 32 - 1), 1)
    .addOption(
      new Option('--format <name>', 'how to print').choices(['table', 'ndjson'] as const).default('table' as const),
    )
    .addOption(language())
    .action(async (options) => (await import('./sensitivity-command.js')).printSensitivity(options));

  const declare = program
    .command('declare')
    .description(
      'reads, judges and writes files of the official declaration portal; only "push --send" uses the network',
    );
  declare
    .command('check')
    .description('tells of each row of a file what the portal will decide, and how to mend it')
    .argument('<file>', 'a .csv or .xlsx file of the portal')
    .addOption(new Option('--format <name>', 'how to print').choices(CHECK_FORMATS).default('table' as const))
    .option(
      '--organisation <file>',
      'JSON of who uploads: brands, authorizedBy, noGTIN; by default any brand may be declared for',
    )
    .option('--before <file...>', 'files that were declared during the last 90 days, oldest first')
    .addOption(
      new Option('--rules <date>', 'the rules of that time').choices(PORTAL_RULES).default('may-2026' as const),
    )
    .option('--any-size', 'judges a file that is larger than the portal takes')
    .addOption(language())
    .action(async (file, options) => done(await (await loadDeclare()).check(file, options)));
  declare
    .command('write')
    .description('writes files that the portal takes, each under its size limit, or the JSON of its API')
    .argument('<file>', 'a .csv or .xlsx file of the portal, or JSON or NDJSON of its API')
    .requiredOption('--to <folder>', 'where to write declaration-1.csv, declaration-2.csv, ...')
    .addOption(new Option('--form <name>', 'what to write').choices(DECLARATION_FORMS).default('csv' as const))
    .addOption(frenchFirst('language of the words in cells; headers are French'))
    .action(async (file, options) => done(await (await loadDeclare()).write(file, options)));
  const parts = [
    ['lot', 'garments that are sold together: rows under one reference are items of a lot'],
    ['multicomponent', 'garments of several components: rows under one reference are those of one garment'],
  ] as const;
  for (const [kind, about] of parts) {
    declare
      .command(kind)
      .description(`scores ${about}; a line of JSON each`)
      .argument('<file>', 'a file of products, or JSON as the API takes it')
      .addOption(language())
      .action(async (file, { lang }) =>
        done(await (await import('./composed-command.js')).scoreParts(file, kind, lang)),
      );
  }
  declare
    .command('push')
    .description('tells what would be sent to the API of the portal; with --send, sends it (key: DECLARATION_API_KEY)')
    .argument(
      '<file>',
      'a .csv or .xlsx file of the portal, or JSON of its API, such as GET /catalogues/{id}/declaration?format=json',
    )
    .option('--send', 'sends; otherwise nothing leaves this machine')
    .option('--portal <address>', 'of its API', 'https://affichage-environnemental.ecobalyse.beta.gouv.fr/api')
    .option('--rate <number>', 'requests a second at most', readWhole(1, 100), 2)
    .option('--journal <file>', 'what became of each product, to go on after a break; by default beside the file')
    .option('--again', 'sends once more what the portal has refused')
    .option('--allow-private', 'also to addresses of private networks, and without https')
    .addOption(language())
    .action(async (file, options) => done(await (await import('./push/push-command.js')).push(file, options)));

  const upstream = program.command('upstream').description('the API that products are scored by (ECOBALYSE_API_URL)');
  upstream
    .command('check')
    .description(
      'asks it about a sample of the stored products and tells where its answers differ from those of our own method',
    )
    .option('--sample <number>', 'products that are compared', readWhole(1, 100_000), 100)
    .option('--seed <text>', 'what the sample is drawn by: another one draws others', 'ecobalyse')
    .option('--rate <number>', 'requests a second at most; by default ECOBALYSE_REQUESTS_PER_SECOND', readWhole(1, 100))
    .option('--journal <file>', 'what was compared, to go on after a break', 'upstream-check.ndjson')
    .addOption(language())
    .addOption(uri())
    .action(async (options) => done(await (await import('./check-upstream.js')).checkUpstream(options)));

  const keys = program
    .command('keys')
    .description('manages the keys of the REST API that the database keeps as hashes');
  keys
    .command('list')
    .description('lists the keys with their roles and states')
    .addOption(uri())
    .action(async (options) => (await loadKeys()).list(options.uri));
  keys
    .command('add')
    .description('makes a key and prints it, once')
    .addArgument(keyName())
    .addOption(
      new Option(
        '--role <role>',
        'reader: every GET, predictions and simulations; writer: adds and deletes products too; admin: pipelines and models too',
      )
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .addOption(expires())
    .addOption(requestsPerMinute())
    .addOption(productsPerDay())
    .addOption(uri())
    .action(async (name, options) => (await loadKeys()).add(name, options));
  keys
    .command('limit')
    .description('changes what a key may use; what is not given stays')
    .addArgument(keyName())
    .addOption(requestsPerMinute())
    .addOption(productsPerDay())
    .addOption(uri())
    .action(async (name, options) => (await loadKeys()).limit(name, options));
  keys
    .command('revoke')
    .description('ends a key for good')
    .addArgument(keyName())
    .addOption(uri())
    .action(async (name, options) => (await loadKeys()).revoke(name, options.uri));
  keys
    .command('rotate')
    .description('puts a new key in the place of an old one and prints it, once')
    .addArgument(keyName())
    .addOption(expires())
    .addOption(uri())
    .action(async (name, options) => (await loadKeys()).rotate(name, options.expires, options.uri));
  keys
    .command('show')
    .description('prints API_KEY of the environment or .env; no database is asked')
    .action(async () => (await loadKeys()).show());

  const db = program.command('db').description('waits for, dumps, restores and migrates the database');
  db.command('wait')
    .description('waits until the database lets its user in')
    .option('--timeout <seconds>', 'for how long', readSeconds, 60)
    .addOption(uri())
    .action(async (options) => (await loadDatabase()).wait(options.timeout, options.uri));
  db.command('dump')
    .description('writes the database into a new folder, which mongorestore reads as well')
    .requiredOption('--to <folder>', 'the new folder')
    .option(...databases)
    .addOption(uri())
    .action(async (options) => (await loadDatabase()).dumpDatabase(options.to, options.db, options.uri));
  db.command('backup')
    .description('dumps into a new folder that carries the time, and keeps the newest ones')
    .requiredOption('--to <folder>', 'the folder of the backups')
    .option('--keep <number>', 'how many stay', readWhole(1, 10_000), 14)
    .option('--every <hours>', 'goes on: a backup whenever the newest one is so old', readWhole(1, 500))
    .option('--check', 'only tells whether the newest backup is younger than twice --every')
    .addOption(uri())
    .action(async (options) => done(await (await loadDatabase()).backUpDatabase(options)));
  db.command('restore')
    .description('writes a dump into the database, then compares counts and checksums')
    .requiredOption('--from <folder>', 'the folder of the dump')
    .option('--drop', 'replaces the collections that are there already')
    .option(...databases)
    .addOption(uri())
    .action(async (o) => (await loadDatabase()).restoreDatabase(o.from, o.drop, o.db, o.uri));
  db.command('migrate')
    .description(
      'brings a database that an older version, or the original platform, filled to the form of this version',
    )
    .option('--dry-run', 'only lists the migrations that were not done yet')
    .addOption(uri())
    .action(async (options) => (await loadDatabase()).migrateDatabase(options.dryRun, options.uri));

  program
    .command('statistics')
    .description(
      'computes and publishes the statistics once; in containers: docker-compose run --rm stats node bundle/main.js --once',
    )
    .addOption(uri())
    .action(async (options) => done(await (await import('./statistics-command.js')).computeStatistics(options.uri)));
  return program as unknown as Command;
}
