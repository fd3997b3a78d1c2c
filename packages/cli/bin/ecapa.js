#!/usr/bin/env node
import { startAhead } from '../dist/start-ahead.js';

startAhead(process.argv);
const { main } = await import('../dist/main.js');
await main(process.argv);
