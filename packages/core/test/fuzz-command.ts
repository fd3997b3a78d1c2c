/** Usage: pnpm --filter @ecapa/core fuzz [audio] ...: see the two commands. */
if (process.argv[2] === 'audio') await import('./audio/fuzz-command.js');
else await import('./interop/fuzz-command.js');
