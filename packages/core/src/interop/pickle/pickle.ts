import { EcapaError } from '../../errors.js';
import { PickleBytes } from './pickle-bytes.js';
import { NO_LITERAL, readLiteral } from './pickle-literals.js';
import { PickleStack } from './pickle-stack.js';
import {
  type PickleContext,
  PickleGlobal,
  PickleTuple,
  type PickleType,
  type PickleTypes,
} from './pickle-types.js';

export interface PickleOptions {
  /** What messages call the input. */
  readonly file: string;
  readonly types: PickleTypes;
  /** Answers PERSID and BINPERSID; without it a persistent id is an error. */
  readonly persistentLoad?: (id: unknown, context: PickleContext) => unknown;
  /** The error for a global that is not in the table; by default `PICKLE_FORBIDDEN`. */
  readonly refuse?: (module: string, name: string) => EcapaError | undefined;
  /** More opcodes than this are refused: it bounds memory for any input. Default 200,000. */
  readonly maxOperations?: number;
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
  readonly #stack = new PickleStack((reason) => this.fail(reason));
  /** Which type made an object, for BUILD. */
  readonly #madeBy = new WeakMap<object, PickleType>();
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
      if (opcode === 0x2e /* STOP */) return this.#stack.result();
      this.#execute(opcode);
    }
  }

  #execute(opcode: number): void {
    const bytes = this.#bytes;
    const stack = this.#stack;
    const literal = readLiteral(opcode, bytes);
    if (literal !== NO_LITERAL) {
      stack.push(literal);
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
        stack.mark();
        break;
      case 0x30: // POP
        stack.pop();
        break;
      case 0x31: // POP_MARK
        stack.popMark();
        break;
      case 0x32: // DUP
        stack.push(stack.top());
        break;
      case 0x70: // PUT
        stack.remember(bytes.decimalLine());
        break;
      case 0x71: // BINPUT
        stack.remember(bytes.uint8());
        break;
      case 0x72: // LONG_BINPUT
        stack.remember(bytes.uint32());
        break;
      case 0x94: // MEMOIZE
        stack.remember(stack.memoSize);
        break;
      case 0x67: // GET
        stack.recall(bytes.decimalLine());
        break;
      case 0x68: // BINGET
        stack.recall(bytes.uint8());
        break;
      case 0x6a: // LONG_BINGET
        stack.recall(bytes.uint32());
        break;

      // Containers
      case 0x29: // EMPTY_TUPLE
        stack.push(new PickleTuple([]));
        break;
      case 0x74: // TUPLE
        stack.push(new PickleTuple(stack.popMark()));
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(new PickleTuple(stack.popMany(opcode - 0x84)));
        break;
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        break;
      case 0x6c: // LIST
        stack.push(stack.popMark());
        break;
      case 0x61: // APPEND
        stack.append(stack.popMany(1));
        break;
      case 0x65: // APPENDS
        stack.append(stack.popMark());
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x64: {
        // DICT
        const items = stack.popMark();
        stack.push(new Map());
        stack.setItems(items);
        break;
      }
      case 0x73: // SETITEM
        stack.setItems(stack.popMany(2));
        break;
      case 0x75: // SETITEMS
        stack.setItems(stack.popMark());
        break;
      case 0x8f: // EMPTY_SET
        stack.push(new Set());
        break;
      case 0x91: // FROZENSET
        stack.push(new Set(stack.popMark()));
        break;
      case 0x90: // ADDITEMS
        stack.addItems(stack.popMark());
        break;

      // Globals and objects
      case 0x63: // GLOBAL
        stack.push(this.#global(bytes.line(), bytes.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = stack.pop();
        stack.push(this.#global(stack.pop(), name));
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = stack.pop();
        this.#call(stack.pop(), args);
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        const keywords = stack.pop();
        if (!(keywords instanceof Map) || keywords.size > 0) throw this.fail('keyword arguments');
        const args = stack.pop();
        this.#call(stack.pop(), args);
        break;
      }
      case 0x69: {
        // INST
        const type = this.#global(bytes.line(), bytes.line());
        this.#call(type, new PickleTuple(stack.popMark()));
        break;
      }
      case 0x6f: {
        // OBJ
        const [type, ...args] = stack.popMark();
        this.#call(type, new PickleTuple(args));
        break;
      }
      case 0x62: // BUILD
        this.#build(stack.pop());
        break;
      case 0x50: // PERSID
        this.#persistent(bytes.line());
        break;
      case 0x51: // BINPERSID
        this.#persistent(stack.pop());
        break;
      default:
        // EXT1, EXT2, EXT4 and NEXT_BUFFER refer to things outside the file and land here too.
        throw this.fail(`instruction 0x${opcode.toString(16).padStart(2, '0')}`);
    }
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
    if (!(target instanceof PickleGlobal)) throw this.fail('a call of something that is not a global');
    if (!(args instanceof PickleTuple)) throw this.fail('arguments that are no tuple');
    const object = target.type.create(args.items, this);
    if (typeof object === 'object' && object !== null) this.#madeBy.set(object, target.type);
    this.#stack.push(object);
  }

  #build(state: unknown): void {
    const object = this.#stack.pop();
    const type = typeof object === 'object' && object !== null ? this.#madeBy.get(object) : undefined;
    if (!type?.build) throw this.fail('a state for something that has none');
    this.#stack.push(type.build(object, state, this));
  }

  #persistent(id: unknown): void {
    const load = this.#options.persistentLoad;
    if (!load) throw this.fail('a reference to something outside the file');
    this.#stack.push(load(id, this));
  }
}
