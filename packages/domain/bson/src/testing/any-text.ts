import fc from 'fast-check';

/** Fast-check's own unit of all characters takes a second and 120 MB in each process that draws one. */
const anyCharacter = fc
  .oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Texts of any characters but halves of one, and names such as toString, which its usual unit gives. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(fc.string({ maxLength }), fc.string({ unit: anyCharacter, maxLength }));
