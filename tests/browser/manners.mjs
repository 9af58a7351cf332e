// obsview.js on pages, browsers and networks that are not kind to it: the page must never notice.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test, until } from '../node/tap.mjs';
import { leave, servePage } from './stage.mjs';

const ENDPOINT = 'https://api.example.com';

const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' };

// What is missing or broken, as a script that runs before any other.
const POOR_BROWSERS = {
  'without PerformanceObserver': 'delete window.PerformanceObserver',
  'without sendBeacon': 'Navigator.prototype.sendBeacon = undefined',
  'whose sendBeacon refuses': 'Navigator.prototype.sendBeacon = () => false',
  'without fetch': 'window.fetch = undefined',
  'whose fetch throws': "window.fetch = () => { throw new TypeError('no') }",
  'without storage': "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no') } })",
  'without requestIdleCallback': 'window.requestIdleCallback = undefined',
  'without PerformanceEventTiming': 'delete window.PerformanceEventTiming',
  'without randomUUID': 'crypto.randomUUID = undefined',
};

// Things that people throw.
const ODD = {
  'nothing at all': 'undefined',
  null: 'null',
  'a number': '7',
  'a symbol': "Symbol('s')",
  'an object without prototype': 'Object.create(null)',
  'an object whose message throws': "({ get message() { throw new Error('inner') } })",
  'an error with a stack of a megabyte': "Object.assign(new Error('long'), { stack: 'x'.repeat(1 << 20) })",
};

// Ways to say no.
const NO = {
  'by data-enabled': { attributes: 'data-enabled="false"' },
  'by data-only-in': { attributes: 'data-only-in="staging, prod"' },
  'by enabled: false': { attributes: 'data-auto="false"', config: { enabled: false } },
  'by onlyIn and environment': { attributes: 'data-auto="false"', config: { onlyIn: ['prod'], environment: 'staging' } },
  'by localStorage': { before: "localStorage.obsview = 'off'", starts: true },
};

export async function manners({ emulator, browser }) {
  for (const [name, poverty] of Object.entries(POOR_BROWSERS)) {
    await test(`obsview.js in a browser ${name}: the page hears nothing`, () => surviveBrowser({ emulator, browser, poverty }));
  }
  for (const [name, value] of Object.entries(ODD)) {
    await test(`obsview.js: trackError with ${name} does not throw`, () => surviveValue({ emulator, browser, value }));
  }
  for (const [name, no] of Object.entries(NO)) {
    await test(`obsview.js switched off ${name} sends nothing`, () => staySilent({ emulator, browser, ...no }));
  }
  await test('obsview.js: an endpoint that is away is tried three times and no more', () => giveUp({ emulator, browser }));
  await test('obsview.js: 503 is tried again, and then accepted', () => tryAgain({ emulator, browser }));
  await test('obsview.js: the same error a thousand times is sent ten times', () => holdBack({ emulator, browser }));
  await test('obsview.js: loaded twice, it starts once', () => startOnce({ emulator, browser }));
}

async function surviveBrowser({ emulator, browser, poverty }) {
  await onPage({ emulator, browser, before: poverty }, async (page, { complaints }) => {
    await page.click('button');
    await page.evaluate(() => window.obsview.trackError(new Error('told')));
    await page.evaluate(() => window.obsview.trackPageView('/next'));
    await page.waitForTimeout(1300);
    await leave(page);
    assert.deepEqual(complaints, []);
  });
}

async function surviveValue({ emulator, browser, value }) {
  await onPage({ emulator, browser }, async (page, { complaints, bodies }) => {
    await page.evaluate(`window.obsview.trackError(${value}); window.obsview.trackError(new Error('after it'))`);
    await until('the error after it', () => bodies.find(({ text }) => text.includes('after it')));
    assert.deepEqual(complaints, []);
    for (const { text } of bodies) assert.ok(text.length < 102400, `a body of ${text.length} characters`);
  });
}

async function giveUp({ emulator, browser }) {
  await onPage({ emulator, browser, answer: (route) => route.abort(), hurry: true }, async (page, { complaints, bodies }) => {
    await page.evaluate(() => window.obsview.trackError(new Error('lost')));
    await until('three tries', () => tries(bodies, 'lost') === 3);
    await page.waitForTimeout(1500);
    assert.equal(tries(bodies, 'lost'), 3);
    assert.deepEqual(complaints, []);
  });
}

async function tryAgain({ emulator, browser }) {
  let times = 0;
  const answer = (route) => route.fulfill({ status: times++ === 0 ? 503 : 200, headers: { ...CORS, 'retry-after': '0' }, body: '{}' });

  await onPage({ emulator, browser, answer, hurry: true }, async (page, { bodies }) => {
    await page.evaluate(() => window.obsview.trackError(new Error('late')));
    await until('the second try', () => tries(bodies, 'late') === 2);
    await page.waitForTimeout(1500);
    assert.equal(tries(bodies, 'late'), 2);
  });
}

async function holdBack({ emulator, browser }) {
  await onPage({ emulator, browser }, async (page, { bodies }) => {
    await page.evaluate(() => {
      for (let i = 0; i < 1000; i++) window.obsview.trackError(new Error('again'));
      window.obsview.trackError(new Error('the last'));
    });
    await until('the last error', () => tries(bodies, 'the last') === 1);
    assert.equal(tries(bodies, '"again"'), 10);
  });
}

async function startOnce({ emulator, browser }) {
  await onPage({ emulator, browser }, async (page, { bodies }) => {
    await page.addScriptTag({ url: `${emulator.url}/obsview.js` });
    await page.evaluate((endpoint) => window.obsview.initializeTracking({ endpoint }), ENDPOINT);
    await page.evaluate(() => setTimeout(() => { throw new Error('once'); }));
    await until('the error', () => tries(bodies, 'once') > 0);
    await page.waitForTimeout(300);
    assert.equal(tries(bodies, 'once'), 1);
  });
}

async function staySilent({ emulator, browser, before, attributes, config, starts = false }) {
  await onPage({ emulator, browser, before, attributes }, async (page, { bodies }) => {
    assert.equal(await page.evaluate((given) => window.obsview.initializeTracking(given), config), starts);
    await page.click('button');
    await page.evaluate(() => window.obsview.trackError(new Error('unheard')));
    await page.waitForTimeout(1300); // longer than a batch waits
    await leave(page);
    await page.evaluate((url) => fetch(url, { method: 'POST', body: 'the end', mode: 'no-cors' }), ENDPOINT);
    await until('the end', () => tries(bodies, 'the end') === 1);
    assert.equal(bodies.length, 1);
  });
}

function tries(bodies, part) {
  return bodies.filter(({ text }) => text.includes(part)).length;
}

// A page with one button and the script; `complaints` are the errors that the page did not throw itself.
async function onPage({ emulator, browser, before = '', attributes = '', answer = accept, hurry = false }, play) {
  const page = await browser.newPage();
  const complaints = [];
  const bodies = [];
  const html = `<!doctype html><script>${before}</script>
    <script src="${emulator.url}/obsview.js" data-endpoint="${ENDPOINT}" ${attributes}></script><p>hello</p><button>press</button>`;

  const server = await servePage(html);

  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.route(`${ENDPOINT}/**`, (route) => {
    bodies.push({ text: route.request().postData() ?? '' });
    return answer(route);
  });
  try {
    if (hurry) await page.addInitScript(hurryUp);
    await page.goto(server.url);
    await play(page, { complaints, bodies });
  } finally {
    await page.close();
    server.close();
  }
}

function accept(route) {
  return route.fulfill({ status: 200, headers: CORS, body: '{}' });
}

// Waits of seconds become waits of a tenth.
function hurryUp() {
  const slow = window.setTimeout;

  window.setTimeout = (work, ms, ...rest) => slow(work, ms / 20, ...rest);
}
