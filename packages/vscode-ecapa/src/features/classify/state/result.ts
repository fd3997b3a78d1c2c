import type { ClassifyResult, ErrorData } from '@ecapa/core';
import type { EngineIdentity, FileStamp, Staleness } from '@ecapa/core/host';

/** A verdict as it is kept: core's, without what only concerns the moment. */
export type Verdict = Omit<ClassifyResult, 'embedding' | 'timings'>;

/** A file that waits for its verdict, or is at work. */
interface Active<State> {
  readonly uri: string;
  readonly state: State;
  /** Of a long recording: how far it is. */
  readonly doneSeconds?: number;
  readonly totalSeconds?: number;
  /** What was known before, and will be again when the run is cancelled. */
  readonly previous?: SettledResult;
}

export type ActiveResult = Active<'queued'> | Active<'running'>;

export interface DoneResult {
  readonly uri: string;
  readonly state: 'done';
  readonly verdict: Verdict;
  readonly stamp: FileStamp;
  readonly identity: EngineIdentity;
  readonly staleness?: Staleness;
  /** The label that a person gave it. */
  readonly correctedLabel?: string;
}

export interface FailedResult {
  readonly uri: string;
  readonly state: 'failed';
  readonly error: ErrorData;
  readonly stamp?: FileStamp;
  /** What a person said it is before it failed: work that the next verdict is to have again. */
  readonly correctedLabel?: string;
}

/** What outlives a run and the window. */
export type SettledResult = DoneResult | FailedResult;

/** What is known of one file. Plain data: it is kept as JSON. `uri` is the file's `Uri.toString()`. */
export type Result = ActiveResult | SettledResult;

/** What is known for good: of a file at work, what was known before. */
export function settled(result: Result | undefined): SettledResult | undefined {
  return result?.state === 'queued' || result?.state === 'running' ? result.previous : result;
}

/** The label that counts: a person's, and the head's verdict where nobody has given one. */
export function labelInForce({
  correctedLabel,
  verdict,
}: Pick<DoneResult, 'correctedLabel' | 'verdict'>): string {
  return correctedLabel ?? verdict.label;
}

/** Labels that can be heard, the one in force among them; undefined where the head does not know. */
export function labelsContained(
  result: Pick<DoneResult, 'correctedLabel' | 'verdict'>,
): readonly string[] | undefined {
  const { present, probabilities } = result.verdict;
  if (present === undefined) return undefined;
  const label = labelInForce(result);
  const isSound = result.correctedLabel !== undefined || Object.hasOwn(probabilities, label);
  return isSound && !present.includes(label) ? [label, ...present] : present;
}

/** Recordings that a person has put another label on, with it. */
export function correctedResults(store: {
  all(): readonly Result[];
}): readonly { readonly uri: string; readonly label: string }[] {
  return store
    .all()
    .flatMap((result) =>
      result.state === 'done' && result.correctedLabel !== undefined
        ? [{ uri: result.uri, label: result.correctedLabel }]
        : [],
    );
}
