// pnpm buffers [COUNT MEGABYTES [POLICY]]: so many large Buffers at once under each policy of a full queue, or one; prints
// how much of them was on the disk, and fails when that is more than two, or when results are missing or out of order.
import { faultsOf, POLICIES, sendBuffers } from './buffers.js';
import { Flow } from './flow.js';

const [count = 1000, megabytes = 20] = process.argv.slice(2, 4).map(Number);
const [only] = process.argv.slice(4);

async function main(): Promise<void> {
  const flow = new Flow();
  try {
    for (const policy of POLICIES.filter((one) => only === undefined || one.policy === only)) {
      const figures = await sendBuffers(flow, policy, count, 1e6 * megabytes);
      process.stdout.write(`${JSON.stringify({ megabytes, ...figures })}\n`);
      for (const fault of faultsOf(figures)) {
        process.exitCode = 1;
        process.stderr.write(`${fault}\n`);
      }
    }
  } finally {
    await flow.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
