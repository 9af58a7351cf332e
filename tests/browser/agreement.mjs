// obsview.js and web-vitals 6 on one page: two rulers for the same things.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { note, test, until } from '../node/tap.mjs';
import { leave, serveShop, vitalsOf } from './stage.mjs';

const APART = { LCP: 1, FCP: 1, TTFB: 1, INP: 1, CLS: 0.001 };
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
  for (const scene of SCENES) {
    for (const place of ['early', 'late']) {
      await test(`obsview.js (${place}) agrees with web-vitals 6: ${scene.name}`, () =>
        compare({ emulator, browser, scene, place }));
    }
  }
}

async function compare({ emulator, browser, scene, place }) {
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
    assert.ok(cost > 0 && cost < 50, `the page paid ${cost} ms`);
  } finally {
    await page.close();
    shop.close();
  }
}

async function bothSides(emulator, theirs, ours, names) {
  const has = (vitals) => names.every((name) => vitals[name]);

  return until(`${names} from both`, async () => {
    const sides = [await vitalsOf(emulator, theirs), await vitalsOf(emulator, ours)];
    return sides.every(has) && sides;
  });
}

function assertClose(name, ours, theirs) {
  const gap = Math.abs(ours.value - theirs.value);

  assert.ok(gap <= APART[name], `${name}: obsview.js ${ours.value}, web-vitals ${theirs.value}`);
  assert.equal(ours.rating, theirs.rating, `${name}: ratings`);
  assert.equal(ours.url, theirs.url, `${name}: addresses`);
}

function show({ value }) {
  return Number(value.toFixed(4));
}
