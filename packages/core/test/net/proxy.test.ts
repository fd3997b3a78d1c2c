import assert from 'node:assert/strict';
import { isEcapaError } from '../../src/errors.js';
import { checkProxyVariables } from '../../src/net/proxy.js';

describe('proxy variables', () => {
  it('may be absent, empty or addresses', () => {
    checkProxyVariables({});
    checkProxyVariables({
      https_proxy: '',
      HTTPS_PROXY: 'http://user:secret@10.0.0.1:3128',
      http_proxy: 'https://proxy',
    });
  });

  for (const [variable, value] of [
    ['https_proxy', '127.0.0.1:3128'],
    ['HTTPS_PROXY', 'garbage://'],
    ['HTTP_PROXY', 'user:secret@proxy:3128'],
    ['http_proxy', 'ftp://proxy'],
  ] as const) {
    it(`are named when they hold none: ${variable}=${value}`, () => {
      assert.throws(
        () => checkProxyVariables({ [variable]: value }),
        (error) =>
          isEcapaError(error) &&
          error.code === 'DOWNLOAD_FAILED' &&
          error.message.startsWith(`${variable}: `) &&
          !error.message.includes('secret'),
      );
    });
  }
});
