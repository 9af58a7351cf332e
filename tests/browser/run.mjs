// Runs the browser tests: the real program, a real Chromium, the real SDKs.
// SPDX-License-Identifier: MIT
//
//   OBSVIEW=build/obsview node tests/browser/run.mjs [suite...]
//
// Without names all suites run. CHROMIUM names another browser than /usr/bin/chromium.
import { prepare } from '../node/prepare.mjs';
import { closing } from '../node/tap.mjs';

prepare({ withApp: true });

const { openStage } = await import('./stage.mjs');
const suites = {
  ...(await import('./vitals.mjs')),
  ...(await import('./beacons.mjs')),
  ...(await import('./errors.mjs')),
  ...(await import('./agreement.mjs')),
  ...(await import('./prerender.mjs')),
  ...(await import('./manners.mjs')),
  ...(await import('./faults.mjs')),
  ...(await import('./landing.mjs')),
  ...(await import('./tracker.mjs')),
  ...(await import('./umami.mjs')),
  ...(await import('./recording.mjs')),
  ...(await import('./pii.mjs')),
  ...(await import('./fixture.mjs')),
  ...(await import('./secrets.mjs')),
  ...(await import('./screen.mjs')),
};
const wanted = process.argv.slice(2);
const stage = await openStage();

try {
  for (const [name, run] of Object.entries(suites)) {
    if (wanted.length === 0 || wanted.includes(name)) await run(stage);
  }
} finally {
  await stage.close();
}
closing();
