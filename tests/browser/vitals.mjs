// The sample app's vitals, by web-vitals 6 and 3, arrive and can be asked back.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test, until } from '../node/tap.mjs';
import { startEmulator, statisticsOf } from '../node/obsview.mjs';
import { leave, posted, servePage, serveShop } from './stage.mjs';

const BUILDS = [
  { package: 'web-vitals 6', build: 'dist', names: ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'] },
  { package: 'web-vitals 3', build: 'dist-vitals3', names: ['LCP', 'INP', 'CLS', 'FCP', 'TTFB', 'FID'] },
];
const TRANSPORTS = ['beacon-text', 'beacon-json', 'fetch'];

export async function vitals({ emulator, browser }) {
  for (const row of BUILDS) {
    await test(`${row.package}: every vital arrives and is read back by the AWS SDK`, () =>
      arriveAndReadBack({ emulator, browser, ...row }));
  }
  for (const transport of TRANSPORTS) {
    await test(`web-vitals 6 by ${transport}: every vital arrives`, () =>
      arriveAndReadBack({ emulator, browser, ...BUILDS[0], transport }));
  }
  await test('a page on an origin that is not allowed is refused, and the refusal is seen', () =>
    refuseStranger({ browser }));
}

async function arriveAndReadBack({ emulator, browser, build, names, transport }) {
  await emulator.reset();
  const shop = await serveShop({ build, endpoint: emulator.url, transport });
  const page = await browser.newPage();

  try {
    const session = await shopAround(page, `${shop.url}/products/123`);
    const metrics = await until(`${names} in the intake`, () => allOf(emulator, session, names));

    for (const name of names) await assertReadBack(emulator, name, metrics);
  } finally {
    await page.close();
    shop.close();
  }
}

async function shopAround(page, url) {
  await page.goto(url, { waitUntil: 'load' });
  await page.click('#slow-click');
  await page.click('#shift');
  await page.waitForTimeout(1200); // past the shift, and the idle moment in which it is counted
  const session = await page.evaluate(() => sessionStorage.getItem('session-id'));
  await leave(page);
  return session;
}

async function allOf(emulator, session, names) {
  const metrics = (await posted(emulator, '/metrics/web-vitals', session)).flatMap((body) => body.metrics);

  return names.every((name) => metrics.some((metric) => metric.name === name)) && metrics;
}

// What the page sent is what CloudWatch says, for the environment and for the folded route.
async function assertReadBack(emulator, name, metrics) {
  const sent = metrics.filter((metric) => metric.name === name).map((metric) => metric.value);
  const sets = [{ environment: 'dev' }, { environment: 'dev', route: '/products/:id' }];

  for (const dimensions of sets) {
    const stats = await until(`${name} of ${JSON.stringify(dimensions)}`, async () => {
      const found = await statisticsOf(emulator, {
        namespace: 'UserMetrics/Frontend', name, dimensions, stats: ['SampleCount', 'Sum'],
      });
      return sum(found.SampleCount) === sent.length && found;
    });
    assert.ok(Math.abs(sum(stats.Sum) - sum(sent)) <= 1e-9 * Math.max(1, sum(sent)), `${name}: sum ${stats.Sum}, sent ${sent}`);
  }
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

async function refuseStranger({ browser }) {
  const emulator = await startEmulator({ args: ['--allow-origin', 'https://shop.example.com'] });
  const server = await servePage('<p>hello</p>');
  const page = await browser.newPage();

  try {
    await page.goto(server.url);
    const outcome = await page.evaluate(
      (url) =>
        fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
          .then((answer) => answer.status, (error) => error.name),
      `${emulator.url}/metrics/web-vitals`,
    );
    assert.equal(outcome, 'TypeError', 'the browser keeps the answer from the page');
    const refused = await until('the refusal in the intake', async () => (await emulator.events()).at(-1));
    assert.ok(refused.status >= 400, `answered ${refused.status}`);
    assert.equal(refused.fault, true);
    assert.equal(refused.reason, 'origin');
  } finally {
    await page.close();
    server.close();
    await emulator.stop();
  }
}
