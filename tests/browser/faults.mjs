// Trackers fail in every way there is, and the shop does not notice.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test, until } from '../node/tap.mjs';
import { leave, serveShop } from './stage.mjs';

const KINDS = ['500', 'hang', 'reset', 'half', 'garbage', 'slow:300'];

export async function faults({ emulator, browser }) {
  for (const kind of KINDS) {
    await test(`the shop has no error of its own while its tracking meets ${kind}`, () => visit({ emulator, browser, kind }));
  }
  await test('the tracking works again as soon as the faults are gone', () => recover({ emulator, browser }));
}

async function visit({ emulator, browser, kind }) {
  await onShop({ emulator, browser }, async (page, { complaints, open }) => {
    await post(emulator, { rule: `/*=${kind}` });
    await open();
    await page.click('#slow-click');
    await page.waitForTimeout(300); // longer than the slowest answer
    await leave(page);
    await until('a request that met the fault', async () => (await taken(emulator)) > 0);
    assert.deepEqual(complaints, []);
  });
}

async function recover({ emulator, browser }) {
  await onShop({ emulator, browser }, async (page, { open }) => {
    await post(emulator, { rule: '/*=reset' });
    await open();
    await leave(page);
    await until('a request that met the fault', async () => (await taken(emulator)) > 0);
    await fetch(`${emulator.url}/_obsview/faults`, { method: 'DELETE' });
    await open();
    await page.click('#slow-click');
    await leave(page);
    await until('vitals', async () => (await emulator.events()).some(isVital));
  });
}

function isVital({ path, status }) {
  return path.startsWith('/metrics/web-vitals') && status === 200;
}

async function taken(emulator) {
  const { faults } = await (await fetch(`${emulator.url}/_obsview/faults`)).json();

  return faults.reduce((sum, fault) => sum + fault.taken, 0);
}

async function post(emulator, body) {
  const answer = await fetch(`${emulator.url}/_obsview/faults`, { method: 'POST', body: JSON.stringify(body) });

  assert.equal(answer.status, 200);
}

// `complaints` are exceptions and rejected promises that nobody caught.
async function onShop({ emulator, browser }, play) {
  const shop = await serveShop({ endpoint: emulator.url, transport: 'fetch-json' });
  const page = await browser.newPage();
  const complaints = [];

  page.on('pageerror', (error) => complaints.push(String(error)));
  await emulator.reset();
  try {
    await play(page, { complaints, open: () => page.goto(`${shop.url}/checkout`, { waitUntil: 'load' }) });
  } finally {
    await page.close();
    shop.close();
    await fetch(`${emulator.url}/_obsview/faults`, { method: 'DELETE' });
  }
}
