/** Everything a host must know to run the suites. */
export interface SuiteRun {
  /** Folder of the extension under test. */
  readonly extension: string;
  /** The bundled suite/index.ts. */
  readonly index: string;
  /** The folder that the window opens. */
  readonly workspace: string;
  readonly logDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

/** No host can be had here: not a failure of the extension. */
export class NoHost extends Error {}
