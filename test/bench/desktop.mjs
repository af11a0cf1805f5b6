#!/usr/bin/env node
/**
 * `npm run bench:desktop`: in the real Electron, a proposal from the click to the overlay, and 500 scrolls while the
 * engine trains beside 500 while it rests. Leaves test-output/bench-desktop.json. AMLP_BENCH_WIDTH, AMLP_BENCH_SCROLLS.
 */
import { benchElectron } from './electron.mjs';

await benchElectron('desktop');
