/** What the help of `ecobalyse score` says beside its options. */
export const SCORE_ABOUT = `
The environmental cost (ecs) and the PEF score (pef), in points, of each product of a file. Files of any size are read and
answered as a stream. What is wrong with a product goes to standard error as "file:line: field: message".

Input:
  json    one product, or an array of products, as sent to POST /textile/simulator; a field "reference" is printed again
  ndjson  one product a line
  xlsx    a workbook (.xlsx, .xls, .ods), of which the first sheet with products is read
  csv     a header and one product a row, parted by commas, semicolons or tabs; an empty cell is an absent field;
          a first line "sep=;" names another delimiter. Headers and values as brands write them in French or English
          ("Masse (g)", "Matière 1 %", "Chine", "95 % coton, 5 % élasthanne"), and those of the declaration portal, are
          understood (docs/files.md). Our own columns, in any order (product, mass and material1 are needed):
            reference, name, brand, collection, season, link, gtins and tags (parted by |), product, mass (kg)
            material1, material1Share (0 to 1), material1Country, material1Spinning, material2, ... up to material99
            countrySpinning, countryFabric, countryDyeing, countryMaking, fabricProcess, airTransportRatio, business,
            disabledSteps (parted by spaces or |), dyeingProcessType, fading, makingComplexity, makingDeadStock,
            makingWaste, numberOfReferences, physicalDurability, price, printingKind, printingRatio,
            surfaceMass (g/m2), upcycled, yarnSize (Nm), numbers of trims (metalButtons, plasticButtons, longZips,
            shortZips), and as JSON: materials, trims

Output: csv-fr and xlsx are tables for spreadsheets, with what makes up the cost and every field of the product: they can be read
again as files of products. csv-fr has semicolons and decimal commas, as French spreadsheets do.

Texts are UTF-8, UTF-16 with its byte order mark, or else Windows-1252. With --format csv, a text that a spreadsheet would take
for a formula (it begins with = + - @ or a tab) has an apostrophe before it.`;
