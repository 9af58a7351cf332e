// What every browser test stands on: a Chromium, the emulator, and a server for the built shop.
// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '../node/deps.mjs';
import { startEmulator } from '../node/obsview.mjs';

const APP = fileURLToPath(new URL('../../fixtures/vite-app/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.map': 'application/json' };

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

// Quiet: no look-ups or connections of the browser's own.
export const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export async function openStage() {
  const profile = mkdtempSync(join(tmpdir(), 'obsview-browser-'));
  const emulator = await startEmulator();
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    ignoreDefaultArgs: ['--disable-back-forward-cache'], // a page that comes back is a case of its own
  });

  return {
    emulator,
    browser,
    async close() {
      await browser.close();
      await emulator.stop();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

// Serves a build of the shop, its page told where to send and how. `head` is put into its <head>.
export async function serveShop({ build = 'dist', endpoint, transport = 'beacon-text', head = '' }) {
  const folder = join(APP, build);
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
    .replace(/(name="tracking-endpoint" content=")[^"]*/, `$1${endpoint}`)
    .replace(/(name="tracking-transport" content=")[^"]*/, `$1${transport}`)
    .replace('<head>', `<head>${head}`);
  return listen((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');

    if (pathname.startsWith('/api/')) return send(response, '.json', '{}');
    if (!pathname.startsWith('/assets/')) return send(response, '.html', page);
    send(response, extname(pathname), readFileSync(join(folder, pathname)));
  });
}

export function servePage(html) {
  return listen((request, response) => send(response, '.html', html));
}

async function listen(answer) {
  const server = createServer(answer);

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function send(response, extension, body) {
  response.writeHead(200, { 'content-type': TYPES[extension] ?? 'application/json' });
  response.end(body);
}

// The bodies that a session posted to a path, parsed, oldest first.
export async function posted(emulator, path, sessionId) {
  const bodies = (await emulator.events())
    .filter((event) => event.method === 'POST' && event.status === 200 && event.path.split('?')[0] === path)
    .map((event) => JSON.parse(event.body));

  return bodies.filter((body) => (body.sessionId ?? body.context?.sessionId) === sessionId);
}

// The last value of each vital that a session sent.
export async function vitalsOf(emulator, sessionId) {
  const bodies = await posted(emulator, '/metrics/web-vitals', sessionId);

  return Object.fromEntries(bodies.flatMap((body) => body.metrics).map((metric) => [metric.name, metric]));
}

// Goes away as a visitor does: the page is hidden first, then gone.
export async function leave(page) {
  await page.goto('about:blank');
}
