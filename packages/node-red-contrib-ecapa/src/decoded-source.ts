import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MpegSegmenter, SAMPLE_RATE_HZ } from '@ecapa/core';
import { decodeBeside, makeTemporaryFolder, removeTemporary, takeLogin } from '@ecapa/core/host';
import type { FileAccess } from './audio-access.js';
import type { Message } from './flow-node.js';
import type { Source } from './recorder.js';

/** Sound that is decoded at a time: what a radio lags behind. */
const SEGMENT_SECONDS = 3;
const LONGEST_PLAYLIST_BYTES = 64 * 1024;

/** Of all web radios; its connections keep no process alive. */
let agent: import('@ecapa/core/http').Agent | undefined;

/** A recording, played at the pace of its sound. */
export function fileSource(path: string, files: FileAccess): Source {
  return async (signal, onAudio) => {
    const real = await files.open(path, {} as Message);
    const startedAt = performance.now();
    let sentSeconds = 0;
    for await (const pcm of decoded(real, path, signal)) {
      onAudio(pcm);
      sentSeconds += pcm.length / 2 / SAMPLE_RATE_HZ;
      const aheadSeconds = sentSeconds - (performance.now() - startedAt) / 1000;
      if (aheadSeconds > 0) await delay(1000 * aheadSeconds, undefined, { signal });
    }
    return `${path}: played to its end`;
  };
}

/** A web radio of MP3 or AAC, decoded without any program. Redirects and playlists are followed. */
export function radioSource(address: string): Source {
  return async (signal, onAudio) => {
    const response = await fetchStream(address, signal);
    const segmenter = new MpegSegmenter(SEGMENT_SECONDS);
    for await (const bytes of response) {
      for (const { bytes: segment, overlapSeconds } of segmenter.push(bytes)) {
        const pcm = Buffer.concat(await all(decodedBytes(segment, signal)));
        onAudio(pcm.subarray(2 * Math.round(overlapSeconds * SAMPLE_RATE_HZ)));
      }
      if (segmenter.isLost) {
        throw new Error(
          'this web address sends neither MP3 nor AAC: give its address to an installed ffmpeg (Program: ffmpeg)',
        );
      }
    }
    return 'the radio ended the stream';
  };
}

/** The bytes that an address sends, or the first address of the playlist that it names. */
async function fetchStream(
  address: string,
  signal: AbortSignal,
  isFollowed = false,
): Promise<AsyncIterable<Uint8Array>> {
  const url = new URL(address);
  const headers = { 'User-Agent': 'node-red-contrib-ecapa', ...takeLogin(url) };
  // Not Node's own: in Node 22 and 24 that ends the process when a server closes while its answer waits to be read. The
  // agent is named, as without one the process's is taken, which Node has made if another node fetched before.
  const { Agent, fetch } = await import('@ecapa/core/http');
  agent ??= new Agent();
  const response = await fetch(url, { signal, headers, dispatcher: agent });
  if (!response.ok || response.body === null) throw new Error(`the web address answers ${response.status}`);
  const type = response.headers.get('content-type') ?? '';
  if (!/mpegurl|scpls/i.test(type)) return response.body;
  if (isFollowed) throw new Error('the playlist names another playlist');
  const text = (await response.text()).slice(0, LONGEST_PLAYLIST_BYTES);
  const next = /^(?:File\d+=)?(https?:\/\/\S+)/im.exec(text)?.[1];
  if (next === undefined || text.includes('#EXT-X-')) {
    throw new Error(
      'this playlist names no radio that can be decoded without an installed ffmpeg (Program: ffmpeg)',
    );
  }
  return fetchStream(next, signal, true);
}

async function* decodedBytes(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Buffer> {
  const folder = await makeTemporaryFolder();
  const path = join(folder, 'radio');
  try {
    await writeFile(path, bytes);
    yield* decoded(path, 'radio', signal);
  } finally {
    await removeTemporary(folder);
  }
}

/** 16-bit PCM of a file, a second at a time. */
async function* decoded(path: string, name: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const decoding = await decodeBeside(path, { name, signal });
  try {
    for await (const block of decoding.blocks) {
      if (!(block instanceof Float32Array)) continue;
      const pcm = Int16Array.from(block, (value) =>
        Math.max(-32_768, Math.min(32_767, Math.round(32_768 * value))),
      );
      yield Buffer.from(pcm.buffer);
    }
  } finally {
    await decoding.close();
  }
}

async function all<Part>(parts: AsyncIterable<Part>): Promise<Part[]> {
  const list: Part[] = [];
  for await (const part of parts) list.push(part);
  return list;
}
