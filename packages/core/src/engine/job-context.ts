import type { Embedder } from '../model/embedder.js';
import type { SourcePiece } from './protocol.js';

/** A model, ready to be used. */
export interface OpenEngine {
  readonly embedder: Embedder;
  readonly ffmpegPath: string | undefined;
  /** Cores that a job may use. */
  readonly threads: number;
}

/** What a job may use of the worker it runs in. */
export interface JobContext extends OpenEngine {
  readonly inbox: AsyncIterable<SourcePiece> | undefined;
  readonly signal: AbortSignal;
}
