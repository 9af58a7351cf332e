// sendBeacon as pages call it: with a string, and with a JSON Blob, for which the browser asks first.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test, until } from '../node/tap.mjs';
import { serveShop } from './stage.mjs';

const KINDS = [
  { name: 'a string', type: /^text\/plain/, asksFirst: false },
  { name: 'a JSON Blob', type: /^application\/json/, asksFirst: true },
];

export async function beacons({ emulator, browser }) {
  for (const kind of KINDS) {
    await test(`sendBeacon with ${kind.name} is accepted${kind.asksFirst ? ' after its preflight' : ' without a preflight'}`, () =>
      sendAndFind({ emulator, browser, ...kind }));
  }
}

async function sendAndFind({ emulator, browser, type, asksFirst }) {
  await emulator.reset();
  const shop = await serveShop({ endpoint: '' });
  const page = await browser.newPage();

  try {
    await page.goto(shop.url);
    assert.equal(await page.evaluate(beacon, { url: `${emulator.url}/metrics/web-vitals`, isBlob: asksFirst }), true);
    const post = await until('the beacon', async () => (await emulator.events()).find((event) => event.method === 'POST'));
    const preflights = (await emulator.events()).filter((event) => event.method === 'OPTIONS');

    assert.equal(post.status, 200);
    assert.match(new Map(post.headers.map(([name, value]) => [name.toLowerCase(), value])).get('content-type'), type);
    assert.equal(JSON.parse(post.body).metrics[0].value, 1250.5);
    assert.equal(preflights.length, asksFirst ? 1 : 0);
    for (const preflight of preflights) assert.equal(preflight.status, 204);
  } finally {
    await page.close();
    shop.close();
  }
}

function beacon({ url, isBlob }) {
  const text = JSON.stringify({
    metrics: [{ name: 'LCP', value: 1250.5, rating: 'good', url: location.href, timestamp: new Date().toISOString() }],
    sessionId: crypto.randomUUID(),
    userAgent: navigator.userAgent,
  });

  return navigator.sendBeacon(url, isBlob ? new Blob([text], { type: 'application/json' }) : text);
}
