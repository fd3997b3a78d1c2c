import type { Scores } from '../heads/evaluate/scores.js';

/** What `ecapa evaluate` found; also the shape of its `--json`. */
export interface Evaluation {
  readonly head: string;
  readonly model: string;
  /** The folder or list that was evaluated, as the user named it. */
  readonly source: string;
  readonly scores: Scores;
  readonly files: readonly {
    readonly file: string;
    readonly label: string;
    /** The verdict: a label of the head's, or `unknown`. */
    readonly predicted: string;
    readonly probability: number;
  }[];
  /** Clips of a folder called `unknown`, which a rejecting head should refuse. */
  readonly strangers?: { readonly clips: number; readonly rejected: number };
  /** What makes the scores doubtful. */
  readonly notes: readonly string[];
  readonly failures: readonly {
    readonly file: string;
    readonly error: { readonly code: string; readonly message: string };
  }[];
}
