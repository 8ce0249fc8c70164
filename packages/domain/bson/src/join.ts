/** One document of the fields of several, in their order. */
export function joinBson(...documents: readonly Buffer[]): Buffer {
  const joined = Buffer.concat([LENGTH, ...documents.map((one) => one.subarray(LENGTH.length, -1)), END]);
  joined.writeInt32LE(joined.length);
  return joined;
}

const LENGTH = Buffer.alloc(4);
const END = Buffer.alloc(1);
