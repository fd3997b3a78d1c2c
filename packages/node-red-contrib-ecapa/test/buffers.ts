import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flow } from './flow.js';
import { wavHeader } from './sound.js';

/** A second of sound, and then bytes that belong to nothing: what is large is the file, not the work. */
const CLIP_SAMPLES = 16_000;

interface Policy {
  readonly policy: string;
  readonly limit: (bufferBytes: number) => { readonly queueLimit?: string; readonly queueMegabytes?: string };
  /** Which of `count` Buffers, sent at once to one worker, are judged. */
  readonly kept: (count: number) => readonly number[];
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Each policy of a full queue with its limit: five Buffers, or two and a quarter by their bytes. */
export const POLICIES: readonly Policy[] = [
  { policy: 'reject', limit: () => ({ queueLimit: '5' }), kept: () => range(0, 6) },
  {
    policy: 'drop-oldest',
    limit: () => ({ queueLimit: '5' }),
    kept: (count) => [0, ...range(count - 5, count)],
  },
  {
    policy: 'drop-newest',
    limit: (bufferBytes) => ({ queueMegabytes: `${(2.25 * bufferBytes) / 1e6}` }),
    kept: () => range(0, 3),
  },
  { policy: 'wait', limit: () => ({}), kept: (count) => range(0, count) },
];

export interface BufferFigures {
  readonly policy: string;
  readonly sent: number;
  readonly judged: number;
  readonly refused: number;
  /** Codes of errors other than QUEUE_FULL, which there should be none of. */
  readonly otherErrors: readonly string[];
  /** The Buffers that the policy keeps, and no others, came out in the order in which they were sent. */
  readonly isInOrder: boolean;
  /** Most bytes in temporary files at any moment, in Buffers. */
  readonly mostBuffersOnDisk: number;
  readonly bytesLeft: number;
  readonly seconds: number;
}

/** Sends many Buffers at once to a node with one worker, and watches what of them is written to the disk. */
export async function sendBuffers(
  flow: Flow,
  { policy, limit, kept }: Policy,
  count: number,
  bufferBytes: number,
): Promise<BufferFigures> {
  const buffer = Buffer.concat([wavHeader(CLIP_SAMPLES), Buffer.alloc(2 * CLIP_SAMPLES, 7)], bufferBytes);
  const config = {
    id: 'config',
    type: 'ecapa-model',
    workers: '1',
    queuePolicy: policy,
    ...limit(bufferBytes),
  };
  const nodes = [
    { id: 'tab', type: 'tab' },
    config,
    { id: 'it', z: 'tab', type: 'ecapa-classify', model: 'config', wires: [['out']] },
    { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
    ...['out', 'errors'].map((id) => ({ id, z: 'tab', type: 'helper' })),
  ];
  if (flow.isRunning) await flow.restart(nodes);
  else await flow.start(nodes);
  flow.send('it', { payload: buffer });
  await flow.wait('out'); // the worker runs, and has what it needs
  const startedAt = performance.now();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, temporaryBytes());
  }, 5);
  for (let index = 0; index < count; index++) flow.send('it', { payload: buffer, index });
  await flow.until(({ out = [], errors = [] }) => out.length + errors.length === count + 1);
  clearInterval(watch);
  const judged = (flow.received.out ?? []).slice(1).map(({ index }) => index);
  const codes = (flow.received.errors ?? []).map(({ error }) => String((error as { code?: string }).code));
  const otherErrors = codes.filter((code) => code !== 'QUEUE_FULL');
  return {
    policy,
    sent: count,
    judged: judged.length,
    refused: codes.length - otherErrors.length,
    otherErrors,
    isInOrder: String(judged) === String(kept(count)),
    mostBuffersOnDisk: most / bufferBytes,
    bytesLeft: temporaryBytes(),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** In files of this process, in which its engine hands audio to workers. */
function temporaryBytes(): number {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith('ecapa-') && name.includes(`-${process.pid}-`))
    .map((name) => statSync(join(tmpdir(), name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

/** What is wrong with the figures, in words; empty when all is well. One worker has one Buffer, and the next is under way. */
export function faultsOf(figures: BufferFigures): readonly string[] {
  const { policy, otherErrors, isInOrder, mostBuffersOnDisk, bytesLeft } = figures;
  return [
    otherErrors.length === 0 ? '' : `${otherErrors.length} errors: ${[...new Set(otherErrors)].join(', ')}`,
    isInOrder ? '' : 'other Buffers than the policy keeps, or out of order',
    mostBuffersOnDisk <= 2 ? '' : `${mostBuffersOnDisk} Buffers on the disk at once`,
    bytesLeft === 0 ? '' : `${bytesLeft} bytes left behind`,
  ].flatMap((fault) => (fault === '' ? [] : [`${policy}: ${fault}`]));
}
