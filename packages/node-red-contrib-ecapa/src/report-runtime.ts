import type { Classifier } from '@ecapa/core';
import type { NodeAPI } from 'node-red';

const reported = new Set<string>();

/** Logs once which runtime computes: as a warning with the reason where the native library was to be used and is not. */
export function reportRuntime(RED: NodeAPI, { model: { runtime } }: Classifier): void {
  const { name, version, reason } = runtime;
  const text = `ecapa: ONNX Runtime ${version}, ${name === 'native' ? 'native library' : 'WebAssembly'}`;
  const message = reason === undefined ? text : `${text}: ${reason.message}`;
  if (reported.has(message)) return;
  reported.add(message);
  if (reason === undefined || reason.code === 'requested') RED.log.info(message);
  else RED.log.warn(`${message}. Verdicts are the same and take several times as long.`);
}
