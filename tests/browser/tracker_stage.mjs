// A page with a tracker on it, and a server that writes down what the tracker sends.
// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { createServer } from 'node:http';
import { until } from '../node/tap.mjs';

export const WEBSITE = '11111111-2222-4333-8444-555555555555';

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': 'GET, DELETE, POST, PUT',
};

// Serves the script at /script.js and /folder/script.js, takes hits at any .../api/send, and answers with the tokens
// token-1, token-2, ...; every other path is the page, so that an address may become any other.
export async function openRecorder(scriptText) {
  const recorder = { hits: [], preflights: 0, ends: 0, page: '', answer: answerAsUmami, close: () => {} };
  const server = createServer((request, response) => take(recorder, scriptText, request, response));

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  recorder.url = `http://127.0.0.1:${server.address().port}`;
  recorder.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return recorder;
}

async function take(recorder, scriptText, request, response) {
  const path = request.url;
  let body = '';

  for await (const part of request) body += part;
  if (path.endsWith('/nothing.js')) return reply(response, 200, 'text/javascript', '');
  if (path.endsWith('/script.js')) return reply(response, 200, 'text/javascript', scriptText);
  if (path.endsWith('/end')) recorder.ends++;
  if (!path.split('?')[0].endsWith('/api/send')) return reply(response, 200, 'text/html; charset=utf-8', recorder.page);
  if (request.method === 'OPTIONS') {
    recorder.preflights++;
    return reply(response, 204, 'text/plain', '');
  }
  const hit = { method: request.method, path, headers: request.headers, body, at: performance.now() };

  recorder.hits.push(hit);
  const [status, type, text] = await recorder.answer(recorder.hits.length, hit);

  reply(response, status, type, text);
}

function reply(response, status, type, body) {
  response.writeHead(status, { ...CORS, 'content-type': type });
  response.end(body);
}

export function answerAsUmami(n) {
  return [200, 'application/json', JSON.stringify({ cache: `token-${n}`, sessionId: WEBSITE, visitId: WEBSITE })];
}

// What a scenario plays with: the page as it is open, and the two ways to know what was sent.
export async function openScene({ browser, recorder, scene }) {
  const page = await browser.newPage();
  const complaints = [];
  const logged = [];
  const { attributes = '', head = '', body = '', path = '/start', referer, src = '/script.js', website = WEBSITE } = scene;

  recorder.hits.length = 0;
  recorder.preflights = 0;
  recorder.answer = scene.answer ?? answerAsUmami;
  recorder.page = `<!doctype html><html lang="en"><head><title>Start</title>${head}
    <script ${scene.defer ?? 'defer'} src="${src}" ${website ? `data-website-id="${website}"` : ''} ${attributes}></script>
    </head><body><p>hello</p>${body}</body></html>`;
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => logged.push(message.text()));
  await page.goto(recorder.url + path, referer ? { referer } : {});
  return {
    page,
    logged,
    complaints,
    count: (n) => until(`${n} hits`, () => recorder.hits.length >= n),
    // The page has read the answers to its first n hits.
    answered: async (n) => {
      await page.waitForFunction((count) => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/send')).length >= count, n);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    },
    // All that the tracker had on its mind: its timers are over, and its requests are here.
    quiet: async () => {
      const before = recorder.ends;

      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 450))); // later than the tracker's own 300
      await page.evaluate(() => fetch('/end'));
      await until('the end', () => recorder.ends > before);
    },
  };
}

// A body as the tracker writes it, to the byte: the members in this order, those undefined left out.
export async function payloadOf(page, members = {}) {
  const of = await page.evaluate(() => ({
    screen: `${screen.width}x${screen.height}`,
    language: navigator.language,
    hostname: location.hostname,
  }));
  const { website = WEBSITE, title = 'Start', url, referrer = '', tag, id, ...more } = members;

  return { website, screen: of.screen, language: of.language, title, hostname: of.hostname, url, referrer, tag, id, ...more };
}
