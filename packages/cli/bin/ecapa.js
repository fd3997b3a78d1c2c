#!/usr/bin/env node
import '../dist/ecapa.js';
