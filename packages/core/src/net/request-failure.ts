const UNREACHABLE: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** undici's codes, which say little, in words. */
const WORDS: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_TIMEOUT: 'the server sent nothing for too long',
  UND_ERR_BODY_TIMEOUT: 'the server stopped sending',
  UND_ERR_SOCKET: 'the connection broke off',
};

/** undici's messages about redirects, in words. */
const REDIRECTS: readonly (readonly [RegExp, string])[] = [
  [/redirect count/, 'the server redirects in a circle'],
  [/cross origin not allowed/, 'the server redirects to an address with a name and password'],
  [/URL scheme must be|Invalid URL/, 'the server redirects to what is no http address'],
];

/**
 * The errors behind a failed request, by their codes and in words, whether a server was reached at all, and whether it
 * would answer the same the next time.
 */
export function requestFailure(error: unknown): {
  readonly reasons: string[];
  readonly isUnreachable: boolean;
  readonly isLasting: boolean;
} {
  const codes: string[] = [];
  const reasons: string[] = [];
  let innermost = '';
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    innermost = cause.message;
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined) codes.push(code);
    for (const [message, words] of REDIRECTS) if (message.test(cause.message)) reasons.push(words);
  }
  const inWords = codes.map((code) => [WORDS[code], code].filter((part) => part !== undefined).join(', '));
  const known = [...reasons, ...inWords];
  return {
    reasons: known.length > 0 ? known : [innermost],
    isLasting: reasons.length > 0 || codes.some((code) => /CERT|LEAF_SIGNATURE/.test(code)),
    isUnreachable: codes.some((code) => UNREACHABLE.has(code)),
  };
}
