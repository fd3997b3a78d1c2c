import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { measureQuantizationLoss } from '../../src/engine/quantization-loss.js';
import { importSpeechbrain } from '../../src/interop/pytorch/speechbrain.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';
import { fixturePath } from '../reference.js';

const TINY = fixturePath('speechbrain', 'tiny');

describe('measureQuantizationLoss', function () {
  this.timeout(60_000);
  const temporary = useTemporaryDirectory();

  it('compares embeddings on the sample clips, and verdicts where a head ships for the id', async () => {
    await importSpeechbrain(TINY, temporary('named'), { id: 'ecapa-compact', quantize: 'int8' });
    const { minimum, mean, windows, verdicts } = await measureQuantizationLoss(TINY, temporary('named'));
    // Sixteen random channels have few errors to cancel out.
    assert.ok(minimum > 0.99 && minimum < mean && mean < 1, `${minimum}, ${mean}`);
    assert.ok(windows >= 18, `${windows} windows`);
    assert.equal(verdicts?.head, 'speech-music-noise');
    assert.ok((verdicts?.same ?? 0) >= windows - 1);
  });

  it('takes recordings instead, and compares no verdicts without a head', async () => {
    await importSpeechbrain(TINY, temporary('tiny'), { quantize: 'int8' });
    const clip = fixturePath('samples', 'speech-radio-talk.flac');
    const { windows, verdicts } = await measureQuantizationLoss(TINY, temporary('tiny'), [clip]);
    assert.equal(windows, 3);
    assert.equal(verdicts, undefined);
  });

  it('says so when nothing is long enough to compare', async () => {
    await importSpeechbrain(TINY, temporary('model'), { quantize: 'int8' });
    // A WAV file of 10 ms, less than the network takes.
    const wav = Buffer.alloc(44 + 320);
    wav.write('RIFF', 0);
    wav.writeUInt32LE(36 + 320, 4);
    wav.write('WAVEfmt ', 8);
    wav.writeUInt32LE(16, 16);
    wav.writeUInt16LE(1, 20);
    wav.writeUInt16LE(1, 22);
    wav.writeUInt32LE(16_000, 24);
    wav.writeUInt32LE(32_000, 28);
    wav.writeUInt16LE(2, 32);
    wav.writeUInt16LE(16, 34);
    wav.write('data', 36);
    wav.writeUInt32LE(320, 40);
    writeFileSync(temporary('short.wav'), wav);
    await assert.rejects(measureQuantizationLoss(TINY, temporary('model'), [temporary('short.wav')]), {
      code: 'NO_SAMPLES',
    });
  });
});
