// Typed arrays as text: little-endian whatever the machine, in base64.

/** Float32 values, little-endian, in base64. */
export function encodeFloats(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}

/** The reverse of `encodeFloats`; a broken tail is dropped. */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readFloatLE(i * 4));
}

/** Samples of 16 bits, little-endian, in base64. */
export function encodeSamples(samples: Int16Array): string {
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [i, sample] of samples.entries()) bytes.writeInt16LE(sample, i * 2);
  return bytes.toString('base64');
}

/** The reverse of `encodeSamples`; a broken tail is dropped. */
export function decodeSamples(text: string): Int16Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2));
}
