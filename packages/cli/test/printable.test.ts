import assert from 'node:assert/strict';
import { jsonLine, printable } from '../src/terminal/printable.js';

describe('printable', () => {
  for (const [what, name, shown] of [
    ['leaves names of all scripts alone', 'Ä – 日本語 🎵.wav', 'Ä – 日本語 🎵.wav'],
    ['escapes what moves the cursor or colours', 'a\x1b[2Jb\x07.wav', 'a\\x1b[2Jb\\x07.wav'],
    ['escapes line breaks', 'a\nb\r\u2028c', 'a\\x0ab\\x0d\\u2028c'],
    ['escapes C1 controls and DEL', 'a\x9b31mb\x7f', 'a\\x9b31mb\\x7f'],
    ['escapes what turns the direction of text', 'a\u202egpj.wav\u2066', 'a\\u202egpj.wav\\u2066'],
    ['escapes bytes that are no UTF-8, and halves of characters', 'caf\udce9 \ud83c', 'caf\\xe9 \\ud83c'],
  ] as const) {
    it(what, () => assert.equal(printable(name), shown));
  }

  it('keeps JSON what it is', () => {
    const value = { file: 'a\x1b\u202e\x9b\u2066\n"ä"🎵' };
    const line = jsonLine(value);
    assert.deepEqual(JSON.parse(line), value);
    assert.match(line, /^[ -~ä🎵]+\n$/u);
  });

  it('makes JSON well-formed, in keys too', () => {
    const line = jsonLine({ 'caf\udce9': ['\udce9\udcea', '\\udce9', '\\\udce9', '🎵\ud83c'] });
    assert.deepEqual(JSON.parse(line), { 'caf\\xe9': ['\\xe9\\xea', '\\udce9', '\\\\xe9', '🎵\\ud83c'] });
  });
});
