/**
 * A header or a word as the portal compares it: brackets with what they hold, blanks, slashes, hyphens and straight apostrophes
 * vanish, and so do capitals and the accents é, è and ç. Others stay.
 */
export const simplify = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/\(.*?\)/g, '')
    .replace(/[ /'-]/g, '')
    .replace(/[éè]/g, 'e')
    .replace(/ç/g, 'c');
