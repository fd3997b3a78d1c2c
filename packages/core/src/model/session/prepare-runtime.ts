import { writeOnnx } from '../onnx-writer.js';
import { loadRuntime } from './load-runtime.js';
import { runtimeChoice } from './runtime-choice.js';

/**
 * Loads the runtime that a model is most likely to run on, and opens the smallest graph: a process's first session takes
 * 20 ms longer than the next. Throws as `loadRuntime` does.
 */
export async function prepareRuntime(): Promise<void> {
  const { runtime } = await loadRuntime(runtimeChoice());
  const value = { shape: ['length'] };
  const graph = {
    name: 'nothing',
    inputs: [{ name: 'in', ...value }],
    outputs: [{ name: 'out', ...value }],
    nodes: [{ operator: 'Identity', inputs: ['in'], outputs: ['out'] }],
    initializers: [],
  };
  const session = await runtime.open(writeOnnx(graph, 'ecapa'), 1);
  await session.release();
}
