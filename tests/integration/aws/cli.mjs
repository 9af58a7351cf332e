// The aws command line, Debian's 2.9, pointed at the emulator.
// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { noteCommand } from '../../node/calls.mjs';
import { ENVIRONMENT } from '../../node/obsview.mjs';

const run = promisify(execFile);

export async function aws(url, ...args) {
  const { stdout } = await run(process.env.AWS_CLI ?? '/usr/bin/aws', ['--endpoint-url', url, '--output', 'json', ...args], {
    env: { ...ENVIRONMENT, AWS_PAGER: '', AWS_MAX_ATTEMPTS: '1' },
    maxBuffer: 16 * 1024 * 1024,
  });

  noteCommand(...args);
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}
