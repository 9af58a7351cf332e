// What two loggers write as they come is found by `check logs`; set up as it says, they write nothing that is.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const LINES = fileURLToPath(new URL('lines.mjs', import.meta.url));

// By default, and what of the advice is configuration.
const LOGGERS = {
  pino: {
    rules: ['error-name', 'function-missing', 'level-number', 'message-name', 'request-missing', 'timestamp-epoch'],
    isTold: /^\w+: [^;]*$/,
    count: 4,
  },
  winston: {
    rules: ['error-missing', 'function-missing', 'level-case', 'request-missing', 'timestamp-missing'],
    isTold: /^format\(/,
    count: 1,
  },
};

export async function loggers() {
  for (const [library, { rules, isTold, count }] of Object.entries(LOGGERS)) {
    const before = check(written(library));
    const told = before.findings.map(({ fix }) => fix).filter((fix) => isTold.test(fix));

    await test(`check logs finds what ${library} does by default`, () => {
      assert.equal(before.status, 1);
      assert.deepEqual(before.findings.map(({ rule }) => rule.replace('logs.', '')).sort(), rules);
    });
    await test(`check logs finds nothing once ${library} is set up as it said`, () => {
      assert.equal(told.length, count, told.join('\n'));
      assert.deepEqual(check(written(library, told.join(', '))), { status: 0, findings: [] });
    });
  }
}

function written(library, ...told) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [LINES, library, ...told], { env: { PATH: process.env.PATH }, encoding: 'utf8' });

  assert.equal(status, 0, stderr);
  assert.equal(stdout.trimEnd().split('\n').length, 4);
  return stdout;
}

function check(input) {
  const { stdout, status } = spawnSync(PROGRAM, ['check', 'logs', '-', '--format', 'json'], { input, encoding: 'utf8' });

  return { status, findings: JSON.parse(stdout).findings.filter(({ level }) => level !== 'ok') };
}
