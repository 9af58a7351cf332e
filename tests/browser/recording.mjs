// OpenReplay's own tracker in the shop: what was done on the page is the storyboard, in its order.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test, until } from '../node/tap.mjs';
import { batches, openReplay } from './replay_stage.mjs';
import { appears, withScreen } from './terminal.mjs';

const APPEARS_MS = 2000;
const LEAVES_MS = 300;
const RECORDERS = [
  { tracker: 19, protocol: 1 },
  { tracker: 19, protocol: 2 },
  { tracker: 17, protocol: 1 }, // knows no other
];

// What the script below does, as its story tells it. Whatever comes between is no matter.
const STORY = [
  ['page', '/'],
  ['click', 'Pricing'],
  ['page', '/pricing'],
  ['click', 'Account'],
  ['page', '/account'],
  ['input', '#name', 'masked'],
  ['input', '#email', 'masked'],
  ['input', '#ssn', 'masked'],
  ['input', '#password', 'hidden'],
  ['console', 'error', 'the shelf is empty'],
  ['click', 'Checkout'],
  ['page', '/checkout'],
  ['click', 'pay-nothing'],
  ['network', 'POST /api/checkout', '400'],
  ['click', 'error-handler'],
  ['error', 'RangeError'],
  ['page', '/checkout'],
  ['click', 'quick-click'],
];

const TYPED = { name: 'Ada Lovelace', email: 'ada@example.com', ssn: '078-05-1120', password: 'hunter2' };

export async function recording({ browser }) {
  for (const { tracker, protocol } of RECORDERS) {
    const stage = await openReplay({ browser, tracker, args: ['--openreplay-protocol', `${protocol}`] });
    const scene = { stage };
    const isWatched = tracker === 19 && protocol === 1 && (await stage.views()).includes('sessions');

    try {
      if (isWatched) await test(`tracker ${tracker}: the Sessions view shows a session within ${APPEARS_MS} ms of its first batch`, () => isSeen(scene));
      await test(`tracker ${tracker}, protocol ${protocol}: a session is listed within ${APPEARS_MS} ms of its first batch`, () => isListed(scene));
      await test(`tracker ${tracker}, protocol ${protocol}: the story tells what was done, in its order, up to the click with which the page was left`, () => tells(scene));
      await test(`tracker ${tracker}, protocol ${protocol}: the app's session and the errors it reported belong to the recording`, () => tied(scene));
      if (protocol === 1) await test(`tracker ${tracker}: a hot reload of its wiring leaves the one tracker there is`, () => reloadsHot(scene));
    } finally {
      await stage.close();
    }
  }
}

// The screen is open before anybody comes, as beside a development server.
async function isSeen(scene) {
  const { stage } = scene;

  await withScreen(stage.emulator, 'sessions', async () => {
    await appears('that there is none', /0 sessions/);
    scene.page = await stage.open('/');
    await until('the first batch', async () => (await batches(stage)).length > 0);
    await within(APPEARS_MS, () => appears('the session', /1 session\b[^]*─ events of \d{19}/));
    await appears('its first page', /page +\/ "Corner Shop"/);
  });
}

async function within(ms, wait) {
  const began = performance.now();

  await wait();
  const took = performance.now() - began;

  assert.ok(took < ms, `${took} ms`);
}

async function isListed(scene) {
  const { stage } = scene;

  scene.page ??= await stage.open('/');
  await until('the first batch', async () => (await batches(stage)).length > 0);
  await within(APPEARS_MS, () => until('the session to be listed', async () => (await stage.sessions()).length > 0));
  const [session] = await stage.sessions();

  assert.match(session.device, /Chrome/);
  scene.session = session.session;
}

async function tells({ stage, page, session }) {
  await use(page, stage, session);
  const story = await until('the last click', async () => {
    const lines = await stage.story(session);

    return lines.some(({ text }) => text.includes('quick-click')) && lines;
  });
  const [first] = story;
  const failures = story.filter(({ severity }) => severity === 'failure').map(({ kind }) => kind);

  assertTold(story);
  assert.deepEqual(failures, ['console', 'error'], 'nothing else has failed');
  assert.equal((await stage.sessions()).length, 1, 'a reload and a second tab belong to the session');
  assert.ok(story.some(({ tab, kind, text }) => tab !== first.tab && kind === 'page' && text.includes('/products/123')), 'the second tab');
  assert.deepEqual(story.filter(({ kind }) => kind === 'resource'), [], 'what came out of the cache is no failure');
}

async function use(page, stage, session) {
  const told = (what, words) => until(`${what} ${words}`, async () => (await stage.story(session)).some(({ kind, text }) => kind === what && text.includes(words)));

  await page.click('text=Pricing');
  await page.click('text=Account');
  for (const [field, value] of Object.entries(TYPED)) await page.type(`#${field}`, value);
  await page.click('h1'); // the last field is left
  await told('input', '#password'); // no batch was asked for: the page sends one a second by itself
  await page.evaluate(() => console.error('the shelf is empty'));
  await page.click('text=Checkout');
  await page.click('#pay-nothing');
  await page.waitForFunction(() => !document.querySelector('#said').textContent.includes('lantern'));
  await page.click('#error-handler');
  await told('error', 'RangeError'); // by protocol 2 it is in the last of four bodies, which a page that is left may lose
  await page.reload();
  await page.waitForFunction(() => window.replay?.isActive());

  const second = await stage.open('/products/123');

  await told('page', '/products/123');
  await second.close();
  // The tracker sends when it hears that the page is left. A browser may end its worker before that has got so far,
  // which is not what is looked at here: the page takes its time to go.
  await page.evaluate((ms) => {
    addEventListener('pagehide', () => {
      for (const end = performance.now() + ms; performance.now() < end; );
    });
  }, LEAVES_MS);
  await page.click('#quick-click');
  await page.goto('about:blank');
}

function assertTold(story) {
  let at = 0;

  for (const { kind, text } of story) {
    const [wanted, ...words] = STORY[at] ?? [];

    if (kind === wanted && words.every((word) => text.includes(word))) at++;
  }
  assert.equal(at, STORY.length, `not told: ${STORY[at]}\n${story.map(({ kind, text }) => `${kind} ${text}`).join('\n')}`);
}

async function tied({ stage, session }) {
  const answer = await fetch(`${stage.emulator.url}/_obsview/links?kind=recording&id=${session}&hops=2`);
  const kinds = (await answer.json()).links.map(({ kind }) => kind);

  assert.ok(kinds.includes('app-session'), `${kinds}`);
  assert.ok(kinds.includes('error'), `${kinds}`);
}

async function reloadsHot({ stage }) {
  const page = await stage.open('/pricing');
  const logged = [];

  try {
    page.on('console', (message) => logged.push(`${message.type()} ${message.text()}`));
    await page.evaluate(() => (window.replay.isTheFirst = true));
    stage.vite.reload('/src/lib/replay/index.ts');
    await until('the hot reload', () => logged.some((line) => line.includes('hot updated: /src/lib/replay/index.ts')));
    assert.ok(await page.evaluate(() => window.replay.isTheFirst && window.replay.isActive()));
    assert.deepEqual(logged.filter((line) => /^(error|warning)/.test(line)), []);
  } finally {
    await page.close();
  }
}
