import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExampleHost, until } from './example-host.js';

const SAMPLES = join(__dirname, '..', 'samples');
const CLI = join(__dirname, '..', '..', 'cli', 'bin', 'ecapa.js');

interface Verdict {
  readonly label: string;
}

/** Examples that judge recordings. */
export function itRunsSmallExamples(running: () => ExampleHost): void {
  it('classify a file with one click', async () => {
    const { click, firstSeen } = bound(running());
    await click('ecapaclasspeech');
    assert.equal((await firstSeen<Verdict>('ecapaclassaid')).label, 'speech');
    await click('ecapaclasown');
    assert.match(await firstSeen('ecapaclaswrong'), /there is no such file/);
  });

  it('classify uploads: a verdict for a recording, a reason for what is none', async () => {
    const { url } = running();
    assert.match(await (await fetch(`${url}/ecapa-page`)).text(), /Speech, music or noise/);
    const upload = (body: Uint8Array<ArrayBuffer>) =>
      fetch(`${url}/ecapa-upload`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body,
      });
    const said = await upload(new Uint8Array(readFileSync(join(SAMPLES, 'music-band.mp3'))));
    assert.equal(((await said.json()) as Verdict).label, 'music');
    const refused = await upload(new Uint8Array(Buffer.from('no audio at all')));
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /audio/);
  });

  it('raise one alert over MQTT for a room in which somebody speaks, and none for music', async () => {
    const { mqtt, click } = bound(running());
    const clip = (name: string) => readFileSync(join(SAMPLES, name));
    await mqtt.publish('ecapa/clip/hall', clip('music-band.mp3'));
    for (let i = 0; i < 3; i++) await mqtt.publish('ecapa/clip/kitchen', clip('speech-announcement.mp3'));
    await mqtt.publish('ecapa/clip/attic', clip('speech-announcement.mp3'));
    const alerts = () => mqtt.published.filter(({ topic }) => topic.startsWith('ecapa/alert/'));
    await until(() => alerts().length >= 2);
    await click('ecapamqtttry');
    // An alert that must not come would come before that of a clip that is published last: one engine judges all in order.
    await mqtt.publish('ecapa/clip/cellar', clip('speech-announcement.mp3'));
    await until(() => alerts().some(({ topic }) => topic.endsWith('/cellar')));
    assert.deepEqual(
      alerts()
        .map(({ topic }) => topic)
        .sort(),
      ['ecapa/alert/attic', 'ecapa/alert/cellar', 'ecapa/alert/kitchen'],
    );
    const { room, event, probability } = JSON.parse(alerts()[0]?.text ?? '{}') as Record<string, unknown>;
    assert.ok(room === 'kitchen' || room === 'attic');
    assert.equal(event, 'speech');
    assert.ok(Number(probability) >= 0.8);
  });

  it('train from a folder, and classify with what was learnt', async () => {
    const { click, seen } = bound(running());
    const events = async () => (await seen('ecapatraisaid')).map((one) => (one as { event: string }).event);
    await click('ecapatraifolder');
    await until(async () => (await events()).length === 1);
    await click('ecapatraitrainit');
    await until(async () => (await events()).length === 2);
    assert.deepEqual(await events(), ['added', 'trained']);
    await click('ecapatraiclip');
    assert.equal((await running().firstSeen<Verdict>('ecapatraiverdict')).label, 'music');
    await click('ecapatrairesetit');
    await until(async () => (await events()).length === 3);
    assert.deepEqual(await seen('ecapatraiwrong'), []);
  });

  it('classify on another machine', async function () {
    const { queue, clips, click, firstSeen } = bound(running());
    if (queue === undefined) {
      console.log('      skipped: neither redis-server nor valkey-server is installed here');
      return this.skip();
    }
    const args = ['worker', '--queue', queue.url, '--name', 'node-red', '--root', `recordings=${clips}`];
    const worker: ChildProcess = spawn(process.execPath, [CLI, ...args, '--workers', '1'], {
      stdio: 'ignore',
    });
    try {
      await click('ecapaqueuefile');
      assert.equal((await firstSeen<Verdict>('ecapaqueuesaid')).label, 'speech');
    } finally {
      worker.kill('SIGKILL');
    }
  });
}

/** Its functions, by themselves. */
function bound(host: ExampleHost) {
  return {
    mqtt: host.mqtt,
    queue: host.queue,
    clips: host.clips,
    click: (id: string) => host.click(id),
    seen: (id: string) => host.seen(id),
    firstSeen: <Value>(id: string) => host.firstSeen<Value>(id),
  };
}
