// What each setting may be. A folder's settings.json can hold anything: values are checked where they are read. Pure.

/** What a value has to be, for messages. */
export type Expected = 'text' | 'count' | 'flag' | 'extensions' | 'address' | 'choice';

export interface SettingRule<Value> {
  readonly expected: Expected;
  readonly fallback: Value;
  /** Undefined for what the setting cannot be. */
  readonly read: (value: unknown) => Value | undefined;
}

/** Where labels are saved: beside the recording in one of these formats, or in the workspace's storage alone. */
export const LABEL_FILE_KINDS = ['json', 'audacity', 'textgrid', 'none'] as const;
export type LabelFileKind = (typeof LABEL_FILE_KINDS)[number];

/** What computes; the engine takes them by these names. */
export const RUNTIMES = ['auto', 'native', 'wasm'] as const;

const MOST_CHARACTERS = 4096;
const MOST_EXTENSIONS = 100;

/** All settings by their names below `ecapa.`; the manifest has the same defaults and bounds. */
export const SETTING_RULES = {
  model: text(),
  head: text(),
  workers: count(0, 0, 64),
  ffmpegPath: text(),
  runtime: choice(RUNTIMES),
  extraExtensions: extensions(),
  'decorations.enabled': flag(true),
  remoteFileLimitMegabytes: count(512, 1, 65_536),
  mirror: address(),
  'labels.file': choice(LABEL_FILE_KINDS),
} as const;

export type SettingName = keyof typeof SETTING_RULES;
export type SettingValue<Name extends SettingName> = (typeof SETTING_RULES)[Name]['fallback'];

/** The value, or the default and that it is one. */
export function checkedSetting<Name extends SettingName>(
  name: Name,
  value: unknown,
): { readonly value: SettingValue<Name>; readonly isValid: boolean } {
  const rule = SETTING_RULES[name] as SettingRule<SettingValue<Name>>;
  const read = rule.read(value);
  return read === undefined ? { value: rule.fallback, isValid: false } : { value: read, isValid: true };
}

/** One line without surrounding blanks; empty means "not set". */
function text(): SettingRule<string> {
  return { expected: 'text', fallback: '', read: readText };
}

function readText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MOST_CHARACTERS || /\p{Cc}/u.test(value)) return undefined;
  return value.trim();
}

function count(fallback: number, least: number, most: number): SettingRule<number> {
  const read = (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined;
  return { expected: 'count', fallback, read };
}

function flag(fallback: boolean): SettingRule<boolean> {
  return { expected: 'flag', fallback, read: (value) => (typeof value === 'boolean' ? value : undefined) };
}

/** In lower case, with their dots. */
function extensions(): SettingRule<readonly string[]> {
  const isExtension = (one: unknown): one is string =>
    typeof one === 'string' && /^\.?[A-Za-z0-9_+-]{1,32}$/.test(one.trim());
  const dotted = (one: string): string => `.${one.trim().toLowerCase().replace(/^\./, '')}`;
  return {
    expected: 'extensions',
    fallback: [],
    read: (value) =>
      Array.isArray(value) && value.length <= MOST_EXTENSIONS && value.every(isExtension)
        ? value.map(dotted)
        : undefined,
  };
}

/** Of a web server; empty means "not set". */
function address(): SettingRule<string> {
  const read = (value: unknown): string | undefined => {
    const given = readText(value);
    if (given === undefined || given === '') return given;
    return /^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : '') ? given : undefined;
  };
  return { expected: 'address', fallback: '', read };
}

/** One of these; the first is the default. */
function choice<Value extends string>(values: readonly [Value, ...Value[]]): SettingRule<Value> {
  return { expected: 'choice', fallback: values[0], read: (value) => values.find((one) => one === value) };
}
