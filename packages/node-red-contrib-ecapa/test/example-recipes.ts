import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExampleHost, until } from './example-host.js';

const SAMPLES = join(__dirname, '..', 'samples');

/** Examples that listen: their recordings play at the same time, at the pace of their sound. */
export function itRunsRecipes(running: () => ExampleHost): void {
  const STARTS = ['ecapahassstart', 'ecapacamstart', 'ecapadailystart', 'ecapagatestart', 'ecapadashstart'];

  it('start all their microphones and cameras', async () => {
    for (const id of STARTS) await running().click(id);
  });

  it('Home Assistant: sensors that announce themselves, and go on and off', async () => {
    const { mqtt } = running();
    const configs = () => mqtt.published.filter(({ topic }) => topic.endsWith('/config'));
    await until(() => configs().length >= 3);
    const [config = '{}'] = mqtt.textsOf('homeassistant/binary_sensor/ecapa_kitchen_speech/config');
    const { state_topic, unique_id, availability_topic, device_class } = JSON.parse(config);
    assert.deepEqual(
      [state_topic, unique_id, availability_topic, device_class],
      ['ecapa/kitchen/speech/state', 'ecapa_kitchen_speech', 'ecapa/status', 'sound'],
    );
    for (const label of ['speech', 'music']) {
      const states = () => mqtt.textsOf(`ecapa/kitchen/${label}/state`).join();
      await until(() => /^OFF(,ON,OFF)+$/.test(states()));
    }
    // What a subscriber that comes later gets: the state of each, and that they are there.
    assert.equal(await mqtt.retained('ecapa/status'), 'online');
    assert.equal(await mqtt.retained('ecapa/kitchen/speech/state'), 'OFF');
  });

  it('a gate passes the speech alone', async () => {
    const host = running();
    const passed = async () =>
      (await host.seen('ecapagatespeech')).reduce<number>((sum, bytes) => sum + Number(bytes), 0);
    const ended = async () =>
      (await host.seen('ecapagatechanges')).some((one) => (one as { type: string }).type === 'end');
    await until(ended);
    const seconds = (await passed()) / 32_000;
    assert.ok(seconds > 3.5 && seconds < 7.5, `${seconds} s of five passed`);
  });

  it('several machines share the recordings of several rooms: each is judged once, and no path is taken', async function () {
    const { broker, mqtt } = running();
    if (!broker.isVersion5) return this.skip();
    const music = readFileSync(join(SAMPLES, 'music-band.mp3'));
    const speech = readFileSync(join(SAMPLES, 'speech-announcement.mp3'));
    const ROOMS = { hall: music, attic: speech, kitchen: music, cellar: speech } as const;
    await mqtt.publish('ecapa/recording/garden', Buffer.from('/etc/passwd'));
    for (const [room, recording] of Object.entries(ROOMS)) {
      await mqtt.publish(`ecapa/recording/${room}`, recording);
    }
    const verdicts = () =>
      mqtt.published
        .filter(({ topic }) => topic.startsWith('ecapa/verdict/'))
        .map(({ topic, text }) => ({ topic, ...(JSON.parse(text) as { label: string; machine?: number }) }));
    await until(() => verdicts().length === 4);
    assert.deepEqual(
      verdicts()
        .map(({ topic, label }) => `${topic.slice('ecapa/verdict/'.length)}: ${label}`)
        .sort(),
      ['attic: speech', 'cellar: speech', 'hall: music', 'kitchen: music'],
    );
    const ofSecond = verdicts().filter(({ machine }) => machine === 2).length;
    assert.ok(ofSecond > 0 && ofSecond < 4, `the second machine had ${ofSecond} of 4`);
  });

  it('the sound of events becomes files, the oldest of which go when there is too much', async () => {
    const { events } = running();
    // Music came first, and went.
    await until(() => wavFiles(events).length === 1 && wavFiles(events)[0]?.endsWith('speech.wav') === true);
    const [name = ''] = wavFiles(events);
    assert.match(name, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d+Z-speech\.wav$/);
    const file = readFileSync(join(events, name));
    assert.equal(file.toString('latin1', 0, 4), 'RIFF');
    assert.ok(file.length > 3 * 32_000);
  });

  it('a day is summed up by room and class', async () => {
    const host = running();
    interface Day {
      readonly room: string;
      readonly label: string;
      readonly seconds: number;
      readonly day: string;
    }
    let days: Day[] = [];
    await until(async () => {
      await host.click('ecapadailynow');
      days = ((await host.seen('ecapadailysaid')).at(-1) ?? []) as Day[];
      return days.length >= 2;
    });
    const [music, speech] = days;
    assert.deepEqual([music?.label, speech?.label, music?.room], ['music', 'speech', 'living room']);
    assert.match(music?.day ?? '', /^\d{4}-\d\d-\d\d$/);
    assert.ok((music?.seconds ?? 0) > 3 && (music?.seconds ?? 0) < 7);
  });
}

export function wavFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.wav'));
}
