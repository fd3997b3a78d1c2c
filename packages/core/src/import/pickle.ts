import { EcapaError } from '../errors.js';
import { PickleBytes } from './pickle-bytes.js';
import { NO_LITERAL, readLiteral } from './pickle-literals.js';

/** What a global named in a pickle stands for. These are the only functions that a pickle can reach. */
export interface PickleType {
  /** Answers REDUCE, NEWOBJ, OBJ and INST: makes the object from the call's arguments. */
  create(args: readonly unknown[], context: PickleContext): unknown;
  /** Answers BUILD: applies the state, and returns what takes the object's place on the stack. */
  build?(object: unknown, state: unknown, context: PickleContext): unknown;
}

/** The table of allowed globals, by `module.name`. */
export type PickleTypes = ReadonlyMap<string, PickleType>;

export interface PickleOptions {
  /** What messages call the input. */
  readonly file: string;
  readonly types: PickleTypes;
  /** Answers PERSID and BINPERSID; without it a persistent id is an error. */
  readonly persistentLoad?: (id: unknown, context: PickleContext) => unknown;
  /** The error for a global that is not in the table; by default `PICKLE_FORBIDDEN`. */
  readonly refuse?: (module: string, name: string) => EcapaError | undefined;
  /** More opcodes than this are refused: it bounds memory whatever the input. Default 200,000. */
  readonly maxOperations?: number;
}

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

const DEFAULT_MAX_OPERATIONS = 200_000;
/** Functions of the table may allocate this many times the file's size, and never less than 1 MiB. */
const ALLOCATION_FACTOR = 8;
const MIN_ALLOCATION_BYTES = 1 << 20;

/**
 * Reads a pickle of protocol 0 to 5 as data. It is an interpreter of the pickle opcodes (CPython's
 * Lib/pickletools.py documents them) in which a global can only be one of `types`: nothing is imported,
 * looked up or executed by name. Time and memory are bounded by the input's size; no call recurses.
 *
 * Throws `PICKLE_FORBIDDEN` naming a global that is not allowed, `PICKLE_INVALID` for a broken pickle.
 */
export function parsePickle(bytes: Uint8Array, options: PickleOptions): unknown {
  return new PickleMachine(new PickleBytes(bytes, options.file), options).run();
}

class PickleMachine implements PickleContext {
  readonly #bytes: PickleBytes;
  readonly #options: PickleOptions;
  readonly #memo = new Map<number, unknown>();
  /** Stacks below the current MARKs. */
  readonly #marks: unknown[][] = [];
  /** Which type made an object, for BUILD. */
  readonly #madeBy = new WeakMap<object, PickleType>();
  #stack: unknown[] = [];
  #operations = 0;
  #allocatedBytes = 0;

  constructor(bytes: PickleBytes, options: PickleOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  fail(reason: string, cause?: unknown): EcapaError {
    return this.#bytes.fail(reason, cause);
  }

  takeRaw(length: number): Uint8Array {
    return this.#bytes.take(length);
  }

  allocate(length: number): void {
    this.#allocatedBytes += length;
    const limit = Math.max(MIN_ALLOCATION_BYTES, ALLOCATION_FACTOR * this.#bytes.lengthBytes);
    if (this.#allocatedBytes > limit) throw this.fail('its content outgrows the file');
  }

  readPickle(types: PickleTypes): unknown {
    const maxOperations = this.#maxOperations - this.#operations;
    return new PickleMachine(this.#bytes, { ...this.#options, types, maxOperations }).run();
  }

  get #maxOperations(): number {
    return this.#options.maxOperations ?? DEFAULT_MAX_OPERATIONS;
  }

  run(): unknown {
    for (;;) {
      if (this.#operations++ >= this.#maxOperations) {
        throw this.fail(`more than ${this.#maxOperations} instructions`);
      }
      const opcode = this.#bytes.uint8();
      if (opcode === 0x2e /* STOP */) {
        if (this.#stack.length !== 1 || this.#marks.length > 0) throw this.fail('an untidy end');
        return this.#pop();
      }
      this.#execute(opcode);
    }
  }

  #execute(opcode: number): void {
    const bytes = this.#bytes;
    const literal = readLiteral(opcode, bytes);
    if (literal !== NO_LITERAL) {
      this.#push(literal);
      return;
    }
    switch (opcode) {
      // Framing
      case 0x80: {
        const protocol = bytes.uint8();
        if (protocol > 5) throw this.fail(`pickle protocol ${protocol}; up to 5 are known`);
        break;
      }
      case 0x95: // FRAME
        bytes.length64();
        break;

      case 0x98: // READONLY_BUFFER: everything here is read-only already
        break;

      // Stack and memo
      case 0x28: // MARK
        this.#marks.push(this.#stack);
        this.#stack = [];
        break;
      case 0x30: // POP
        this.#pop();
        break;
      case 0x31: // POP_MARK
        this.#popMark();
        break;
      case 0x32: // DUP
        this.#push(this.#top());
        break;
      case 0x70: // PUT
        this.#remember(bytes.decimalLine());
        break;
      case 0x71: // BINPUT
        this.#remember(bytes.uint8());
        break;
      case 0x72: // LONG_BINPUT
        this.#remember(bytes.uint32());
        break;
      case 0x94: // MEMOIZE
        this.#remember(this.#memo.size);
        break;
      case 0x67: // GET
        this.#recall(bytes.decimalLine());
        break;
      case 0x68: // BINGET
        this.#recall(bytes.uint8());
        break;
      case 0x6a: // LONG_BINGET
        this.#recall(bytes.uint32());
        break;

      // Containers
      case 0x29: // EMPTY_TUPLE
        this.#push(new PickleTuple([]));
        break;
      case 0x74: // TUPLE
        this.#push(new PickleTuple(this.#popMark()));
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#push(new PickleTuple(this.#popMany(opcode - 0x84)));
        break;
      case 0x5d: // EMPTY_LIST
        this.#push([]);
        break;
      case 0x6c: // LIST
        this.#push(this.#popMark());
        break;
      case 0x61: // APPEND
        this.#append(this.#popMany(1));
        break;
      case 0x65: // APPENDS
        this.#append(this.#popMark());
        break;
      case 0x7d: // EMPTY_DICT
        this.#push(new Map());
        break;
      case 0x64: {
        // DICT
        const items = this.#popMark();
        this.#push(new Map());
        this.#setItems(items);
        break;
      }
      case 0x73: // SETITEM
        this.#setItems(this.#popMany(2));
        break;
      case 0x75: // SETITEMS
        this.#setItems(this.#popMark());
        break;
      case 0x8f: // EMPTY_SET
        this.#push(new Set());
        break;
      case 0x91: // FROZENSET
        this.#push(new Set(this.#popMark()));
        break;
      case 0x90: // ADDITEMS
        this.#addItems(this.#popMark());
        break;

      // Globals and objects
      case 0x63: // GLOBAL
        this.#push(this.#global(bytes.line(), bytes.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        this.#push(this.#global(this.#pop(), name));
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.#pop();
        this.#call(this.#pop(), args);
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        const keywords = this.#pop();
        if (!(keywords instanceof Map) || keywords.size > 0) throw this.fail('keyword arguments');
        const args = this.#pop();
        this.#call(this.#pop(), args);
        break;
      }
      case 0x69: {
        // INST
        const type = this.#global(bytes.line(), bytes.line());
        this.#call(type, new PickleTuple(this.#popMark()));
        break;
      }
      case 0x6f: {
        // OBJ
        const [type, ...args] = this.#popMark();
        this.#call(type, new PickleTuple(args));
        break;
      }
      case 0x62: // BUILD
        this.#build(this.#pop());
        break;
      case 0x50: // PERSID
        this.#persistent(bytes.line());
        break;
      case 0x51: // BINPERSID
        this.#persistent(this.#pop());
        break;
      default:
        // EXT1, EXT2, EXT4 and NEXT_BUFFER refer to things outside the file and land here too.
        throw this.fail(`instruction 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw this.fail('an empty stack');
    return this.#stack.pop();
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length < count) throw this.fail('an empty stack');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw this.fail('an empty stack');
    return this.#stack[this.#stack.length - 1];
  }

  #popMark(): unknown[] {
    const below = this.#marks.pop();
    if (below === undefined) throw this.fail('no mark on the stack');
    const items = this.#stack;
    this.#stack = below;
    return items;
  }

  #remember(index: number | bigint): void {
    if (typeof index === 'bigint') throw this.fail('a memo index out of range');
    this.#memo.set(index, this.#top());
  }

  #recall(index: number | bigint): void {
    if (typeof index === 'bigint' || !this.#memo.has(index)) throw this.fail(`nothing in memo ${index}`);
    this.#push(this.#memo.get(index));
  }

  #append(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.fail('an append to something that is no list');
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.fail('an item for something that is no dict');
    if (items.length % 2 !== 0) throw this.fail('a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  #addItems(items: readonly unknown[]): void {
    const set = this.#top();
    if (!(set instanceof Set)) throw this.fail('an item for something that is no set');
    for (const item of items) set.add(item);
  }

  #global(module: unknown, name: unknown): PickleGlobal {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.fail('a global without a name');
    const fullName = `${module}.${name}`;
    const type = this.#options.types.get(fullName);
    if (type) return new PickleGlobal(fullName, type);
    throw this.#options.refuse?.(module, name) ?? this.#forbidden(fullName);
  }

  #forbidden(fullName: string): EcapaError {
    const { file } = this.#bytes;
    const shown = JSON.stringify(fullName.length > 120 ? `${fullName.slice(0, 120)}…` : fullName).slice(
      1,
      -1,
    );
    return new EcapaError(
      'PICKLE_FORBIDDEN',
      `${file}: it names ${shown}, which is not part of what this file should hold. Nothing in it was executed. ` +
        'Do not open it with Python unless you trust where it came from.',
      { file },
    );
  }

  #call(target: unknown, args: unknown): void {
    if (!(target instanceof PickleGlobal)) throw this.fail('a call of something that is no global');
    if (!(args instanceof PickleTuple)) throw this.fail('arguments that are no tuple');
    const object = target.type.create(args.items, this);
    if (typeof object === 'object' && object !== null) this.#madeBy.set(object, target.type);
    this.#push(object);
  }

  #build(state: unknown): void {
    const object = this.#pop();
    const type = typeof object === 'object' && object !== null ? this.#madeBy.get(object) : undefined;
    if (!type?.build) throw this.fail('a state for something that has none');
    this.#push(type.build(object, state, this));
  }

  #persistent(id: unknown): void {
    const load = this.#options.persistentLoad;
    if (!load) throw this.fail('a reference to something outside the file');
    this.#push(load(id, this));
  }
}
