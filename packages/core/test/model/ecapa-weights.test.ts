import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/errors.js';
import { ecapaWeightsFromStateDict, type NamedTensor } from '../../src/model/ecapa-weights.js';
import { ODD_SHAPE } from './odd-shape.js';
import { randomStateDict } from './random-weights.js';

describe('ecapaWeightsFromStateDict', () => {
  let tensors: Map<string, NamedTensor>;
  beforeEach(() => {
    tensors = randomStateDict(ODD_SHAPE, 1);
  });

  function expectRefusal(code: ErrorCode, reason: RegExp): void {
    assert.throws(
      () => ecapaWeightsFromStateDict(tensors, { file: 'model.ckpt' }),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error && 'file' in error);
        assert.equal(error.code, code);
        assert.equal(error.file, 'model.ckpt');
        assert.match(error.message, /^model\.ckpt: /);
        assert.match(error.message, reason);
        return true;
      },
    );
  }
  const replace = (name: string, change: (tensor: NamedTensor) => NamedTensor): void => {
    const tensor = tensors.get(name);
    assert.ok(tensor, name);
    tensors.set(name, change(tensor));
  };

  it('reads every hyper-parameter off the shapes', () => {
    const weights = ecapaWeightsFromStateDict(tensors);
    assert.equal(weights.input.conv.kernelSize, 3);
    assert.deepEqual(
      weights.residualBlocks.map(({ tdnn2, res2net, shortcut }) => ({
        channels: tdnn2.conv.outputs,
        groups: res2net.length + 1,
        kernelSize: res2net[0]?.conv.kernelSize,
        dilation: res2net[0]?.dilation,
        shortcut: shortcut !== undefined,
      })),
      [
        { channels: 24, groups: 4, kernelSize: 3, dilation: 2, shortcut: true },
        { channels: 24, groups: 4, kernelSize: 5, dilation: 3, shortcut: false },
        { channels: 32, groups: 4, kernelSize: 3, dilation: 4, shortcut: true },
      ],
    );
    assert.equal(weights.aggregation?.conv.inputs, 24 + 24 + 32);
    assert.equal(weights.attention.tdnn.conv.outputs, 12);
    assert.equal(weights.output.outputs, 20);
  });

  it('takes dilations from its caller', () => {
    const weights = ecapaWeightsFromStateDict(tensors, { dilations: [1, 1, 2, 2, 1] });
    assert.deepEqual(
      weights.residualBlocks.map((block) => block.res2net[0]?.dilation),
      [1, 2, 2],
    );
    assert.throws(() => ecapaWeightsFromStateDict(tensors, { dilations: [1, 2] }), RangeError);
    assert.throws(() => ecapaWeightsFromStateDict(tensors, { dilations: [1, 2, 0, 4, 1] }), RangeError);
  });

  it('refuses other networks, naming what differs', () => {
    expectRefusalOf(
      new Map([['encoder.weight', { shape: [1], data: Float32Array.of(1) }]]),
      /"blocks\.0\.conv"/,
    );
    expectRefusalOf(
      randomStateDict({ ...ODD_SHAPE, kernelSizes: [3, 3, 4, 3, 1] }, 1),
      /even kernel size of 4/,
    );
    tensors.set('spk_head.weight', { shape: [1], data: Float32Array.of(1) });
    expectRefusal('UNSUPPORTED_ARCHITECTURE', /"spk_head\.weight"/);
  });

  function expectRefusalOf(other: Map<string, NamedTensor>, reason: RegExp): void {
    tensors = other;
    expectRefusal('UNSUPPORTED_ARCHITECTURE', reason);
    tensors = randomStateDict(ODD_SHAPE, 1);
  }

  it('refuses another number of mel bands', () => {
    replace('blocks.0.conv.conv.weight', ({ data }) => ({ shape: [16, 40, 3], data: data.slice(0, 1920) }));
    expectRefusal('UNSUPPORTED_ARCHITECTURE', /takes 40 channels where an ECAPA-TDNN takes 80/);
  });

  it('refuses grouped convolutions', () => {
    replace('blocks.1.tdnn2.conv.conv.weight', ({ data }) => ({
      shape: [24, 12, 1],
      data: data.slice(0, 288),
    }));
    expectRefusal('UNSUPPORTED_ARCHITECTURE', /tdnn2.* takes 12 channels/);
  });

  it('refuses a missing tensor', () => {
    tensors.delete('asp.tdnn.norm.norm.running_mean');
    expectRefusal('UNSUPPORTED_ARCHITECTURE', /"asp\.tdnn\.norm\.norm\.running_mean"/);
  });

  it('refuses values that are not finite and negative variances', () => {
    replace('fc.conv.bias', ({ shape, data }) => ({ shape, data: data.with(3, Number.NaN) }));
    expectRefusal('CHECKPOINT_INVALID', /fc\.conv\.bias has values that are not finite/);
    tensors = randomStateDict(ODD_SHAPE, 1);
    replace('mfa.norm.norm.running_var', ({ shape, data }) => ({ shape, data: data.with(0, -1) }));
    expectRefusal('CHECKPOINT_INVALID', /negative/);
  });

  it('refuses shapes that contradict each other or their data', () => {
    replace('asp_bn.norm.bias', ({ data }) => ({ shape: [95], data: data.slice(0, 95) }));
    expectRefusal('CHECKPOINT_INVALID', /asp_bn\.norm\.bias has shape \[95\] instead of \[96\]/);
    tensors = randomStateDict(ODD_SHAPE, 1);
    replace('fc.conv.weight', ({ shape, data }) => ({ shape, data: data.slice(1) }));
    expectRefusal('CHECKPOINT_INVALID', /fc\.conv\.weight/);
  });
});
