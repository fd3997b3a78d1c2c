import assert from 'node:assert/strict';
import { canonicalJson } from '../src/canonical-json.js';

describe('canonicalJson', () => {
  it('writes equal data as equal text', () => {
    assert.equal(
      canonicalJson({ b: [{ y: 1, x: 2 }], a: Float64Array.of(1.5), c: undefined }),
      '{"a":[1.5],"b":[{"x":2,"y":1}]}',
    );
    // RFC 8785: by UTF-16 code units, names that look like numbers too.
    assert.equal(canonicalJson({ 9: null, 10: true, B: 'é', a: -0 }), '{"10":true,"9":null,"B":"é","a":0}');
    assert.equal(canonicalJson([undefined, Number.NaN]), '[null,null]');
  });

  it('refuses what would exhaust the stack', () => {
    const nested = Array.from({ length: 66 }).reduce<unknown>((inner) => [inner], 0);
    assert.throws(() => canonicalJson(nested), RangeError);
  });
});
