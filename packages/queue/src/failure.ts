import { ERROR_CODES, type ErrorCode, toErrorData } from '@ecapa/core';
import type { JournalFailure } from '@ecapa/core/host';
import { type JobData, jobTitle } from './job.js';

/** What BullMQ keeps of a failed attempt, and dashboards show: JSON with the file, the code and the message. */
export function failureText(file: string, error: unknown): string {
  const { code, message } = toErrorData(error, 'INFERENCE_FAILED');
  return JSON.stringify({ file, code, message });
}

/** The reverse; also for the reasons that BullMQ gives itself. */
export function parseFailure(text: string, data: JobData | undefined): JournalFailure {
  const title = data === undefined ? 'a job that cannot be read' : jobTitle(data);
  try {
    const { file, code, message }: Record<string, unknown> = JSON.parse(text);
    if (typeof file === 'string' && typeof message === 'string' && isCode(code))
      return { file, failure: { code, message } };
  } catch {
    // Not ours: BullMQ reports that the job was taken up too often by workers that then died.
  }
  const advice =
    'The worker processing it ended too often; the file may be the cause. Submit it again to retry.';
  return { file: title, failure: { code: 'WORKER_CRASHED', message: `${title}: ${text}. ${advice}` } };
}

function isCode(value: unknown): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}
