import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/** A cell that is written: a text, a number, or nothing. */
export type WrittenCell = string | number | null | undefined;

/** A table that is written, its rows as they come. */
export interface WrittenTable {
  readonly headers: readonly string[];
  /** Of the columns, in characters; by itself as wide as the header. */
  readonly widths?: readonly number[];
  readonly rows: AsyncIterable<readonly (readonly WrittenCell[])[]> | Iterable<readonly (readonly WrittenCell[])[]>;
}

/** A sheet of a workbook, with its header frozen. */
export interface WrittenSheet extends WrittenTable {
  readonly name: string;
  /** Columns, from 0, whose cells are chosen from a range such as `Lists!$A$2:$A$9`; others may still be written. */
  readonly choices?: ReadonlyMap<number, string>;
  /** Columns, from 0, whose numbers are fractions that are shown as percent. */
  readonly percents?: ReadonlySet<number>;
}

/** Characters that a cell may hold. */
const MOST_CHARACTERS = 32_767;
/** Rows for which choices are offered. */
const CHOSEN_ROWS = 1000;
const NARROWEST = 10;
const WIDEST = 60;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text in XML: what XML cannot hold is written as spreadsheets do, and so is a text that looks so. */
const inXml = (text: string): string =>
  text
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/_x(?=[0-9a-f]{4}_)/gi, '_x005F_x')
    .replace(/[&<>"]/g, (char) => ENTITIES[char] as string)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML cannot hold
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, (char) => {
      const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      return `_x${code}_`;
    });

/** Letters of a column, from 0: A, …, Z, AA, … */
export function columnLetters(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : columnLetters(Math.floor(column / 26) - 1) + letter;
}

const isEmpty = (cell: WrittenCell): cell is null | undefined | '' =>
  cell === null || cell === undefined || cell === '' || (typeof cell === 'number' && !Number.isFinite(cell));

function xmlRow(
  cells: readonly WrittenCell[],
  letters: readonly string[],
  number: number,
  styleOf: (column: number) => string,
): string {
  let xml = '';
  for (const [index, cell] of cells.entries()) {
    if (isEmpty(cell)) continue;
    const at = `r="${letters[index]}${number}"${styleOf(index)}`;
    xml +=
      typeof cell === 'number'
        ? `<c ${at}><v>${cell}</v></c>`
        : `<c ${at} t="inlineStr"><is><t xml:space="preserve">${inXml(cell.slice(0, MOST_CHARACTERS))}</t></is></c>`;
  }
  return `<row r="${number}">${xml}</row>`;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const bold = () => ' s="1"';

async function* sheetXml({
  headers,
  widths = [],
  rows,
  choices = new Map(),
  percents = new Set(),
}: WrittenSheet): AsyncGenerator<string> {
  const letters = headers.map((_, column) => columnLetters(column));
  const columns = headers.map((header, column) => {
    const width = Math.min(WIDEST, Math.max(NARROWEST, widths[column] ?? header.length + 2));
    return `<col min="${column + 1}" max="${column + 1}" width="${width}" customWidth="1"/>`;
  });
  yield `${HEAD}<worksheet ${MAIN}><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`;
  yield `<cols>${columns.join('')}</cols><sheetData>${xmlRow(headers, letters, 1, bold)}`;
  let number = 1;
  const styleOf = (column: number) => (percents.has(column) ? ' s="2"' : '');
  for await (const some of rows) {
    const texts = some.map((cells) => {
      number += 1;
      return xmlRow(cells, letters, number, styleOf);
    });
    yield texts.join('');
  }
  yield '</sheetData>';
  const validations = [...choices].map(([column, range]) => {
    const cells = `${letters[column]}2:${letters[column]}${CHOSEN_ROWS + 1}`;
    return `<dataValidation type="list" errorStyle="warning" allowBlank="1" showErrorMessage="1" sqref="${cells}"><formula1>${inXml(range)}</formula1></dataValidation>`;
  });
  if (validations.length > 0) {
    yield `<dataValidations count="${validations.length}">${validations.join('')}</dataValidations>`;
  }
  yield '</worksheet>';
}

/** Parts of a workbook beside its sheets: a header's cells are bold (style 1), percents have two decimals (style 2). */
function partsOf(sheets: readonly WrittenSheet[]): Readonly<Record<string, string>> {
  const each = (write: (number: number, sheet: WrittenSheet) => string) =>
    sheets.map((sheet, index) => write(index + 1, sheet)).join('');
  const font = (bold: string) => `<font>${bold}<sz val="11"/><name val="Calibri"/></font>`;
  return {
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${each((number) => `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${TYPE}.worksheet+xml"/>`)}</Types>`,
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook ${MAIN} xmlns:r="${RELATION}"><sheets>${each((number, { name }) => `<sheet name="${inXml(name)}" sheetId="${number}" r:id="rId${number}"/>`)}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${each((number) => `<Relationship Id="rId${number}" Type="${RELATION}/worksheet" Target="worksheets/sheet${number}.xml"/>`)}<Relationship Id="rId${sheets.length + 1}" Type="${RELATION}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet ${MAIN}><fonts count="2">${font('')}${font('<b/>')}</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf fontId="0"/><xf fontId="1" applyFont="1"/><xf fontId="0" numFmtId="10" applyNumberFormat="1"/></cellXfs></styleSheet>`,
  };
}

/** Writes a workbook (.xlsx) as its rows come, in flat memory: SheetJS would hold all of it, and knows no lists of choices. */
export function writeWorkbook(sheets: readonly WrittenSheet[]): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  for (const [path, xml] of Object.entries(partsOf(sheets))) zip.addBuffer(Buffer.from(HEAD + xml), path);
  for (const [index, sheet] of sheets.entries()) {
    const xml = Readable.from(sheetXml(sheet), { objectMode: false });
    zip.addReadStreamLazy(`xl/worksheets/sheet${index + 1}.xml`, (take) => take(null as never, xml));
    xml.once('error', (error) => output.destroy(error));
    // Rows that nobody reads any more are not to be read on.
    output.once('close', () => xml.destroy());
  }
  zip.on('error', (error: Error) => output.destroy(error));
  zip.end();
  return output;
}
