// Errors of three kinds, from the sample app's own reporter and from obsview.js, end in the log group.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { logs } from '../node/deps.mjs';
import { test, until } from '../node/tap.mjs';
import { startEmulator } from '../node/obsview.mjs';
import { servePage, serveShop } from './stage.mjs';

const GROUP = '/aws/lambda/obsview-dev-error-reporter';
const OFF = "<script>localStorage.obsview = 'off'</script>";
const KINDS = [
  { button: 'error-render', type: 'TypeError', message: /reading 'amount'/, hasComponents: true },
  { button: 'error-handler', type: 'RangeError', message: /Invalid array length/ },
  { button: 'error-promise', type: 'StockError', message: /stock service did not answer/ },
];

export async function errors({ emulator, browser }) {
  for (const kind of KINDS) {
    await test(`${kind.type} by #${kind.button} is an ERROR line, found by FilterLogEvents`, () =>
      throwAndFind({ emulator, browser, ...kind }));
  }
  for (const kind of KINDS) {
    await test(`obsview.js reports the same ${kind.type} by #${kind.button}`, () => throwAndFind({ emulator, browser, ...kind, isOurs: true }));
  }
  await test('obsview.js: trackError adds the context it is given', () => trackWithContext({ emulator, browser }));
  await test('obsview.js: trackPageView ends one view and names the next', () => changeView({ emulator, browser }));
  await test('obsview.js: a token in its address is sent along, and without it nothing is taken', () => showToken({ browser }));
  await test('obsview.js: nothing is sent when it is switched off', () => keepQuiet({ emulator, browser }));
}

async function throwAndFind({ emulator, browser, button, type, message, hasComponents = false, isOurs = false }) {
  await onPage({ emulator, browser, isOurs }, async (page) => {
    await page.click(`#${button}`);
    const line = await errorLine(emulator);

    assert.equal(line.level, 'ERROR');
    assert.equal(line.functionName, 'obsview-dev-error-reporter');
    assert.ok(line.requestId);
    assert.match(JSON.stringify(line), message);
    assert.ok(JSON.stringify(line).includes(type), `no ${type} in ${JSON.stringify(line)}`);
    assert.equal(JSON.stringify(line).includes('at PriceTag') || JSON.stringify(line).includes('componentStack'), hasComponents);
  });
}

async function trackWithContext({ emulator, browser }) {
  await onPage({ emulator, browser, isOurs: true }, async (page) => {
    await page.evaluate(() => window.obsview.trackError(new SyntaxError('half a basket'), { componentStack: 'in Basket (at App.tsx:42)' }));
    const line = JSON.stringify(await errorLine(emulator));

    assert.ok(line.includes('half a basket') && line.includes('SyntaxError') && line.includes('in Basket (at App.tsx:42)'), line);
  });
}

async function changeView({ emulator, browser }) {
  await onPage({ emulator, browser, isOurs: true }, async (page) => {
    await page.click('#slow-click');
    await page.waitForTimeout(1200); // until the browser had an idle moment to hand over the entries
    await page.evaluate(() => window.obsview.trackPageView('/virtual/view'));
    const first = await until('the vitals of the first view', () => inpOf(emulator, (url) => !url.includes('virtual')));
    await page.click('#very-slow-click');
    await page.waitForTimeout(1200);
    await page.goto('about:blank');
    const second = await until('the vitals of the second view', () => inpOf(emulator, (url) => url.endsWith('/virtual/view')));

    assert.ok(first.value >= 350 && first.value < 700, `first view ${first.value}`);
    assert.ok(second.value >= 700, `second view ${second.value}`);
  });
}

async function inpOf(emulator, isIt) {
  const bodies = (await emulator.events()).filter(({ method, status }) => method === 'POST' && status === 200);

  return bodies
    .flatMap(({ body }) => JSON.parse(body).metrics ?? [])
    .find(({ name, url }) => name === 'INP' && isIt(url));
}

async function keepQuiet({ emulator, browser }) {
  await onPage({ emulator, browser, isOurs: true, head: OFF }, async (page) => {
    await page.click('#error-handler');
    await page.goto('about:blank');
    await page.goto(`${emulator.url}/`);
    await page.evaluate((url) => fetch(`${url}/errors/report`, { method: 'POST', body: '{"error":{"message":"the last one","type":"Error"},"context":{"url":"http://localhost/"}}' }), emulator.url);
    const seen = await until('the last request', async () => {
      const posts = (await emulator.events()).filter(({ method }) => method === 'POST');
      return posts.some(({ body }) => body.includes('the last one')) && posts;
    });
    assert.equal(seen.length, 1);
  });
}

async function showToken({ browser }) {
  const emulator = await startEmulator({ args: ['--token', 'open-sesame'] });
  const script = `${emulator.url}/obsview.js?token=open-sesame`;
  const server = await servePage(`<script src="${script}"></script><p>hello</p>`);
  const page = await browser.newPage();

  try {
    await page.goto(server.url);
    const answered = page.waitForResponse((answer) => answer.url().startsWith(`${emulator.url}/errors/report`));
    await page.evaluate(() => window.obsview.trackError(new Error('told in confidence')));
    assert.equal((await answered).status(), 200);
    const refused = await fetch(`${emulator.url}/errors/report`, { method: 'POST', body: '{}' });
    assert.ok([401, 403].includes(refused.status), `answered ${refused.status} without the token`);
  } finally {
    await page.close();
    server.close();
    await emulator.stop();
  }
}

// A page of the shop: with its own reporter, or with obsview.js alone.
async function onPage({ emulator, browser, isOurs, head = '' }, play) {
  const shop = await serveShop({ build: isOurs ? 'dist-obsview' : 'dist', endpoint: emulator.url, head });
  const page = await browser.newPage();

  await emulator.reset();
  try {
    await page.goto(`${shop.url}/checkout`, { waitUntil: 'load' });
    if (isOurs) await page.waitForFunction(() => window.obsview);
    await play(page);
  } finally {
    await page.close();
    shop.close();
  }
}

// The one ERROR line of the group, parsed.
async function errorLine({ logs: client }) {
  const events = await until('an ERROR line', async () => {
    try {
      const answer = await client.send(new logs.FilterLogEventsCommand({ logGroupName: GROUP, filterPattern: '{ $.level = "ERROR" }' }));
      return answer.events.length > 0 && answer.events;
    } catch (error) {
      if (error.name === 'ResourceNotFoundException') return undefined; // the group comes with its first line
      throw error;
    }
  });

  assert.equal(events.length, 1);
  return JSON.parse(events[0].message);
}
