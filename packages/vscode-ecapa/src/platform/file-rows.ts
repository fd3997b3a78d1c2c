/** A list whose rows stand for files, for commands that take rows from it. */
export interface FileRows {
  /** True for what the list hands to commands as a row. */
  isRow(value: unknown): boolean;
  /** `Uri.toString()` of the files behind rows, each once. */
  urisOf(rows: readonly unknown[]): readonly string[];
  /** The same of the rows that are selected. */
  readonly selectedUris: readonly string[];
}
