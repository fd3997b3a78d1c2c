import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';

const SAMPLES = 64;
const SAMPLE_BYTES = 16 * 1024;

/**
 * Stands for the content of a recording, whatever its name and time stamps: SHA-256 of its size and of 64 samples of
 * 16 KiB, spread evenly with both ends among them (of smaller files, all of it). Hours of audio take a few milliseconds.
 * Undefined when the file cannot be read, and for what is no file.
 */
export async function contentFingerprint(path: string): Promise<string | undefined> {
  // Opening a pipe would wait for somebody to write into it.
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  const file = isFile ? await open(path).catch(() => undefined) : undefined;
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256').update(String(size));
    const last = Math.max(0, size - SAMPLE_BYTES);
    const count = Math.min(SAMPLES, Math.ceil(size / SAMPLE_BYTES));
    const bytes = Buffer.alloc(SAMPLE_BYTES);
    for (let i = 0; i < count; i++) {
      const offset = count === 1 ? 0 : Math.round((i * last) / (count - 1));
      const { bytesRead } = await file.read(bytes, 0, SAMPLE_BYTES, offset);
      hash.update(bytes.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
