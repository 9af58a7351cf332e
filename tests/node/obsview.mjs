// The program under test: started on ports of its own, asked over its wires, stopped.
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const PROGRAM = process.env.OBSVIEW ?? fileURLToPath(new URL('../../build/obsview', import.meta.url));

// Any well-formed credentials do on an emulator.
export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
export const REGION = 'us-east-1';

export async function startEmulator({ args = [], stdin = 'ignore' } = {}) {
  const child = spawn(
    PROGRAM,
    ['emulate', '--listen', '127.0.0.1:0', '--emf-listen', '127.0.0.1:0', '--db', ':memory:', '--rate-limit', '0', ...args],
    { stdio: [stdin, 'pipe', 'pipe'] },
  );
  const said = [];
  const lines = { stdout: [], stderr: [] };
  const ready = new Promise((resolve, reject) => {
    for (const name of ['stdout', 'stderr']) {
      createInterface({ input: child[name] }).on('line', (line) => {
        const found = /ready (http:\S+) emf (\S+)/.exec(line);

        said.push(line);
        lines[name].push(line);
        if (found) resolve({ url: found[1], emf: found[2] });
      });
    }
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`obsview left with ${code}:\n${said.join('\n')}`)));
  });

  const { url, emf } = await ready;
  return { child, url, emf, lines, stop: () => stop(child), events: () => events(url) };
}

async function stop(child) {
  if (child.exitCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return code;
}

// What came in, as the Intake view shows it: newest last.
async function events(url) {
  const answer = await fetch(`${url}/_obsview/events`);

  return (await answer.json()).events;
}
