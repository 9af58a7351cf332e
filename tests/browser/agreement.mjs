// obsview.js and web-vitals 6 on one page: two rulers for the same things.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { note, test, until } from '../node/tap.mjs';
import { leave, posted, serveShop, vitalsOf } from './stage.mjs';

const APART = { LCP: 1, FCP: 1, TTFB: 1, INP: 1, CLS: 0.001 };
// After a return both rulers read the clock in the same frame, one after the other.
const APART_RETURNED = { ...APART, LCP: 16, FCP: 16 };
const COST_MS = 50;
const IDLE_MS = 1200; // both rulers read their entries when the page has time for it

const SCENES = [
  { name: 'a page left alone', path: '/', vitals: ['LCP', 'FCP', 'TTFB', 'CLS'] },
  { name: 'a late hero', path: '/?hero=1500', linger: 2200, vitals: ['LCP', 'FCP', 'TTFB', 'CLS'] },
  { name: 'quick clicks', path: '/pricing', clicks: ['quick-click', 'quick-click'], vitals: ['LCP', 'INP', 'CLS'] },
  { name: 'a slow click', path: '/checkout', clicks: ['slow-click'], vitals: ['LCP', 'INP', 'CLS'] },
  {
    name: 'slow click, then shifts in two bursts',
    path: '/products/123',
    clicks: ['slow-click', 'shift', 'shift'],
    pause: 1900,
    linger: 2500,
    vitals: ['LCP', 'FCP', 'TTFB', 'INP', 'CLS'],
  },
  { name: 'sixty clicks', path: '/pricing', clicks: ['very-slow-click', 'slow-click', ...Array(60).fill('quick-click')], vitals: ['INP'] },
];

export async function agreement({ emulator, browser }) {
  const costs = [];

  for (const scene of SCENES) {
    for (const place of ['early', 'late']) {
      await test(`obsview.js (${place}) agrees with web-vitals 6: ${scene.name}`, () =>
        compare({ emulator, browser, scene, place, costs }));
    }
  }
  await test('obsview.js agrees with web-vitals 6: a page that comes back from the cache', () =>
    compareReturn({ emulator, browser }));
  await test(`obsview.js costs a page less than ${COST_MS} ms`, () => {
    const [median, most] = [0.5, 1].map((q) => costs.sort((a, b) => a - b)[Math.floor(q * (costs.length - 1))]);

    note(`own cost on ${costs.length} pages: median ${median.toFixed(1)} ms, most ${most.toFixed(1)} ms`);
    assert.ok(median > 0 && median < COST_MS, `median ${median} ms`);
  });
}

async function compare({ emulator, browser, scene, place, costs }) {
  const ours = randomUUID();
  const tag = `<script ${place === 'late' ? 'async' : ''} src="${emulator.url}/obsview.js" data-session-id="${ours}"></script>`;
  const shop = await serveShop({ endpoint: emulator.url, head: tag });
  const page = await browser.newPage();

  try {
    await page.goto(shop.url + scene.path, { waitUntil: 'load' });
    for (const id of scene.clicks ?? []) {
      await page.click(`#${id}`);
      await page.waitForTimeout(scene.pause ?? 30);
    }
    await page.waitForTimeout(scene.linger ?? IDLE_MS);
    const theirs = await page.evaluate(() => sessionStorage.getItem('session-id'));
    const cost = await page.evaluate(() => window.obsview.cost());
    await leave(page);

    const [b, a] = await bothSides(emulator, theirs, ours, scene.vitals);
    for (const name of scene.vitals) assertClose(name, a[name], b[name]);
    note(`${scene.vitals.map((name) => `${name} ${show(a[name])}|${show(b[name])}`).join('  ')}  cost ${cost.toFixed(2)} ms`);
    costs.push(cost);
  } finally {
    await page.close();
    shop.close();
  }
}

// Away and back again, without a load: every vital twice, the second time of the return.
async function compareReturn({ emulator, browser }) {
  const ours = randomUUID();
  const tag = `<script src="${emulator.url}/obsview.js" data-session-id="${ours}"></script>`;
  const shop = await serveShop({ endpoint: emulator.url, head: tag });
  const page = await browser.newPage();

  try {
    await page.goto(`${shop.url}/pricing`, { waitUntil: 'load' });
    await page.click('#slow-click');
    await page.waitForTimeout(IDLE_MS);
    const theirs = await page.evaluate(() => sessionStorage.getItem('session-id'));
    await page.evaluate(() => addEventListener('pageshow', (event) => (window.cameBack = event.persisted)));
    await leave(page);
    await page.goBack({ waitUntil: 'commit' }); // nothing is loaded
    await page.waitForFunction(() => window.cameBack === true);
    await page.click('#very-slow-click');
    await page.waitForTimeout(IDLE_MS);
    await leave(page);

    const [b, a] = await until('two of each from both', async () => {
      const sides = [await twice(emulator, theirs), await twice(emulator, ours)];
      return sides.every(Boolean) && sides;
    });
    for (const name of Object.keys(APART)) {
      assertClose(name, a[name][0], b[name][0]);
      assertClose(name, a[name][1], b[name][1], APART_RETURNED[name]);
    }
    note(Object.keys(APART).map((name) => `${name} ${show(a[name][1])}|${show(b[name][1])}`).join('  '));
  } finally {
    await page.close();
    shop.close();
  }
}

// Every vital's two values in the order in which they were sent; undefined while there are fewer.
async function twice(emulator, sessionId) {
  const metrics = (await posted(emulator, '/metrics/web-vitals', sessionId)).flatMap((body) => body.metrics);
  const pairs = Object.keys(APART).map((name) => [name, metrics.filter((metric) => metric.name === name)]);

  return pairs.every(([, values]) => values.length === 2) ? Object.fromEntries(pairs) : undefined;
}

async function bothSides(emulator, theirs, ours, names) {
  const has = (vitals) => names.every((name) => vitals[name]);

  return until(`${names} from both`, async () => {
    const sides = [await vitalsOf(emulator, theirs), await vitalsOf(emulator, ours)];
    return sides.every(has) && sides;
  });
}

function assertClose(name, ours, theirs, most = APART[name]) {
  const gap = Math.abs(ours.value - theirs.value);

  assert.ok(gap <= most, `${name}: obsview.js ${ours.value}, web-vitals ${theirs.value}`);
  assert.equal(ours.rating, theirs.rating, `${name}: ratings`);
  assert.equal(ours.url, theirs.url, `${name}: addresses`);
}

function show({ value }) {
  return Number(value.toFixed(4));
}
