import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packVsix, OWN_TARGET } from '../packed.js';
import { Person, Unavailable } from './person.js';
import { addMany, makeRecordings } from './recordings.js';

describe('a person in front of VS Code', function () {
  let person: Person;
  let folder: string;
  before(async function () {
    packVsix([OWN_TARGET]);
    folder = await makeRecordings();
    try {
      person = await Person.sitDown();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`      skipped: ${error.message}`);
      this.skip();
    }
    await person.open(folder);
  });
  after(async () => {
    await person?.leave();
    if (folder !== undefined) rmSync(dirname(folder), { recursive: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await person?.shot(`failed ${this.currentTest.title}`);
  });

  it('right-clicks a file, chooses Classify, and reads the verdict', async () => {
    await person.file('music').click();
    await person.choose(person.file('trio.m4a'), ['ECAPA Audio', 'Classify']);
    await person.toast(/trio\.m4a: music/).waitFor();
    await person.shot('1-classified');
    await person.openView();
    const row = person.rows('Results').filter({ hasText: 'trio.m4a' });
    assert.match((await row.textContent()) ?? '', /music.*9\d/);
    await person.shot('2-results');
  });
});
