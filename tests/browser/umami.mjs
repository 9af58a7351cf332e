// Umami's tracker in the shop, against the real program: what was done on the page is what the read API says.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../node/obsview.mjs';
import { publishedTracker } from '../node/prepare.mjs';
import { test, until } from '../node/tap.mjs';
import { servePage, serveShop } from './stage.mjs';
import { appears, capture, press, resize, withScreen } from './terminal.mjs';
import { WEBSITE } from './tracker_stage.mjs';

const SCRIPT = fileURLToPath(new URL('../../emulator/assets/script.js', import.meta.url));
const ROLLDOWN = new URL('../../fixtures/vite-app/node_modules/rolldown/dist/index.mjs', import.meta.url);
const SIZE_MAX = 5 * 1024;

export async function umami({ emulator, browser }) {
  for (const dialect of ['v2', 'v3']) {
    await test(`script.js in the shop (${dialect}): page views, an event, who it was; the read API and the Analytics view agree`, () => shop({ browser, dialect }));
  }
  await test('the tracker that Umami 2.10 published, by --umami-script: page views, an event; the read API agrees', () => published({ browser }));
  await test('script.js with data-debug says on the console what was sent and answered', () => debug({ emulator, browser }));
  await test('script.js with data-debug says why nothing was sent', () => debugSilence({ emulator, browser }));
  await test('script.js and its hits pass a --token that stands in its address', () => token({ browser }));
  await test('script.js is served as Umami serves its own, and known again by its ETag', () => served({ emulator }));
  await test('--umami-script serves the file instead, never kept', () => ownFile());
  await test(`script.js stays below ${SIZE_MAX} bytes when it is minified`, size);
}

async function shop({ browser, dialect }) {
  const emulator = await startEmulator({ args: ['--umami-dialect', dialect] });

  try {
    // The screen is up before anybody comes, as beside a development server.
    await withScreen(emulator, 'analytics', async () => {
      await appears('that nobody has come', /no hit yet/);
      await visit({ browser, emulator, dialect });
      await assertAgrees({ emulator, dialect });
      await assertShows({ emulator, dialect });
    });
  } finally {
    await emulator.stop();
  }
}

async function visit({ browser, emulator, dialect }) {
  const page = await browser.newPage();
  const vitals = dialect === 'v3' ? 'data-performance="true"' : '';
  const site = await serveShop({
    build: 'dist',
    endpoint: emulator.url,
    head: `<script defer src="${emulator.url}/script.js" data-website-id="${WEBSITE}" data-tag="shop" ${vitals}></script>`,
  });

  try {
    await page.goto(`${site.url}/?utm_source=letter`);
    await countOf(emulator, 'views', 1);
    await page.click('text=Pricing');
    await countOf(emulator, 'views', 2);
    await page.click('text=Checkout');
    await countOf(emulator, 'views', 3);
    await page.click('#pay');
    await countOf(emulator, 'events', 1);
    await page.evaluate(() => window.umami.identify('user-42', { plan: 'pro' }));
    await page.evaluate(() => window.umami.track('bought', { total: 49.99 }));
    await countOf(emulator, 'events', 2);
  } finally {
    await page.close();
    site.close();
  }
}

// What the view says is what the API said about the same hour, figure by figure and name by name.
async function assertShows({ emulator, dialect }) {
  const get = await reader(emulator);
  const stats = await get('stats');
  const { pageviews, visitors, visits, bounces, totaltime } = Object.fromEntries(Object.entries(stats).map(([name, number]) => [name, number.value ?? number]));
  const seconds = Number(totaltime) / visits;
  const spent = seconds === 0 ? '0 ms' : `${seconds.toPrecision(3)} s`;
  const told = { visitors, visits, views: pageviews, bounce: `${(100 * bounces) / visits} %`, 'average visit': spent };
  const paths = await get('metrics', { type: dialect === 'v3' ? 'path' : 'url' });
  const events = await get('metrics', { type: 'event' });

  await appears('all views', new RegExp(`views +${pageviews} `));
  await appears('both events', /bought +1 /);
  for (const [figure, value] of Object.entries(told)) assert.match(capture(), new RegExp(`${figure} +${value} `), figure);
  for (const { x, y } of [...paths, ...events]) assert.match(capture(), new RegExp(`[▸ │]${x} +${y} `), x);
  // A headless browser is a bot to Umami: it is counted here all the same, and said.
  for (const hit of ['event +/checkout +pay ', 'identify ', 'event +/checkout +bought ', ...(dialect === 'v3' ? ['performance +/checkout '] : [])]) {
    assert.match(capture(), new RegExp(`▲ bot: production would drop it +${hit}`));
  }
  await openHit();
}

// Enter on the live hit of the order tells it in words, whatever the size, and Esc goes back.
async function openHit() {
  press('BTab', '/', 'bought', 'Enter');
  await appears('the order alone', /live hits .*bought/);
  press('Enter');
  await appears('the hit', /hit +event bought on \/checkout/);
  await appears('its verdict', /verdict +▲ production would drop it\s.*rule +bot\s/s);
  await appears('its data', /"total": 49.99/);
  resize(80, 24);
  await appears('the hit when the window is small', /hit +event bought on \/checkout/);
  resize(120, 36);
  press('Escape');
  await appears('the view again', /live hits/);
}

// It tells paths instead of addresses, and gives back the whole text of an answer where later ones give back its token.
async function published({ browser }) {
  const emulator = await startEmulator({ args: ['--umami-script', publishedTracker()] });
  const page = await browser.newPage();
  const site = await serveShop({
    build: 'dist',
    endpoint: emulator.url,
    head: `<script defer src="${emulator.url}/script.js" data-website-id="${WEBSITE}"></script>`,
  });

  try {
    await page.goto(site.url);
    await countOf(emulator, 'views', 1);
    await page.click('text=Checkout');
    await countOf(emulator, 'views', 2);
    await page.click('#pay');
    await countOf(emulator, 'events', 1);
    await page.evaluate(() => window.umami.track('bought', { total: 49.99 }));
    await countOf(emulator, 'events', 2);

    const get = await reader(emulator);
    const [stats, paths, data] = await Promise.all([
      get('stats'),
      get('metrics', { type: 'url' }),
      get('event-data/values', { eventName: 'bought', propertyName: 'total' }),
    ]);
    assert.deepEqual([stats.pageviews.value, stats.visitors.value], [2, 1]);
    assert.deepEqual(paths.map(({ x }) => x).sort(), ['/', '/checkout']);
    assert.deepEqual(data.map(({ total }) => total), [1]);
  } finally {
    await page.close();
    site.close();
    await emulator.stop();
  }
}

// Two sessions: one by address and browser, and from identify() on that of user-42.
async function assertAgrees({ emulator, dialect }) {
  const get = await reader(emulator);
  const stats = await get('stats');
  const paths = await get('metrics', { type: dialect === 'v3' ? 'path' : 'url' });
  const events = await get('events/series', { unit: 'day', timezone: 'UTC' });
  const sources = await get('values', { type: dialect === 'v3' ? 'hostname' : 'host' });
  const data = await get('event-data/values', { event: 'pay', eventName: 'pay', propertyName: 'items' });
  const who = await get('session-data/properties');
  const value = (number) => number.value ?? number;

  assert.equal(value(stats.pageviews), 3);
  assert.equal(value(stats.visitors), 1);
  assert.deepEqual(paths.map(({ x }) => x).sort(), ['/', '/checkout', '/pricing']);
  assert.deepEqual(events.map(({ x, y }) => [x, y]).sort(), [['bought', 1], ['pay', 1]]);
  assert.equal(sources[0].value, '127.0.0.1');
  assert.deepEqual(data, [{ value: '3', total: 1 }]);
  assert.deepEqual(who, [{ propertyName: 'plan', total: 1 }]);
  if (dialect === 'v3') await assertVitals(emulator);
}

async function assertVitals(emulator) {
  const bodies = await hits(emulator, 'performance');

  assert.ok(bodies.length >= 2, 'each page that was left told its vitals');
  assert.ok(bodies[0].payload.url.endsWith('/?utm_source=letter'), bodies[0].payload.url);
  for (const name of ['lcp', 'fcp', 'ttfb']) assert.equal(typeof bodies[0].payload[name], 'number', name);
}

// The bodies of one type that were answered 200, oldest first.
async function hits(emulator, type) {
  const events = await emulator.events();

  return events
    .filter(({ method, path, status }) => method === 'POST' && path === '/api/send' && status === 200)
    .map(({ body }) => JSON.parse(body))
    .filter((body) => body.type === type);
}

function countOf(emulator, what, wanted) {
  return until(`${wanted} ${what}`, async () => {
    const bodies = await hits(emulator, 'event');

    return bodies.filter(({ payload }) => Boolean(payload.name) === (what === 'events')).length === wanted;
  });
}

async function reader(emulator) {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const login = await fetch(`${emulator.url}/api/auth/login`, { ...post, body: '{"username":"admin","password":"umami"}' });
  const { token } = await login.json();
  const now = Date.now();

  return async (path, more = {}) => {
    const query = new URLSearchParams({ startAt: now - 3600e3, endAt: now + 60e3, ...more });
    const answer = await fetch(`${emulator.url}/api/websites/${WEBSITE}/${path}?${query}`, { headers: { authorization: `Bearer ${token}` } });
    const text = await answer.text();

    assert.equal(answer.status, 200, `${path}: ${text}`);
    return JSON.parse(text);
  };
}

async function debug({ emulator, browser }) {
  await onPage({ emulator, browser, attributes: 'data-debug' }, async (page, said) => {
    await until('the hit and its answer on the console', () => said.find((text) => text.startsWith('[umami] event') && text.includes(' 200 ')));
    await page.evaluate(() => window.umami.track({ url: '/nobody' }));
    await until('what Umami says of a hit without a website', () => said.find((text) => text.includes(' 400 ')));
  });
}

async function debugSilence({ emulator, browser }) {
  await onPage({ emulator, browser, attributes: 'data-debug data-domains="shop.example"' }, async (page, said) => {
    await until('the reason', () => said.find((text) => text.includes('127.0.0.1 is not in data-domains')));
  });
}

async function onPage({ emulator, browser, attributes, src = '/script.js' }, play) {
  const site = await servePage(
    `<!doctype html><title>t</title><script defer src="${emulator.url}${src}" data-website-id="${WEBSITE}" ${attributes}></script>`,
  );
  const page = await browser.newPage();
  const said = [];

  page.on('console', (message) => said.push(message.text()));
  try {
    await page.goto(site.url);
    await play(page, said);
  } finally {
    await page.close();
    site.close();
  }
}

async function token({ browser }) {
  const emulator = await startEmulator({ args: ['--token', 'a&b'] });

  try {
    await onPage({ emulator, browser, attributes: 'data-debug', src: '/script.js?token=a%26b' }, async (page, said) => {
      await until('the hit to be taken', () => said.find((text) => text.includes(' 200 ')));
    });
  } finally {
    await emulator.stop();
  }
}

async function served({ emulator }) {
  const first = await fetch(`${emulator.url}/script.js`);
  const again = await fetch(`${emulator.url}/script.js`, { headers: { 'if-none-match': first.headers.get('etag') } });

  assert.equal(first.status, 200);
  assert.equal(first.headers.get('content-type'), 'application/javascript; charset=UTF-8');
  assert.equal(first.headers.get('access-control-allow-origin'), '*');
  assert.equal(first.headers.get('cache-control'), 'public, max-age=86400, must-revalidate');
  assert.equal(await first.text(), readFileSync(SCRIPT, 'utf8'));
  assert.equal(again.status, 304);
}

async function ownFile() {
  const folder = mkdtempSync(join(tmpdir(), 'obsview-script-'));
  const file = join(folder, 'script.js');

  writeFileSync(file, '/* mine */');
  const emulator = await startEmulator({ args: ['--umami-script', file] });
  try {
    const answer = await fetch(`${emulator.url}/script.js`);

    assert.equal(await answer.text(), '/* mine */');
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function size() {
  const { rolldown } = await import(ROLLDOWN);
  const bundle = await rolldown({ input: SCRIPT });
  const { output } = await bundle.generate({ format: 'iife', minify: true });

  assert.ok(output[0].code.length < SIZE_MAX, `${output[0].code.length} bytes`);
}
