import { sheetsOf, type Workbook } from '@ecobalyse/product-files';

/** What a thread does: reads the sheets of a workbook. */
export default (bytes: Uint8Array): Promise<Workbook> => sheetsOf(Buffer.from(bytes));
