import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parsePickle } from '../../src/interop/pickle/pickle.js';
import type { PickleTuple, PickleType } from '../../src/interop/pickle/pickle-types.js';
import { fixturePath } from '../reference.js';
import { expectError } from './expect-error.js';
import { PickleWriter } from './pickle-writer.js';

const NO_TYPES = new Map<string, PickleType>();

function parse(bytes: Uint8Array, types: ReadonlyMap<string, PickleType> = NO_TYPES): unknown {
  return parsePickle(bytes, { file: 'x.pkl', types });
}

/** Text of a pickle with Python's escapes, one character a byte. */
function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Python's pickle.dumps({'a': [1, -2, 1234567890123, 1.5], 'b': (True, False, None), 'c': 'é€'}), protocols 0 and 2. */
const WRITTEN_BY_PYTHON = [
  'KGRwMApWYQpwMQoobHAyCkkxCmFJLTIKYUwxMjM0NTY3ODkwMTIzTAphRjEuNQphc1ZiCnAzCihJMDEKSTAwCk50cDQKc1ZjCnA1ClbpXHUyMGFjCnA2CnMu',
  'gAJ9cQAoWAEAAABhcQFdcQIoSwFK/v///4oGywT7cR8BRz/4AAAAAAAAZVgBAAAAYnEDiIlOh3EEWAEAAABjcQVYBQAAAMOp4oKscQZ1Lg==',
];

describe('pickle', () => {
  it('reads every kind of plain value', () => {
    const value = parse(
      new PickleWriter(4)
        .raw('}(')
        .text('int')
        .int(-7)
        .text('byte')
        .bytes(0x4b, 200)
        .text('long')
        .bytes(0x8a, 2, 0x00, 0xff)
        .text('big')
        .bytes(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1)
        .text('float')
        .bytes(0x47, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0)
        .text('none')
        .raw('N')
        .text('yes')
        .bytes(0x88)
        .text('bytes')
        .raw('C\x03abc')
        .text('list')
        .raw('](K\x01K\x02eK\x03a')
        .text('tuple')
        .raw('K\x01K\x02')
        .bytes(0x86)
        .text('set')
        .bytes(0x8f)
        .raw('(K\x01K\x01K\x02')
        .bytes(0x90)
        .raw('u')
        .finish(),
    ) as Map<string, unknown>;
    assert.equal(value.get('int'), -7);
    assert.equal(value.get('byte'), 200);
    assert.equal(value.get('long'), -256);
    assert.equal(value.get('big'), 2n ** 64n);
    assert.equal(value.get('float'), -1.5);
    assert.equal(value.get('none'), null);
    assert.equal(value.get('yes'), true);
    assert.deepEqual(Buffer.from(value.get('bytes') as Uint8Array).toString(), 'abc');
    assert.deepEqual(value.get('list'), [1, 2, 3]);
    assert.deepEqual((value.get('tuple') as PickleTuple).items, [1, 2]);
    assert.deepEqual(value.get('set'), new Set([1, 2]));
  });

  it('shares what the memo shares, cycles included', () => {
    const list = parse(latin1('\x80\x02]q\x00h\x00a.')) as unknown[];
    assert.equal(list[0], list);
  });

  it('reads what Python wrote', () => {
    for (const base64 of WRITTEN_BY_PYTHON) {
      const value = parse(Buffer.from(base64, 'base64')) as Map<string, unknown>;
      assert.deepEqual(value.get('a'), [1, -2, 1234567890123, 1.5]);
      assert.deepEqual((value.get('b') as PickleTuple).items, [true, false, null]);
      assert.equal(value.get('c'), 'é€');
    }
  });

  it('calls only functions of the table, with the arguments of the file', () => {
    const types = new Map<string, PickleType>([
      [
        'geometry.Point',
        {
          create: (args) => ({ args }),
          build: (object, state) => ({ ...(object as object), state }),
        },
      ],
    ]);
    const point = parse(
      new PickleWriter(2).global('geometry', 'Point').int(1).bytes(0x85).bytes(0x81).int(5).raw('b').finish(),
      types,
    );
    assert.deepEqual(point, { args: [1], state: 5 });
  });

  for (const [file, name] of [
    ['hostile.os_system.pkl', 'posix.system'],
    ['hostile.eval_nested.pkl', '__builtin__.eval'],
    ['unsupported.svc.pkl', 'sklearn.svm._classes.SVC'],
  ] as const) {
    it(`refuses ${file}, naming ${name}`, async () => {
      const bytes = readFileSync(fixturePath('sklearn', file));
      await expectError(() => parse(bytes), 'PICKLE_FORBIDDEN', new RegExp(name.replaceAll('.', '\\.')));
    });
  }

  it('names a global however it is spelt', async () => {
    const spellings = ['cos\nsystem\n.', '(ios\nsystem\n.', '\x80\x04\x8c\x02os\x8c\x06system\x93.'];
    for (const text of spellings) {
      await expectError(() => parse(latin1(text)), 'PICKLE_FORBIDDEN', /os\.system/);
    }
    // A name of an object's prototype is not in the table either.
    await expectError(() => parse(latin1('c__proto__\nconstructor\n.')), 'PICKLE_FORBIDDEN');
  });

  it('keeps keys such as __proto__ as data', () => {
    const value = parse(new PickleWriter().raw('}').text('__proto__').int(1).raw('s').finish());
    assert.deepEqual([...(value as Map<unknown, unknown>)], [['__proto__', 1]]);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  const BROKEN: ReadonlyArray<readonly [string, string]> = [
    ['an empty file', ''],
    ['a file cut before its end', '\x80\x02]q\x00'],
    ['a protocol of the future', '\x80\x06N.'],
    ['text longer than the file', '\x80\x02X\xff\xff\xff\x7fabc.'],
    ['bytes longer than the file', '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.'],
    ['a frame longer than the file', '\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.'],
    ['an enormous integer', `\x80\x02\x8b\x00\x10\x00\x00${'\x01'.repeat(4096)}.`],
    ['text that is not UTF-8', '\x80\x02X\x01\x00\x00\x00\xff.'],
    ['a pop from nothing', '0.'],
    ['a tuple of nothing', '\x85.'],
    ['a memo that was never written', 'h\x05.'],
    ['a mark that was never set', 't.'],
    ['an append to a number', 'K\x01K\x02a.'],
    ['an item for a list', ']K\x01K\x02s.'],
    ['a key without a value', '}(K\x01u.'],
    ['a call of a number', 'K\x01)R.'],
    ['a state for a list', ']Nb.'],
    ['a persistent id', 'Pabc\n.'],
    ['an extension code', '\x82\x01.'],
    ['an out-of-band buffer', '\x97.'],
    ['values left over', 'NN.'],
    ['an unknown instruction', '\xff.'],
  ];
  for (const [title, text] of BROKEN) {
    it(`refuses ${title}`, async () => {
      await expectError(() => parse(latin1(text)), 'PICKLE_INVALID', /x\.pkl/);
    });
  }

  it('stops a pickle that only wants memory', async () => {
    const dicts = Buffer.concat([Buffer.alloc(1_000_000, '}'), latin1('.')]);
    await expectError(() => parse(dicts), 'PICKLE_INVALID', /200000 instructions/);
  });
});
