// A test protocol in forty lines: one `ok` or `not ok` a test, and a closing count.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

const PATIENCE_MS = 10000;
let passed = 0;
let failed = 0;

export async function test(name, body) {
  try {
    await body();
    passed++;
    console.log(`ok ${passed + failed} - ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${passed + failed} - ${name}`);
    console.log(String(error.stack ?? error).replaceAll(/^/gm, '  # '));
  }
}

// Prints what was measured, where a reader of the log would look for it.
export function note(text) {
  console.log(`# ${text}`);
}

export function closing() {
  console.log(`1..${passed + failed}`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

// Asks again until the answer is true, and returns it; fails at the deadline, saying what was waited for.
export async function until(what, ask, { within = PATIENCE_MS, every = 20 } = {}) {
  const end = performance.now() + within;
  let answer;

  while (!(answer = await ask())) {
    if (performance.now() > end) assert.fail(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  return answer;
}
