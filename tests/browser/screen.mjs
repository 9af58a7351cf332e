// What a page sends is on the live screen within a second: the screen is a real one, in tmux.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { note, test, until } from '../node/tap.mjs';
import { ENVIRONMENT, PROGRAM } from '../node/obsview.mjs';
import { leave, serveShop } from './stage.mjs';

const SOON_MS = 1000;
const LATE_LCP = /LCP +[23]\.\d+ s +▲/; // fair: past 2.5 s, not past 4 s
let screens = 0; // each has a tmux server of its own: one that was told to go may still be going

export async function screen(stage) {
  for (const [build, name] of [['dist', 'web-vitals 6'], ['dist-vitals3', 'web-vitals 3']]) {
    await test(`${name}: a late hero is on the Vitals screen within ${SOON_MS} ms`, () => showVital({ ...stage, build }));
  }
  for (const [button, words] of [
    ['error-render', /TypeError: Cannot read prop/],
    ['error-handler', /RangeError: Invalid array/],
    ['error-promise', /StockError: stock service/],
  ]) {
    await test(`#${button} is on the Errors screen within ${SOON_MS} ms`, () => showError({ ...stage, button, words }));
  }
}

async function showVital({ emulator, browser, build }) {
  await emulator.reset();
  await withScreen(emulator, 'vitals', async () => {
    await onPage({ emulator, browser, build, path: '/?hero=2600' }, async (page) => {
      await page.waitForSelector('#hero');
      await page.waitForTimeout(400); // the paint's entry comes a frame later
      assert.doesNotMatch(capture(), LATE_LCP);
      const sentAt = performance.now(); // LCP is final, and sent, when the page is left
      await leave(page);
      await shows('LCP of three seconds or so', LATE_LCP, sentAt);
    });
  });
}

async function showError({ emulator, browser, button, words }) {
  await emulator.reset();
  await withScreen(emulator, 'errors', async () => {
    await onPage({ emulator, browser, path: '/checkout' }, async (page) => {
      assert.doesNotMatch(capture(), words);
      const sentAt = performance.now();
      await page.click(`#${button}`);
      await shows(button, words, sentAt);
    });
  });
}

// Waits until the words are on the screen, and holds that it was soon after they were sent.
async function shows(what, words, sentAt) {
  await appears(what, words);
  const took = performance.now() - sentAt;

  note(`${what}: on screen after ${took.toFixed(0)} ms`);
  assert.ok(took <= SOON_MS, `took ${took.toFixed(0)} ms`);
}

// The screen as it was goes into the message when the words do not come.
async function appears(what, words) {
  try {
    await until(`${what} on the screen`, () => words.test(capture()), { every: 10 });
  } catch (error) {
    throw new Error(`${error.message}\n${capture()}`);
  }
}

async function onPage({ emulator, browser, build, path }, play) {
  const shop = await serveShop({ build, endpoint: emulator.url });
  const page = await browser.newPage();

  try {
    await page.goto(shop.url + path, { waitUntil: 'load' });
    await play(page);
  } finally {
    await page.close();
    shop.close();
  }
}

async function withScreen(emulator, view, play) {
  screens++;
  tmux(['start-server', ';', 'set-option', '-g', 'remain-on-exit', 'on', ';', 'new-session', '-d', '-x', '120', '-y', '36', PROGRAM, 'watch', '--endpoint-url', emulator.url, '--view', view]);
  try {
    await appears('the header', /^ *obsview\b.*●/m);
    await play();
  } finally {
    tmux(['kill-server']);
  }
}

function capture() {
  return tmux(['capture-pane', '-p']);
}

function tmux(args) {
  const server = ['-L', `obsview-${process.pid}-${screens}`, '-f', '/dev/null'];

  return execFileSync('tmux', [...server, ...args], { env: ENVIRONMENT, encoding: 'utf8' });
}
