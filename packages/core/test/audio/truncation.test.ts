import assert from 'node:assert/strict';
import { isCutOff } from '../../src/audio/truncation.js';
import { audioBytes, audioNames, randomNumbers, wavHeader } from './fixtures.js';

function inMemory(bytes: Uint8Array) {
  return {
    sizeBytes: bytes.length,
    readAt(offset: number, into: Uint8Array): number {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
  };
}

describe('isCutOff', () => {
  it('does not report whole files as cut', () => {
    for (const name of audioNames()) assert.equal(isCutOff(inMemory(audioBytes(name))), false, name);
  });

  const containers = /\.(wav|w64|aiff|aifc|caf|au|ogg|opus|spx|m4a|mp4|mov|mkv|mka|webm|wma|avi)$/;
  for (const name of audioNames().filter((name) => containers.test(name) && !name.includes('streamed'))) {
    it(`notices what is missing of ${name}, be it little`, () => {
      const bytes = audioBytes(name);
      for (const missing of [40, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2)]) {
        assert.equal(isCutOff(inMemory(bytes.subarray(0, bytes.length - missing))), true, `${missing} bytes`);
      }
    });
  }

  it('forgives placeholders and a missing pad byte', () => {
    for (const claimedDataBytes of [0, 0xffffffff, 0x7ffff000]) {
      assert.equal(isCutOff(inMemory(wavHeader(0, { claimedDataBytes }))), false);
    }
    assert.equal(isCutOff(inMemory(wavHeader(0, { claimedDataBytes: 1 }))), false);
    assert.equal(isCutOff(inMemory(wavHeader(0, { claimedDataBytes: 2 }))), true);
  });

  it('ends on any bytes', () => {
    const random = randomNumbers(11);
    for (const name of audioNames()) {
      const bytes = Uint8Array.from(audioBytes(name));
      for (let i = 0; i < 60; i++) bytes[Math.floor(random() * Math.min(200, bytes.length))] = random() * 256;
      isCutOff(inMemory(bytes));
      for (let length = 0; length < 100; length++) isCutOff(inMemory(bytes.subarray(0, length)));
    }
  });
});
