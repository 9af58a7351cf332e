// The emulator's front page: true addresses, a tag to paste, counters that move at once.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test, until } from '../node/tap.mjs';

const VITAL = JSON.stringify({
  metrics: [{ name: 'LCP', value: 1250.5, rating: 'good', url: 'http://localhost/', timestamp: '2026-11-23T10:30:00.000Z' }],
  sessionId: '0b6f1d0c-7b1a-4a3e-9a52-3f6f6a1f5f10',
  userAgent: 'test',
});

export async function landing({ emulator, browser }) {
  for (const colorScheme of ['light', 'dark']) {
    await test(`the landing page (${colorScheme}) shows where it listens and counts what comes in`, () =>
      visit({ emulator, browser, colorScheme }));
  }
}

async function visit({ emulator, browser, colorScheme }) {
  await emulator.reset();
  const page = await browser.newPage();
  const strangers = [];
  const complaints = [];

  page.on('request', (request) => request.url().startsWith(emulator.url) || strangers.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await page.emulateMedia({ colorScheme });
    await page.goto(emulator.url);
    await until('the page to be live', async () => (await page.textContent('#state')) === 'live');
    assert.ok((await page.textContent('#tag')).includes(`src="${emulator.url}/obsview.js"`));
    assert.ok((await page.textContent('#umami')).includes(`src="${emulator.url}/script.js"`));
    assert.ok((await page.textContent('#emf')).includes(emulator.emf));

    const before = Number(await page.textContent('#vitals'));
    await fetch(`${emulator.url}/metrics/web-vitals`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: VITAL });
    await fetch(`${emulator.url}/no/such/path`);
    await until('the vital to be counted', async () => Number(await page.textContent('#vitals')) === before + 1, { within: 1500 });
    await until('the refusal to be shown', async () => (await page.textContent('#reasons')).includes('no such path'));
    assert.ok(await isReadable(page), 'text and paper differ enough');
    assert.deepEqual(strangers.filter((url) => !url.startsWith('data:')), []);
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
}

// The contrast of text on its ground, as WCAG computes it, is at least 7.
function isReadable(page) {
  return page.evaluate(() => {
    const light = (color) => {
      const [r, g, b] = color.match(/[\d.]+/g).map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(document.body);
    const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05) >= 7;
  });
}
