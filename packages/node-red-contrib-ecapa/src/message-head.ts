import { extname } from 'node:path';
import { type Head, loadHead, parseHead } from '@ecapa/core';
import { importSklearn, parseSklearn } from '@ecapa/core/interop';
import { ownBinary } from './message-audio.js';

/**
 * A head from a path, the text or bytes of a head file, or the bytes of a scikit-learn file, in which nothing is
 * executed. `openPath` resolves a path to its file, or throws when it may not be read.
 */
export async function readHead(
  content: unknown,
  modelId: string,
  openPath: (path: string) => Promise<string>,
): Promise<Head> {
  const value = ownBinary(content);
  if (typeof value === 'string' && !value.trimStart().startsWith('{')) {
    const isPickle = ['.pkl', '.pickle', '.joblib'].includes(extname(value).toLowerCase());
    const path = await openPath(value);
    return isPickle ? (await importSklearn(path, { modelId })).head : loadHead(path);
  }
  if (typeof value === 'string') return parseHead(value, 'msg');
  if (value instanceof Uint8Array) {
    const isJson = value.find((byte) => byte > 32) === '{'.charCodeAt(0);
    if (isJson) return parseHead(Buffer.from(value).toString('utf8'), 'msg');
    return parseSklearn(value, 'msg', { modelId, headId: 'imported' }).head;
  }
  if (typeof value === 'object' && value !== null) return parseHead(JSON.stringify(value), 'msg');
  throw new TypeError(
    'msg.import: expected a path, or true with a head file or scikit-learn file in msg.payload.',
  );
}
