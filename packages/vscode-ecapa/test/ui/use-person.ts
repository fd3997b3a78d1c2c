import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { OWN_TARGET, packVsix } from '../packed.js';
import { Person, Unavailable } from './person.js';
import { makeRecordings } from './recordings.js';

export interface PersonOptions {
  /** The user's settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Changes the folder of recordings before it is opened. */
  readonly arrange?: (folder: string) => void;
}

/**
 * Sits someone in front of VS Code, in a folder of recordings, for a whole suite, and keeps a picture of what fails;
 * skips the suite without a browser or VS Code.
 */
export function usePerson(
  onReady: (person: Person, folder: string) => void,
  { arrange, ...options }: PersonOptions = {},
): void {
  let person: Person | undefined;
  let folder: string | undefined;

  before(async function () {
    packVsix([OWN_TARGET]);
    folder = await makeRecordings();
    arrange?.(folder);
    try {
      person = await Person.sitDown(options);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`      skipped: ${error.message}`);
      return this.skip();
    }
    onReady(person, folder);
    await person.open(folder);
  });
  after(async () => {
    await person?.leave();
    if (folder !== undefined) rmSync(dirname(folder), { recursive: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await person?.shot(`failed - ${this.currentTest.title}`);
  });
}
