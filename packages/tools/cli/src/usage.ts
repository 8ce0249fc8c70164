import { getSystemErrorMap } from 'node:util';

/** A command line that cannot be understood, or a file that cannot be opened: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the system says of an error, without the name of the call that met it. */
export const systemMessage = ({ errno, message }: NodeJS.ErrnoException): string =>
  getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;

export const GENERAL_HELP = `Usage: ecobalyse <command> [options]

Commands:
  score   compute the environmental cost of textile products, on this machine and without network
  keys    list, add, revoke and rotate the keys of the REST API

Options:
  -h, --help      show this help; "ecobalyse score --help" tells more
  -V, --version   show the version of the method
`;

export const SCORE_HELP = `Usage: ecobalyse score [file|-] [options]

Computes the environmental cost (ecs) and the PEF score (pef), in points, of each product of a file, or of standard input
when the file is "-" or absent. Files of any size are read and answered as a stream.

Options:
  --format <name>  how to print scores: table (default), json, ndjson, csv
  --from <name>    what the input is: json, ndjson, csv; by default told by the file's name, or else by its first line
  --stages         add the breakdown by stage of the life cycle, transport, trims and complements, as POST /simulate gives
                   it; its parts add up to the score
  --progress       show progress on standard error even when it is no terminal (there, it shows for files that last)
  --quiet          no progress, no summary, no remark about ignored columns; errors are still told
  -h, --help       show this help

Input:
  json    one product, or an array of products, as sent to POST /textile/simulator; a field "reference" is printed again
  ndjson  one product a line
  csv     a header and one product a row, parted by commas, semicolons or tabs; an empty cell is an absent field;
          with semicolons or tabs, 0,17 is a number; a first line "sep=;" names another delimiter. Columns, in any order (product, mass and material1 are needed):
            reference, product, mass (kg)
            material1, material1Share (0 to 1), material1Country, material1Spinning, material2, ... up to material99
            countrySpinning, countryFabric, countryDyeing, countryMaking, fabricProcess, airTransportRatio, business,
            disabledSteps (parted by spaces or |), dyeingProcessType, fading, makingComplexity, makingDeadStock,
            makingWaste, numberOfReferences, physicalDurability, price, printingKind, printingRatio,
            surfaceMass (g/m2), upcycled, yarnSize (Nm), and as JSON: materials, trims

Texts are UTF-8, UTF-16 with its byte order mark, or else Windows-1252. With --format csv, a text that a spreadsheet would take
for a formula (it begins with = + - @ or a tab) has an apostrophe before it.

Errors go to standard error as "file:line: field: message".

Exit code: 0 when every product was scored, 1 when one was refused or could not be read, 2 for a bad command line, or
a file or an output that fails.
`;

export const KEYS_HELP = `Usage: ecobalyse keys <action> [name] [options]

Manages the keys of the REST API that are kept in the database, by their hashes. A running API knows of a change within
seconds.

Actions:
  list                      every key with its role and state
  add NAME --role ROLE      makes a key and prints it, once
  revoke NAME               ends a key for good
  rotate NAME               puts a new key in the place of the old one and prints it, once
  show                      prints API_KEY of the environment or .env; no database is asked

Options:
  --role <role>     reader (every GET, predictions and simulations), writer (adds and deletes products too), or
                    admin (pipelines and models too)
  --expires <when>  days such as 90d, or a date such as 2030-12-31; without it the key does not expire
  --uri <string>    connection string of the database; by default that of the settings (MONGODB_URI, DB_...), or else the
                    embedded database of a running "npm start"
  -h, --help        show this help

Exit code: 0, 1 when the database cannot be reached, 2 for a bad command line or a name that does not fit.
`;
