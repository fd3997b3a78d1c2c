import assert from 'node:assert/strict';
import { join } from 'node:path';
import { settingPath } from '../src/platform/setting-paths.js';

describe('the path of a model or head in the settings', () => {
  const one = { name: 'radio', path: join('/home', 'radio') };
  const other = { name: 'field', path: join('/disk', 'field recordings') };
  const head = join(other.path, 'heads', 'birds.json');
  const exists = (path: string): boolean => path === head;

  it('is relative to the folder that has the file, whichever of several that is', () => {
    assert.equal(settingPath('heads/birds.json', [one, other], exists), head);
    assert.equal(settingPath('heads/birds.json', [other, one], exists), head);
    assert.equal(settingPath('field/heads/birds.json', [one, other], exists), head);
  });

  it('is that of the first folder where there is no such file', () => {
    assert.equal(
      settingPath('heads/frogs.json', [one, other], exists),
      join(one.path, 'heads', 'frogs.json'),
    );
    assert.equal(settingPath('heads/birds.json', [one], exists), join(one.path, 'heads', 'birds.json'));
  });

  it('is none for an id, and stays as it is when it is absolute or no folder is open', () => {
    assert.equal(settingPath('', [one]), undefined);
    assert.equal(settingPath('speech-music-noise', [one, other], exists), 'speech-music-noise');
    assert.equal(settingPath(head, [one], exists), head);
    assert.equal(settingPath('birds.json', [], exists), 'birds.json');
  });
});
