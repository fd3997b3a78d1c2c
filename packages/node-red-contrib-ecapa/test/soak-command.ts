// pnpm soak [MESSAGES REDEPLOYS MINUTES]: the long run; prints its figures as JSON, and how
// far it is to standard error; fails when a bound is broken.
import { HOSTS } from './node-red-process.js';
import { soak } from './soak.js';

const [messages = 10_000, redeploys = 200, longMinutes = 60] = process.argv.slice(2).map(Number);
const [host] = HOSTS;
if (host === undefined) throw new Error('no Node-RED is installed');
const onRound = (soFar: object): void => void process.stderr.write(`${JSON.stringify(soFar)}\n`);
soak(host, { messages, redeploys, longMinutes, onRound }).then(
  (figures) => {
    process.stdout.write(`${JSON.stringify({ host: host.name, ...figures }, null, 2)}\n`);
    const isSound =
      figures.unanswered === 0 &&
      figures.mixedUp === 0 &&
      figures.processesLeft === 0 &&
      figures.loopDelayP99Milliseconds < 25 &&
      figures.slowestAdminMilliseconds < 100;
    process.exitCode = isSound ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
