/** A command line that cannot be understood, or a file that cannot be opened: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const GENERAL_HELP = `Usage: ecobalyse <command> [options]

Commands:
  score   compute the environmental cost of textile products, on this machine and without network

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
  --stages         add the breakdown by stage of the life cycle, transport and trims; its parts add up to the score
  --progress       show progress on standard error even when it is no terminal (there, it shows for files that last)
  --quiet          no progress, no summary, no remark about ignored columns; errors are still told
  -h, --help       show this help

Input:
  json    one product, or an array of products, as sent to POST /textile/simulator; a field "reference" is printed again
  ndjson  one product a line
  csv     a header and one product a row, parted by commas, semicolons or tabs; an empty cell is an absent field;
          with semicolons or tabs, 0,17 is a number. Columns, in any order (product, mass and material1 are needed):
            reference, product, mass (kg)
            material1, material1Share (0 to 1), material1Country, material1Spinning, material2, ... up to material99
            countrySpinning, countryFabric, countryDyeing, countryMaking, fabricProcess, airTransportRatio, business,
            disabledSteps (parted by spaces or |), dyeingProcessType, fading, makingComplexity, makingDeadStock,
            makingWaste, numberOfReferences, physicalDurability, price, printingKind, printingRatio,
            surfaceMass (g/m2), upcycled, yarnSize (Nm), and as JSON: materials, trims

Errors go to standard error as "file:line: field: message".

Exit code: 0 when every product was scored, 1 when one was refused or could not be read, 2 for a bad command line.
`;
