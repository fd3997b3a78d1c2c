import assert from 'node:assert/strict';
import { parseClipList } from '../../src/clips/clip-list.js';

describe('parseClipList', () => {
  it('reads CSV: quotes, commas, a byte-order mark, other columns, any order of columns', () => {
    const text =
      '\uFEFFLabel, note ,path,group\r\nowl,"a, b","dir/x ""1"".wav",night\r\n\r\ncrow,,y.wav,\r\n';
    assert.deepEqual(parseClipList(text, 'csv', 'list.csv'), [
      { path: 'dir/x "1".wav', label: 'owl', group: 'night' },
      { path: 'y.wav', label: 'crow' },
    ]);
  });

  it('reads JSON lines', () => {
    const text = '{"path":"a.wav","label":"x","extra":1}\n\n{"path":"b.wav","label":"y","group":"g"}\n';
    assert.deepEqual(parseClipList(text, 'jsonl', 'list.jsonl'), [
      { path: 'a.wav', label: 'x' },
      { path: 'b.wav', label: 'y', group: 'g' },
    ]);
  });

  const bad: [string, 'csv' | 'jsonl', string, RegExp][] = [
    ['an empty file', 'csv', '', /lists no clip/],
    ['only a header', 'csv', 'path,label\n', /lists no clip/],
    ['no label column', 'csv', 'path,class\na.wav,x\n', /line 2 has no "label"/],
    ['an empty label', 'csv', 'path,label\na.wav,x\nb.wav,\n', /line 3 has no "label"/],
    ['a line with too few columns', 'csv', 'path,label\na.wav\n', /2/],
    [
      'an address',
      'csv',
      'path,label\nhttp://me:pw@host/a.wav,x\n',
      /: line 2 names an address; download it/,
    ],
    [
      'an address with a slash too few',
      'csv',
      'path,label\nhttp:/me:pw@host/a.wav,x\n',
      /: line 2 names an address/,
    ],
    ['an open quote', 'csv', 'path,label\n"a.wav,x\n', /[Qq]uote/],
    ['a line that is not JSON', 'jsonl', '{"path":"a","label":"b"}\nnope\n', /line 2 is not JSON/],
    ['a line that is not an object', 'jsonl', '5\n', /line 1 is not a JSON object/],
    ['a number as label', 'jsonl', '{"path":"a","label":5}\n', /line 1 has no "label"/],
    [
      'a label from the prototype',
      'jsonl',
      '{"path":"a","__proto__":{"label":"x"}}\n',
      /line 1 has no "label"/,
    ],
  ];
  for (const [name, format, text, message] of bad) {
    it(`refuses ${name}, naming file and line`, () => {
      assert.throws(() => parseClipList(text, format, 'the list'), {
        code: 'CLIP_LIST_INVALID',
        file: 'the list',
        message,
      });
    });
  }
});
