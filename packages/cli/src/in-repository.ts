// The command as this repository runs it. Bundled, its code no longer lies in core, beside which core looks for its worker.
import { fileURLToPath } from 'node:url';
import { setPackageDirectory } from '@ecapa/core/ahead';

setPackageDirectory(fileURLToPath(new URL('../../core', import.meta.url)));
await import('./command.js');
