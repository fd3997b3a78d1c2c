#!/usr/bin/env node
import { startAhead } from './start-ahead.js';

startAhead(process.argv);
const { main } = await import('./main.js');
await main(process.argv);
