import assert from 'node:assert/strict';
import { once, setMaxListeners } from 'node:events';
import { createServer, type OutgoingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isEcapaError } from '../../src/errors.js';
import { isHttpAddress, type RemoteAudioOptions, remoteAudio } from '../../src/net/remote-audio.js';

describe('remoteAudio', () => {
  let server: Server | undefined;
  const serve = async (listener: RequestListener): Promise<string> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.wav`;
  };
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  const read = async (url: string, options?: RemoteAudioOptions): Promise<string> => {
    let text = '';
    for await (const chunk of remoteAudio(url, options)) text += Buffer.from(chunk).toString();
    return text;
  };
  const fails = (code: string, words: RegExp) => (error: unknown) =>
    isEcapaError(error) && error.code === code && words.test(error.message);

  it('gives the bytes behind an address, through redirects', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/a.wav') response.writeHead(302, { location: '/b' }).end();
      else response.end('sound');
    });
    assert.equal(await read(url), 'sound');
  });

  it('reads on, however slowly, when the server has closed the connection', async () => {
    const body = Buffer.alloc(4 << 20, 'x');
    const heads = [
      `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
      'HTTP/1.0 200 OK\r\n\r\n', // Shoutcast and many small servers
    ];
    for (const head of heads) {
      const raw = createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.write(head);
          socket.end(body);
        });
      }).listen(0, '127.0.0.1');
      await once(raw, 'listening');
      let received = 0;
      for await (const chunk of remoteAudio(`http://127.0.0.1:${(raw.address() as AddressInfo).port}/`)) {
        received += chunk.length;
        await delay(2); // longer than the rest takes to arrive
      }
      raw.close();
      assert.equal(received, body.length, head);
    }
  });

  it('reports what the server answers', async () => {
    const url = await serve((_, response) => response.writeHead(404).end('<html>'));
    await assert.rejects(read(url), fails('DOWNLOAD_FAILED', /answers 404 Not Found\. Check the address/));
  });

  it('signs in with the name and password of an address, and shows them nowhere', async () => {
    const url = await serve((request, response) =>
      response.writeHead(request.headers.authorization === 'Basic dTpwQHNz' ? 200 : 401).end('sound'),
    );
    const signedIn = (credentials: string): string => url.replace('//', `//${credentials}@`);
    assert.equal(await read(signedIn('u:p%40ss')), 'sound');
    await assert.rejects(
      read(signedIn('u:wrong')),
      (error) => fails('DOWNLOAD_FAILED', /answers 401/)(error) && !String(error).includes('wrong'),
    );
  });

  it('advises to wait where the server is at fault', async () => {
    const url = await serve((_, response) => response.writeHead(503).end());
    await assert.rejects(read(url), fails('DOWNLOAD_FAILED', /answers 503 .*Try again later/));
  });

  it('takes no more than the limit, declared or not', async () => {
    const url = await serve((request, response) => {
      if (request.headers.connection === 'x') response.end();
      response.write('x'.repeat(5000));
      response.end('x'.repeat(5000));
    });
    await assert.rejects(read(url, { maximumBytes: 6000 }), fails('TOO_LONG', /more than/));
    server?.close();
    const other = await serve((_, response) =>
      response.writeHead(200, { 'content-length': 7000 }).write('x'),
    );
    await assert.rejects(read(other, { maximumBytes: 6000 }), fails('TOO_LONG', /more than/));
  });

  it('gives up on a server that sends nothing', async () => {
    const url = await serve((_, response) => response.write('x'));
    await assert.rejects(
      read(url, { idleSeconds: 0.2 }),
      fails('DOWNLOAD_FAILED', /stopped sending, UND_ERR_BODY_TIMEOUT/),
    );
  });

  it('names redirects in a circle, and servers that are not there', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/a.wav' }).end());
    await assert.rejects(read(url), fails('DOWNLOAD_FAILED', /redirects in a circle/));
    server?.closeAllConnections();
    server?.close();
    await once(server as Server, 'close');
    await assert.rejects(read(url), fails('OFFLINE', /cannot be reached \(ECONNREFUSED\)/));
  });

  it('names a redirect with a name and password, which is not followed', async () => {
    const url = await serve((_, response) =>
      response.writeHead(302, { location: 'http://me:word@127.0.0.1/a.wav' }).end(),
    );
    await assert.rejects(
      read(url),
      fails('DOWNLOAD_FAILED', /redirects to an address with a name and password/),
    );
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // as jobs do
    const url = await serve((_, response) => {
      response.write('x');
      setTimeout(() => controller.abort(), 20);
    });
    await assert.rejects(read(url, { signal: controller.signal }), fails('CANCELLED', /cancelled/));
  });

  it('refuses a station where the end is waited for', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'icy-name': 'Radio' });
      response.end('sound');
    });
    assert.equal(await read(url), 'sound');
    await assert.rejects(read(url, { mustEnd: true }), fails('TOO_LONG', /never ends.*--limit/));
  });

  it('knows a station by its server too, and tells of audio without a length, which may end', async () => {
    const told: string[] = [];
    const onUnknownLength = (address: string): void => void told.push(address);
    const answers: readonly (readonly [OutgoingHttpHeaders, 'refused' | 'told' | 'nothing'])[] = [
      [{ 'content-type': 'audio/mpeg', server: 'Icecast 2.4.4' }, 'refused'],
      [{ 'ice-audio-info': 'bitrate=128' }, 'refused'],
      [{ 'content-type': 'audio/aacp' }, 'told'],
      [{ 'content-type': 'application/ogg' }, 'told'],
      [{ 'content-type': 'audio/mpeg', 'accept-ranges': 'bytes' }, 'nothing'],
      [{ 'content-type': 'audio/mpeg', 'content-length': 1, server: 'Icecast 2.4.4' }, 'nothing'],
      [{ 'content-type': 'application/octet-stream' }, 'nothing'],
    ];
    for (const [headers, outcome] of answers) {
      const url = await serve((_, response) => void response.writeHead(200, headers).end('x'));
      const reading = read(url, { mustEnd: true, onUnknownLength });
      if (outcome === 'refused') await assert.rejects(reading, fails('TOO_LONG', /station/));
      else assert.equal(String(await reading), 'x', JSON.stringify(headers));
      assert.deepEqual(told.splice(0), outcome === 'told' ? [url] : [], JSON.stringify(headers));
      assert.equal(String(await read(url, { onUnknownLength }).catch(() => 'x')), 'x');
      assert.deepEqual(told, []);
      server?.closeAllConnections();
      server?.close();
    }
  });

  it('lets go at once of a server that has gone quiet', async () => {
    const url = await serve((_, response) => response.write('x'));
    const bytes = remoteAudio(url)[Symbol.asyncIterator]();
    await bytes.next();
    const pending = assert.rejects(bytes.next());
    await bytes.return?.();
    await pending;
  });

  it('refuses other addresses', () => {
    assert.throws(() => remoteAudio('ftp://x/y'), /address: expected an http/);
    assert.ok(
      !isHttpAddress('file:///etc/passwd') && !isHttpAddress('http://') && isHttpAddress('HTTPS://x/y.mp3'),
    );
  });
});
