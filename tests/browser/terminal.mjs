// The live screen as a person has it: the program in tmux, looked at.
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { until } from '../node/tap.mjs';
import { ENVIRONMENT, PROGRAM } from '../node/obsview.mjs';

let screens = 0; // each has a tmux server of its own: one that was told to go may still be going

export async function withScreen(emulator, view, play) {
  const program = [PROGRAM, 'watch', '--endpoint-url', emulator.url, '--view', view];

  screens++;
  tmux(['start-server', ';', 'set-option', '-g', 'remain-on-exit', 'on', ';', 'new-session', '-d', '-x', '120', '-y', '36', ...program]);
  try {
    await appears('the header', /^ *obsview\b.*●/m);
    await play();
  } finally {
    tmux(['kill-server']);
  }
}

// The screen as it was goes into the message when the words do not come.
export async function appears(what, words) {
  try {
    await until(`${what} on the screen`, () => words.test(capture()), { every: 10 });
  } catch (error) {
    throw new Error(`${error.message}\n${capture()}`);
  }
}

export function capture() {
  return tmux(['capture-pane', '-p']);
}

export function press(...keys) {
  tmux(['send-keys', ...keys]);
}

export function resize(columns, rows) {
  tmux(['resize-window', '-x', `${columns}`, '-y', `${rows}`]);
}

function tmux(args) {
  const server = ['-L', `obsview-${process.pid}-${screens}`, '-f', '/dev/null'];

  return execFileSync('tmux', [...server, ...args], { env: ENVIRONMENT, encoding: 'utf8' });
}
