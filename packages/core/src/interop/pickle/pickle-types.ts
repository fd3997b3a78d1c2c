import type { EcapaError } from '../../errors.js';

/** What a global named in a pickle stands for. These are the only functions that a pickle can reach. */
export interface PickleType {
  /** Answers REDUCE, NEWOBJ, OBJ and INST: makes the object from the call's arguments. */
  create(args: readonly unknown[], context: PickleContext): unknown;
  /** Answers BUILD: applies the state, and returns what takes the object's place on the stack. */
  build?(object: unknown, state: unknown, context: PickleContext): unknown;
}

/** The table of allowed globals, by `module.name`. */
export type PickleTypes = ReadonlyMap<string, PickleType>;

/** What the functions of the table may do. */
export interface PickleContext {
  /** A `PICKLE_INVALID` error with the place in the file. */
  fail(reason: string, cause?: unknown): EcapaError;
  /** The next bytes of the input, as joblib puts them between opcodes. A view, not a copy. */
  takeRaw(length: number): Uint8Array;
  /** A whole pickle embedded between opcodes. Only the given types are allowed in it. */
  readPickle(types: PickleTypes): unknown;
  /** Counts bytes that a function is about to allocate; refuses when they outgrow the file. */
  allocate(length: number): void;
}

/** A Python tuple. (A list is an array, a dict a Map, a set a Set, bytes a Uint8Array, None null.) */
export class PickleTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** An allowed global on the stack, not called yet. */
export class PickleGlobal {
  constructor(
    readonly name: string,
    readonly type: PickleType,
  ) {}
}
