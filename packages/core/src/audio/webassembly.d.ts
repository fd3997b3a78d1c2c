// The part of WebAssembly's JavaScript interface used here. @types/node does not declare it, and the
// `dom` library would bring a browser's globals along.
declare namespace WebAssembly {
  class Module {
    private constructor();
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: Record<string, Record<string, (...values: never[]) => unknown>>);
  }
  class RuntimeError extends Error {}
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** By so many pages of 64 KiB. */
    grow(pages: number): number;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
