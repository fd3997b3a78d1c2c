import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.js';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  removeDirectory,
  settingsFile,
  userDirectoryWith,
} from './node-red-process.js';

const PACKAGE = join(__dirname, '..');
const SAMPLES = join(PACKAGE, 'samples');
const ADMIN_AUTH = `adminAuth: {
    type: 'credentials',
    users: (name) => Promise.resolve({ username: name, permissions: '*' }),
    authenticate: (name) => Promise.resolve({ username: name, permissions: '*' }),
  },
  httpAdminRoot: '/red', httpNodeRoot: '/api',`;

const flows = readdirSync(join(PACKAGE, 'examples')).map(
  (name) => JSON.parse(readFileSync(join(PACKAGE, 'examples', name), 'utf8')) as { type: string }[],
);

/** Pages of another origin: what is asked for is their HTML. */
async function startForeignSite(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>foreign</title>${decodeURIComponent(request.url?.slice(2) ?? '')}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?` };
}

/** Marks the page it runs in, with the flows of the editor that is open beside it if it can read them. */
const STEAL = `<script>document.title = 'EXECUTED';
const key = Object.keys(localStorage).find((one) => /auth-tokens/.test(one));
if (key) fetch('/red/flows', { headers: { Authorization: 'Bearer ' + JSON.parse(localStorage.getItem(key)).access_token } })
  .then((answer) => answer.json()).then((flows) => { document.title = 'STOLEN ' + flows.length; });</script>`;

const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll("'", '&#39;');

/** A form of a foreign page that is sent at once. */
const formTo = (action: string, enctype: string, name: string, value: string) =>
  `<form id="f" action="${action}" method="post" enctype="${enctype}"><input name='${attribute(name)}' value='${attribute(value)}'></form><script>f.submit()</script>`;

for (const host of HOSTS.slice(0, 2)) {
  describe(`pages of other sites, with a logged-in editor beside them: ${host.name}`, () => {
    let userDir: string;
    let red: NodeRedProcess;
    let browser: Browser;
    let foreign: Awaited<ReturnType<typeof startForeignSite>>;
    let page: Page;
    before(async function () {
      const launched = await launchBrowser();
      if (launched === undefined) return this.skip();
      browser = launched;
      foreign = await startForeignSite();
      userDir = userDirectoryWith(packedTarball());
      writeFileSync(
        join(userDir, 'flows.json'),
        JSON.stringify(flows.flat().filter(({ type }) => !/^(mqtt|ui-)/.test(type))),
      );
      writeFileSync(join(userDir, 'settings.js'), settingsFile(`flowFile: 'flows.json', ${ADMIN_AUTH}`));
      red = await NodeRedProcess.start(host, userDir);
      page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`${red.url}/red`);
      await page.fill('#node-dialog-login-username', 'owner');
      await page.fill('#node-dialog-login-password', 'x');
      await page.click('#node-dialog-login-submit');
      await page.locator('#red-ui-header-button-deploy').waitFor();
    });
    after(async () => {
      await browser?.close();
      await red?.stop();
      foreign?.server.close();
      if (userDir !== undefined) removeDirectory(userDir);
    });

    /** Opens a foreign page in the editor's browser; resolves with what is in the window once it has done its part. */
    async function visit(
      html: string,
      isDone: (visited: Page) => Promise<unknown>,
    ): Promise<{ title: string; url: string; body: string }> {
      const visited = await page.context().newPage();
      visited.setDefaultTimeout(60_000);
      try {
        await visited.goto(foreign.url + encodeURIComponent(html));
        await isDone(visited);
        return { title: await visited.title(), url: visited.url(), body: await visited.content() };
      } finally {
        await visited.close();
      }
    }

    /** The answer to a form has come, and a script in it has had its time. */
    const isAnswered = async (visited: Page): Promise<void> => {
      await visited.waitForURL((url) => url.href.startsWith(red.url));
      await visited.waitForTimeout(700);
    };
    /** A script has said in the title how it went. */
    const hasSaid = (visited: Page) => visited.waitForFunction(`document.title !== 'foreign'`);

    it('the editor’s token is there to be stolen', async () => {
      const keys = await page.evaluate('Object.keys(localStorage).join()');
      assert.match(String(keys), /auth-tokens/);
    });

    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      it(`a form of type ${enctype} gets no script into the answer`, async () => {
        const sent = ['ecapa-upload', 'ecapa-upload-form'].map((path) =>
          visit(formTo(`${red.url}/api/${path}`, enctype, STEAL, STEAL), isAnswered),
        );
        for (const { title, url, body } of await Promise.all(sent)) {
          assert.ok(url.startsWith(red.url), url);
          assert.doesNotMatch(title, /EXECUTED|STOLEN/);
          assert.doesNotMatch(body, /localStorage|auth-tokens/);
        }
      });
    }

    it('a request without a type of content is refused, and nothing of it comes back', async () => {
      const script = `fetch('${red.url}/api/ecapa-upload', { method: 'POST', mode: 'no-cors', body: new Blob(['/etc/passwd']) })
        .then(() => { document.title = 'sent'; });`;
      const { title } = await visit(`<script>${script}</script>`, hasSaid);
      assert.equal(title, 'sent');
    });

    it('no page and no answer of an example can be read, framed by or run in another site', async () => {
      const read = (path: string) =>
        visit(
          `<script>fetch('${red.url}/api/${path}').then((answer) => answer.text())
          .then((text) => { document.title = 'READ ' + text.length; }, () => { document.title = 'refused'; });</script>`,
          hasSaid,
        );
      const visited = await Promise.all(['ecapa-page', 'ecapa-live', 'ecapa-upload'].map(read));
      assert.deepEqual(
        visited.map(({ title }) => title),
        ['refused', 'refused', 'refused'],
      );
    });

    it('the page itself still works, under its content security policy', async () => {
      const visited = await page.context().newPage();
      const complaints: string[] = [];
      visited.on('console', (one) => {
        if (one.type() === 'error') complaints.push(one.text());
      });
      visited.on('pageerror', (error) => complaints.push(error.message));
      await visited.goto(`${red.url}/api/ecapa-page`);
      await visited.setInputFiles('#files', join(SAMPLES, 'music-band.mp3'));
      await visited.locator('article p', { hasText: 'music' }).waitFor();
      await visited.setInputFiles('#files', {
        name: 'a.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('no audio'),
      });
      await visited.locator('article p.wrong', { hasText: 'not audio' }).waitFor();
      assert.deepEqual(
        complaints.filter((text) => !/status of 422/.test(text)),
        [],
      );
      await visited.close();
    });

    const post = async (
      type: string | undefined,
      body: BodyInit,
      more: Record<string, string> = {},
      path = 'ecapa-upload',
    ) => {
      const response = await fetch(`${red.url}/api/${path}`, {
        method: 'POST',
        headers: { ...(type !== undefined && { 'Content-Type': type }), ...more },
        body,
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };

    it('programs get the same answer for every path, whether it exists or not, and for devices and pipes', async () => {
      const paths = [
        '/etc/passwd',
        '/no/such/file',
        join(SAMPLES, 'music-band.mp3'),
        '/dev/zero',
        'sample:speech',
        '',
      ];
      for (const type of [
        'text/plain',
        'application/json',
        'application/x-www-form-urlencoded',
        'application/octet-stream',
      ]) {
        const answers = [];
        for (const path of paths) {
          const body = type === 'application/json' ? JSON.stringify([path, path]) : path;
          const { status, text } = await post(type, body);
          assert.doesNotMatch(text, /passwd|music-band|No such|ENOENT|not found/i, `${type}: ${text}`);
          if (path !== '') answers.push(`${status} ${text}`);
        }
        assert.equal(new Set(answers).size, 1, answers.join('\n'));
      }
    });

    it('errors are JSON, are not sniffed for markup, and hold nothing of what was posted', async () => {
      const bodies: readonly [string | undefined, string][] = [
        ['text/html', STEAL],
        ['text/plain', STEAL],
        ['application/octet-stream', STEAL],
        ['audio/mpeg', STEAL],
        ['video/mp4', STEAL.repeat(2000)],
        ['application/xml', STEAL],
        [undefined, STEAL],
        ['application/json', JSON.stringify({ payload: STEAL })],
        ['application/json', JSON.stringify([STEAL, { deep: STEAL }])],
      ];
      for (const [type, body] of bodies) {
        const { status, headers, text } = await post(type, Buffer.from(body));
        assert.ok(status >= 400 && status < 500, `${type}: ${status}`);
        assert.match(headers.get('content-type') ?? '', /^application\/json/);
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
        assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
        assert.ok(!text.includes('<') && text.length < 500, text.slice(0, 300));
        assert.ok(JSON.parse(text).error.message.length > 10);
      }
    });

    it('takes recordings as bytes and as forms, from programs and its own page only', async () => {
      const music = new Uint8Array(readFileSync(join(SAMPLES, 'music-band.mp3')));
      for (const type of ['application/octet-stream', 'audio/mpeg', 'video/mp4']) {
        const { status, text } = await post(type, music);
        assert.equal(status, 200, text);
        assert.equal(JSON.parse(text).label, 'music');
      }
      const form = new FormData();
      form.append('a', new Blob([music]), 'a.mp3');
      form.append('b', new Blob(['no audio']), 'b.mp3');
      const { status, text } = await post(undefined, form, {}, 'ecapa-upload-form');
      assert.equal(status, 200, text);
      const [first, second] = JSON.parse(text);
      assert.equal(first.label, 'music');
      assert.equal(second.error.code, 'NOT_AUDIO');
      for (const headers of [
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site' },
        { Origin: 'https://example.org' },
        { Origin: 'null' },
      ] as const) {
        const refused = await post('audio/mpeg', music, headers as unknown as Record<string, string>);
        assert.equal(refused.status, 403, JSON.stringify(headers));
      }
      assert.equal((await post('audio/mpeg', music, { Origin: red.url })).status, 200);
    });
  });
}
