/** BullMQ's default prefix, under which dashboards look for queues. */
export const PREFIX = 'bull';

/**
 * The Redis keys of a queue that BullMQ has not already. All begin with `bull:NAME:`, so that one ACL pattern covers a
 * queue.
 */
export interface QueueKeys {
  /** Hash of a job, BullMQ's. */
  job(id: string): string;
  /** Sorted sets of the ids of jobs that have ended, BullMQ's. */
  readonly completed: string;
  readonly failed: string;
  /** Hash: settings id -> settings as canonical JSON. */
  readonly settings: string;
  /** Hash: settings id -> why a worker could not serve it. */
  readonly refusals: string;
  /** Hash: counts of what has been collected. */
  readonly counts: string;
  /** Hash: error code -> files that ended so. */
  readonly errors: string;
  /** Sorted set: file -> seconds, the slowest only. */
  readonly slowest: string;
  /** Sorted set: worker -> when it was last seen, in milliseconds since 1970. */
  readonly workers: string;
  /** Exists while a `submit` is at work. */
  readonly submitting: string;
  /** Hash: output id -> where it is. */
  readonly outputs: string;
  /** Sorted set of jobs that belong to an output: 0 completed, 1 failed. */
  claimed(output: string): string;
  /** Size of the output, in bytes, when its jobs were claimed. */
  claimSize(output: string): string;
  /** Who writes the output now; expires. */
  lease(output: string): string;
  /** Hash of the ids of jobs that have been added; the first four digits of an id choose which. */
  ledger(digits: string): string;
  /** Pattern of all keys that are not BullMQ's. */
  readonly own: string;
}

export function queueKeys(name: string): QueueKeys {
  const key = (part: string): string => `${PREFIX}:${name}:${part}`;
  const own = (part: string): string => key(`ecapa:${part}`);
  return {
    job: key,
    completed: key('completed'),
    failed: key('failed'),
    settings: own('settings'),
    refusals: own('refusals'),
    counts: own('counts'),
    errors: own('errors'),
    slowest: own('slowest'),
    workers: own('workers'),
    submitting: own('submitting'),
    outputs: own('outputs'),
    claimed: (output) => own(`claimed:${output}`),
    claimSize: (output) => own(`claim-size:${output}`),
    lease: (output) => own(`lease:${output}`),
    ledger: (digits) => own(`ledger:${digits}`),
    own: own('*'),
  };
}

/** Throws RangeError for what cannot be the name of a queue. */
export function checkQueueName(name: string): void {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
    throw new RangeError(
      `name: expected 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit, got "${name}"`,
    );
  }
}
