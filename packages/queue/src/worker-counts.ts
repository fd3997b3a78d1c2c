/** What a worker has done since it was started. */
export interface WorkerCounts {
  /** Files that ended with a value. */
  readonly done: number;
  /** Files that ended with an error, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Attempts that failed and are made again. */
  readonly retries: number;
  /** Jobs put back because this worker lacks their model, head or version. */
  readonly refusals: number;
  /** Files under way. */
  readonly running: number;
  /** Audio in the files done. */
  readonly audioSeconds: number;
  /** Time spent on files that have ended, all of them added up. */
  readonly fileSeconds: number;
  /** Processes of the pool that died and were replaced. */
  readonly crashes: number;
  readonly uptimeSeconds: number;
}

/** Counts in the text format of Prometheus. */
export function prometheusText(counts: WorkerCounts): string {
  const lines: string[] = [];
  const metric = (
    name: string,
    type: string,
    help: string,
    samples: readonly (readonly [string, number])[],
  ): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`${name}${labels} ${value}`);
  };
  const files = Object.entries(counts.errors).map(([code, n]) => [`{outcome="${code}"}`, n] as const);
  metric('ecapa_worker_files_total', 'counter', 'Files that have ended, by outcome.', [
    ['{outcome="done"}', counts.done],
    ...files,
  ]);
  const single = (name: string, type: string, help: string, value: number): void =>
    metric(name, type, help, [['', value]]);
  single('ecapa_worker_retries_total', 'counter', 'Attempts that failed and are made again.', counts.retries);
  single(
    'ecapa_worker_refusals_total',
    'counter',
    'Jobs put back: model, head or version is missing.',
    counts.refusals,
  );
  single('ecapa_worker_files_running', 'gauge', 'Files under way.', counts.running);
  single('ecapa_worker_audio_seconds_total', 'counter', 'Audio in the files done.', counts.audioSeconds);
  single(
    'ecapa_worker_file_seconds_total',
    'counter',
    'Time spent on files that have ended.',
    counts.fileSeconds,
  );
  single(
    'ecapa_worker_process_crashes_total',
    'counter',
    'Pool processes that died and were replaced.',
    counts.crashes,
  );
  single('ecapa_worker_uptime_seconds', 'gauge', 'Since the worker was started.', counts.uptimeSeconds);
  return `${lines.join('\n')}\n`;
}
