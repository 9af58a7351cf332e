// A page that was rendered before anybody asked for it: its vitals count from its activation.
// SPDX-License-Identifier: MIT
//
// A browser that is driven from outside does not activate prerendered pages, so this one drives itself:
// the first page asks for the second to be prerendered, goes there, and the second leaves by itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { note, test, until } from '../node/tap.mjs';
import { CHROMIUM, FLAGS, posted, serveShop } from './stage.mjs';

const AHEAD_MS = 3500; // how long the second page lies ready
const APART = { LCP: 1, FCP: 1, TTFB: 1, CLS: 0.001 };

export async function prerender({ emulator }) {
  await test('obsview.js agrees with web-vitals 6: a prerendered page', () => compare(emulator));
}

async function compare(emulator) {
  await emulator.reset();
  const ours = randomUUID();
  const head = `<script src="${emulator.url}/obsview.js" data-session-id="${ours}"></script><script>(${itinerary})(${AHEAD_MS})</script>`;
  const shop = await serveShop({ endpoint: emulator.url, head });
  const profile = mkdtempSync(join(tmpdir(), 'obsview-prerender-'));
  const browser = spawn(CHROMIUM, ['--headless', '--remote-debugging-port=0', ...FLAGS, `--user-data-dir=${profile}`, `${shop.url}/`], {
    stdio: 'ignore',
    detached: true, // a group of its own: its children write to the profile until they are gone, too
  });

  try {
    const [a, b] = await until('both rulers of the second page', () => sides(emulator, ours), { within: 20000 });

    for (const [name, most] of Object.entries(APART)) {
      assert.ok(Math.abs(a[name] - b[name]) <= most, `${name}: obsview.js ${a[name]}, web-vitals ${b[name]}`);
    }
    assert.equal(a.TTFB, 0, 'the first byte was there before the visitor');
    assert.ok(a.LCP < AHEAD_MS / 2, `LCP ${a.LCP} counts from the activation`);
    note(Object.keys(APART).map((name) => `${name} ${a[name].toFixed(3)}|${b[name].toFixed(3)}`).join('  '));
  } finally {
    process.kill(-browser.pid, 'SIGKILL');
    await once(browser, 'exit');
    shop.close();
    await until('the profile to be gone', () => removed(profile));
  }
}

function removed(directory) {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOTEMPTY') throw error;
  }
  return !existsSync(directory);
}

// Runs in the page.
function itinerary(aheadMs) {
  const leave = () => setTimeout(() => (location.href = 'about:blank'), 1500);

  if (location.pathname === '/') {
    const rules = document.createElement('script');
    rules.type = 'speculationrules';
    rules.textContent = '{"prerender":[{"source":"list","urls":["/pricing"],"eagerness":"immediate"}]}';
    document.documentElement.append(rules);
    setTimeout(() => (location.href = '/pricing'), aheadMs);
  } else if (document.prerendering) {
    document.addEventListener('prerenderingchange', leave);
  } else {
    leave();
  }
}

// What obsview.js and web-vitals said of /pricing: {name: value} each; undefined until both are complete.
async function sides(emulator, ours) {
  const events = (await emulator.events()).filter(({ method, path }) => method === 'POST' && path === '/metrics/web-vitals');
  const sessions = new Set(events.map(({ body }) => JSON.parse(body).sessionId));
  const found = await Promise.all(
    [ours, ...[...sessions].filter((id) => id !== ours)].map(async (id) => {
      const bodies = await posted(emulator, '/metrics/web-vitals', id);
      const metrics = bodies.flatMap((body) => body.metrics).filter(({ url }) => url.endsWith('/pricing'));
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    }),
  );
  const complete = found.filter((vitals) => Object.keys(APART).every((name) => name in vitals));

  return complete.length === 2 && complete;
}
