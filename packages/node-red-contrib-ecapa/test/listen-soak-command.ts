// pnpm soak:listen [LIVES HOURS SPEED]: a listen node whose recorder dies, hangs and ends so often while it delivers so
// many hours of sound, SPEED seconds of it in one. Prints figures as JSON, and samples of memory to standard error; fails
// when a bound is broken. 24 hours at speed 40 take 40 minutes.
import { listenSoak } from './listen-soak.js';
import { HOSTS } from './node-red-process.js';

const [lives = 500, hours = 24, speed = 40] = process.argv.slice(2).map(Number);
const [host] = HOSTS;
if (host === undefined) throw new Error('no Node-RED is installed');
const onSample = (soFar: object): void => void process.stderr.write(`${JSON.stringify(soFar)}\n`);
listenSoak(host, { lives, hours, speed, onSample }).then(
  (figures) => {
    process.stdout.write(`${JSON.stringify({ host: host.name, ...figures }, null, 2)}\n`);
    const { started = 0, ended, errors = [], recordersLeft } = figures;
    const isSound = started > 0 && started === ended && errors.length === 0 && recordersLeft === 0;
    process.exitCode = isSound ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
