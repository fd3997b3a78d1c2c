import { EcapaError } from '../errors.js';

/** In the order in which undici's EnvHttpProxyAgent asks for them. */
const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const;

/**
 * Checks the proxies that the environment names, so that a mistake there is reported as what it is.
 *
 * Throws `DOWNLOAD_FAILED` naming the variable.
 */
export function checkProxyVariables(environment: Readonly<Record<string, string | undefined>>): void {
  for (const variable of VARIABLES) {
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const isProxy = url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '';
    if (isProxy) continue;
    // The value may hold a password: it is not repeated.
    throw new EcapaError(
      'DOWNLOAD_FAILED',
      `${variable}: the environment variable does not hold the address of a proxy. Write it as http://host:port, or unset it.`,
    );
  }
}
