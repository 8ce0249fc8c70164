const ENTRY = Buffer.from('PK\x01\x02', 'latin1');
const ENTRY_BYTES = 46;

/**
 * Bytes that the files of a ZIP archive have unpacked, as its directory says; 0 for what is no archive. A small archive may unpack
 * to more than memory holds.
 */
export function unpackedBytes(archive: Buffer): number {
  let sum = 0;
  for (let at = archive.indexOf(ENTRY); at >= 0 && at + ENTRY_BYTES <= archive.length; ) {
    sum += archive.readUInt32LE(at + 24);
    at = archive.indexOf(ENTRY, at + ENTRY_BYTES);
  }
  return sum;
}
