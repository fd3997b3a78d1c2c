import type {
  Clip,
  ErrorData,
  ImportSklearnOptions,
  ImportSpeechbrainOptions,
  Manifest,
  ModelInfo,
  TeachingReport,
  TeachOptions,
} from '@ecapa/core';

/** Work that takes the processor for seconds and needs no worker of the engine, with what it takes and gives. */
export interface Tasks {
  /** Trains a head, with its test, and writes it. */
  readonly train: {
    readonly input: {
      readonly clips: readonly Clip[];
      readonly options: Omit<TeachOptions, 'signal'>;
      readonly output: string;
    };
    readonly result: { readonly head: HeadSummary; readonly report: TeachingReport };
  };
  readonly importSklearn: {
    readonly input: {
      readonly file: string;
      readonly output: string;
      readonly options: ImportSklearnOptions;
    };
    readonly result: {
      readonly head: HeadSummary;
      readonly estimator: string;
      readonly modelIdAssumed: boolean;
    };
  };
  readonly importSpeechbrain: {
    readonly input: {
      readonly directory: string;
      readonly output: string;
      readonly options: ImportSpeechbrainOptions;
    };
    readonly result: { readonly info: ModelInfo; readonly hasHyperparams: boolean };
  };
  readonly pull: {
    readonly input: {
      readonly id: string;
      readonly mirror?: string | undefined;
      /** Another one than this extension's. */
      readonly manifest?: Manifest | undefined;
    };
    readonly result: { readonly directory: string; readonly info: ModelInfo };
  };
}

export type TaskKind = keyof Tasks;

/** What is told of a head without its numbers. */
export interface HeadSummary {
  readonly id: string;
  readonly modelId: string;
  readonly labels: readonly string[];
}

/** How far a task is, in whatever it counts: bytes of a named file. */
export interface TaskProgress {
  readonly name: string;
  readonly done: number;
  readonly total: number | undefined;
}

export type ToTaskProcess =
  | {
      readonly [Kind in TaskKind]: {
        readonly type: 'run';
        readonly kind: Kind;
        readonly input: Tasks[Kind]['input'];
      };
    }[TaskKind]
  | { readonly type: 'cancel' };

export type FromTaskProcess =
  | { readonly type: 'progress'; readonly progress: TaskProgress }
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly error: ErrorData };
