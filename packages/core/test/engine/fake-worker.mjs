// Speaks the worker's side of the protocol without a model; the job's file name selects its behaviour.
const cancelled = new Set();
const pcm = new Map();
const send = (message) => process.send(message);
const fail = (id) => send({ type: 'failed', id, error: { code: 'CANCELLED', message: 'cancelled' } });

process.on('disconnect', () => process.exit(0));
process.on('message', async (message) => {
  if (message.type === 'open') {
    const { modelDirectory } = message.settings;
    if (modelDirectory === 'unusable') {
      return send({
        type: 'openFailed',
        error: { code: 'RUNTIME_UNAVAILABLE', message: 'no binary for this machine' },
      });
    }
    if (modelDirectory === 'crashes-at-start') process.exit(7);
    if (modelDirectory === 'loads-forever') return;
    // As where the native library meets a processor that lacks an instruction.
    if (modelDirectory === 'native-crashes' && message.settings.nativeCrash === undefined)
      return process.kill(process.pid, 'SIGILL');
    return send({
      type: 'ready',
      model: { id: 'fake', dimension: 3, sha256: '', runtime: { name: 'wasm', version: '0' } },
    });
  }
  if (message.type === 'cancel') {
    if (pcm.has(message.id)) fail(message.id);
    return cancelled.add(message.id);
  }
  if (message.type === 'piece') {
    pcm.set(message.id, (pcm.get(message.id) ?? 0) + message.piece.length);
    return setTimeout(() => send({ type: 'credit', id: message.id, count: 1 }), 1);
  }
  if (message.type === 'sourceEnd')
    return send({ type: 'result', id: message.id, value: pcm.get(message.id) ?? 0 });
  if (message.type !== 'job') return;
  const { id, input } = message;
  const { source } = input;
  if (source.kind === 'pcm') return void pcm.set(id, 0);
  const [verb, argument] = source.path.split(':');
  if (verb === 'echo') return setTimeout(() => send({ type: 'result', id, value: argument }), 5);
  if (verb === 'pid') return send({ type: 'result', id, value: process.pid });
  if (verb === 'fail')
    return send({ type: 'failed', id, error: { code: 'NOT_AUDIO', message: `${source.name}: text` } });
  if (verb === 'crash') return process.kill(process.pid, 'SIGSEGV');
  if (verb === 'crash-once') {
    const { existsSync, writeFileSync } = await import('node:fs');
    if (existsSync(argument)) return send({ type: 'result', id, value: 'second try' });
    writeFileSync(argument, '');
    return process.kill(process.pid, 'SIGKILL');
  }
  if (verb === 'deaf') for (;;); // as deep inside one inference
  if (verb === 'slow') {
    const timer = setInterval(() => {
      send({ type: 'event', id, event: { type: 'progress', progress: { doneSeconds: 1 } } });
      if (!cancelled.has(id)) return;
      clearInterval(timer);
      fail(id);
    }, 10);
  }
});
