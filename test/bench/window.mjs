#!/usr/bin/env node
/**
 * `npm run bench:window`: opening, scrolling and painting a CT of 512 × 512 × 300 in the real Electron, drawn by
 * software on a virtual display. Writes docs/benchmarks/window.json and window.md.
 */
import { benchElectron } from './electron.mjs';

await benchElectron('window');
