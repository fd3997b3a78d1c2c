/** ONNX Runtime's native library, or the same runtime compiled to WebAssembly. */
export type RuntimeName = 'native' | 'wasm';

/** Float32 values, row-major. */
export interface FloatTensor {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** A loaded ONNX graph with float32 inputs and one float32 output of interest. */
export interface Session {
  /**
   * Computes `output` for inputs by name.
   * Rejects with the runtime's own error when a shape does not fit or the graph has no such tensors.
   */
  run(inputs: Readonly<Record<string, FloatTensor>>, output: string): Promise<Float32Array>;
  /** Frees the graph's memory. */
  release(): Promise<void>;
}

/** What opens sessions: the one place where a model meets an inference library. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Of ONNX Runtime. */
  readonly version: string;
  /** Loads an ONNX file's bytes. Rejects with the runtime's own error when they are not a graph that it can run. */
  open(onnx: Uint8Array, threads: number): Promise<Session>;
}

/** Why the native library is not used. */
export type RuntimeReasonCode =
  /** WebAssembly was asked for. */
  | 'requested'
  /** The native library has no build for this system or processor, or is not installed. */
  | 'no-build'
  /** It is there and does not load. */
  | 'load-failed';

/** Which runtime computes, and why. Plain data. */
export interface RuntimeInfo {
  readonly name: RuntimeName;
  readonly version: string;
  /** Absent when the native library is used. */
  readonly reason?: { readonly code: RuntimeReasonCode; readonly message: string };
}

/** The first line of what was thrown. */
export function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.slice(0, 300) ?? '';
}
