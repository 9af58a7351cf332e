// Umami's protocol from a page: what a tracker sends, to the byte, for everything that its tag and its global can say.
// SPDX-License-Identifier: MIT
//
// One table of scenes, each with the requests that it must make. Our /script.js plays all of them; so does a published
// tracker, where there is one (see prepare.mjs, and UMAMI_TRACKER for a copy of the reader's own), but for the scenes
// that name a version later than its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { note, test } from '../node/tap.mjs';
import { openRecorder, openScene, payloadOf, WEBSITE } from './tracker_stage.mjs';

const OTHER = '99999999-2222-4333-8444-555555555555';
const NO_WISH = 'Object.defineProperty(navigator, "doNotTrack", { get: () => null })';
const WISH = 'Object.defineProperty(navigator, "doNotTrack", { get: () => "1" })';

/* The requests: {type, ...members of the payload}; `cache` is the header x-umami-cache, undefined when there is none. */
const view = (members) => ({ type: 'event', ...members });
const event = (name, members) => ({ type: 'event', ...members, name });
const START = { url: '/start' };
const END = { ...event('end'), url: '/start' };

const SCENES = {
  'a page view on load, with query and fragment': {
    path: '/start?x=1#h',
    expect: [view({ url: '/start?x=1#h' })],
  },
  'a plain script in the head tells before the page is loaded': {
    defer: '',
    head: '<script>document.addEventListener("DOMContentLoaded", () => { window.wasTold = performance.getEntriesByType("resource") })</script>',
    expect: [view(START)],
  },
  'an async script that comes late tells at once': {
    src: '/nothing.js',
    isLate: true,
    play: ({ page }) => page.evaluate((website) => {
      const script = document.createElement('script');

      script.src = '/script.js';
      script.dataset.websiteId = website;
      document.head.append(script);
    }, WEBSITE),
    expect: [view(START)],
  },
  'a referrer of another site': {
    referer: 'https://example.org/from?q=1',
    expect: [view({ ...START, referrer: 'https://example.org/from?q=1' })],
  },
  'a referrer of the own site counts as none': {
    referer: 'self',
    expect: [view(START)],
  },
  'data-tag goes along': {
    attributes: 'data-tag="variant-b"',
    play: ({ page }) => page.evaluate(() => umami.track('end')),
    expect: [view({ ...START, tag: 'variant-b' }), { ...END, tag: 'variant-b', cache: 'token-1' }],
  },
  'pushState: a page view after 300 ms, with the title of then': {
    play: ({ page }) => page.evaluate(() => {
      history.pushState(null, '', '/next?a=1');
      setTimeout(() => { document.title = 'Next'; }, 100);
    }),
    expect: [view(START), { ...view({ url: '/next?a=1', title: 'Next', referrer: '/start' }), cache: 'token-1', after: 300 }],
  },
  'replaceState to another address is a page view too': {
    play: ({ page }) => page.evaluate(() => history.replaceState(null, '', 'relative')),
    expect: [view(START), { ...view({ url: '/relative', referrer: '/start' }), cache: 'token-1', after: 300 }],
  },
  'replaceState to the same address tells nothing, and the referrer becomes the address': {
    play: async ({ page, quiet }) => {
      await page.evaluate(() => history.replaceState({ n: 1 }, '', location.href));
      await quiet();
      await page.evaluate(() => umami.track('end'));
    },
    expect: [view(START), { ...END, referrer: '/start', cache: 'token-1' }],
  },
  'pushState without an address tells nothing': {
    play: async ({ page, quiet }) => {
      await page.evaluate(() => history.pushState({ n: 1 }, ''));
      await quiet();
      await page.evaluate(() => umami.track('end'));
    },
    expect: [view(START), { ...END, cache: 'token-1' }],
  },
  'two changes of address at once': {
    play: ({ page }) => page.evaluate(() => {
      history.pushState(null, '', '/one');
      history.pushState(null, '', '/two');
    }),
    expect: [
      view(START),
      { ...view({ url: '/two', referrer: '/one' }), cache: 'token-1' },
      { ...view({ url: '/two', referrer: '/one' }), cache: 'token-1' },
    ],
  },
  'back, forward and a bare fragment are not told': {
    play: async ({ page, count, quiet }) => {
      await page.evaluate(() => history.pushState(null, '', '/next'));
      await count(2);
      await page.evaluate(() => {
        history.back();
        return new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
      });
      await page.evaluate(() => { location.hash = 'there'; });
      await quiet();
      await page.evaluate(() => umami.track('end'));
    },
    expect: [
      view(START),
      { ...view({ url: '/next', referrer: '/start' }), cache: 'token-1' },
      { ...END, url: '/next', referrer: '/start', cache: 'token-2' },
    ],
  },
  'a click on a button with data-umami-event, and its data': {
    body: '<button data-umami-event="buy" data-umami-event-item="lantern" data-umami-event-Price="12"><b>Buy</b></button>',
    play: ({ page }) => page.click('b'),
    expect: [view(START), { ...event('buy', START), data: { item: 'lantern', price: '12' }, cache: 'token-1' }],
  },
  'a click on any element that carries it': {
    body: '<div data-umami-event="look">here</div>',
    play: ({ page }) => page.click('div'),
    expect: [view(START), { ...event('look', START), data: {}, cache: 'token-1' }],
  },
  'a click inside an element that is neither link nor button': {
    body: '<div data-umami-event="look"><i>here</i></div>',
    play: async ({ page }) => {
      await page.click('i');
      await page.evaluate(() => umami.track('end'));
    },
    expect: [view(START), { ...END, cache: 'token-1' }],
  },
  'a link waits for its event, then goes': {
    body: '<a href="/elsewhere" data-umami-event="go" data-umami-event-to="there">go</a>',
    play: async ({ page, count }) => {
      await page.click('a');
      await count(3);
      assert.equal(new URL(page.url()).pathname, '/elsewhere');
    },
    expect: [view(START), { ...event('go', START), data: { to: 'there' }, cache: 'token-1' }, view({ url: '/elsewhere' })],
  },
  'a link into another tab does not wait': {
    body: '<a href="/elsewhere" target="_blank" data-umami-event="go">go</a>',
    play: async ({ page, count }) => {
      const other = page.waitForEvent('popup');

      await page.click('a');
      await (await other).close();
      await count(2);
    },
    atLeast: true, // the other tab may have told its view before it was closed
    expect: [view(START), { ...event('go', START), data: {}, cache: 'token-1' }],
  },
  'track() and track(name) and track(name, data)': {
    play: async ({ page }) => {
      await page.evaluate(() => umami.track());
      await page.evaluate(() => umami.track('signup'));
      await page.evaluate(() => umami.track('signup', { plan: 'pro', seats: 3, deep: { is: [1, null] } }));
    },
    expect: [
      view(START),
      { ...view(START), cache: 'token-1' },
      { ...event('signup', START), cache: 'token-2' },
      { ...event('signup', START), data: { plan: 'pro', seats: 3, deep: { is: [1, null] } }, cache: 'token-3' },
    ],
  },
  'track(object) sends exactly that': {
    play: ({ page }) => page.evaluate((website) => umami.track({ website, url: '/made-up', name: 'x' }), OTHER),
    expect: [view(START), { type: 'event', raw: { website: OTHER, url: '/made-up', name: 'x' }, cache: 'token-1' }],
  },
  'track(function) sends what it makes of the payload': {
    play: ({ page }) => page.evaluate(() => umami.track((payload) => ({ ...payload, title: 'Other', extra: 1 }))),
    expect: [view(START), { ...view({ ...START, title: 'Other', extra: 1 }), cache: 'token-1' }],
  },
  'identify(id, data): an empty token, then the id goes along': {
    since: '2.18',
    play: async ({ page }) => {
      await page.evaluate(() => umami.identify('user-42', { plan: 'pro' }));
      await page.evaluate(() => umami.track('end'));
    },
    expect: [
      view(START),
      { type: 'identify', ...START, id: 'user-42', data: { plan: 'pro' }, cache: '' },
      { ...END, id: 'user-42', cache: 'token-2' },
    ],
  },
  'identify(id) alone, and identify(data) alone': {
    since: '2.18',
    play: async ({ page }) => {
      await page.evaluate(() => umami.identify({ plan: 'free' }));
      await page.evaluate(() => umami.identify('user-7'));
    },
    expect: [
      view(START),
      { type: 'identify', ...START, data: { plan: 'free' }, cache: '' },
      { type: 'identify', ...START, id: 'user-7', cache: '' },
    ],
  },
  'hits in flight together share the older token': {
    answer: async (n) => {
      if (n > 1) await new Promise((resolve) => setTimeout(resolve, 100));
      return [200, 'application/json', `{"cache":"token-${n}"}`];
    },
    play: async ({ page, count }) => {
      await page.evaluate(() => Promise.all([umami.track('a'), umami.track('b')]));
    },
    expect: [view(START), { ...event('a', START), cache: 'token-1' }, { ...event('b', START), cache: 'token-1' }],
  },
  'a bot verdict clears the token': {
    answer: (n) => [200, 'application/json', n === 2 ? '{"beep":"boop"}' : `{"cache":"token-${n}"}`],
    play: async ({ page }) => {
      await page.evaluate(() => umami.track('a'));
      await page.evaluate(() => umami.track('b'));
    },
    expect: [view(START), { ...event('a', START), cache: 'token-1' }, event('b', START)],
  },
  'an answer that says disabled ends it': {
    since: '2.11',
    answer: () => [200, 'application/json', '{"disabled":true}'],
    play: async ({ page, count, quiet }) => {
      await quiet();
      await page.evaluate(() => umami.track('a'));
    },
    expect: [view(START)],
  },
  'an answer that is no JSON is swallowed': {
    answer: () => [500, 'text/html', '<h1>oh</h1>'],
    play: ({ page }) => page.evaluate(() => umami.track('end')),
    expect: [view(START), END],
  },
  'data-auto-track="false": only what the page asks for': {
    attributes: 'data-auto-track="false"',
    body: '<button data-umami-event="buy">buy</button>',
    play: async ({ page, quiet }) => {
      await page.click('button');
      await page.evaluate(() => history.pushState(null, '', '/next'));
      await quiet();
      await page.evaluate(() => umami.track('end'));
    },
    expect: [END],
  },
  'data-domains that name this host': {
    attributes: 'data-domains="example.com,127.0.0.1"',
    expect: [view(START)],
  },
  'data-domains that do not': {
    attributes: 'data-domains="example.com,0.0.1"',
    play: ({ page }) => page.evaluate(() => umami.track('end')),
    expect: [],
  },
  'data-do-not-track, and a browser that asks for it': {
    attributes: 'data-do-not-track="true"',
    head: `<script>${WISH}</script>`,
    play: ({ page }) => page.evaluate(() => umami.track('end')),
    expect: [],
  },
  'data-do-not-track, and a browser that does not': {
    attributes: 'data-do-not-track="true"',
    head: `<script>${NO_WISH}</script>`,
    expect: [view(START)],
  },
  'a browser that asks not to be tracked, of a tag that does not care': {
    head: `<script>${WISH}</script>`,
    expect: [view(START)],
  },
  'localStorage["umami.disabled"]': {
    head: '<script>localStorage["umami.disabled"] = "1"</script>',
    play: async ({ page }) => {
      await page.evaluate(() => umami.track('end'));
      await page.evaluate(() => localStorage.clear());
    },
    expect: [],
  },
  'no data-website-id': {
    website: '',
    play: ({ page, quiet }) => quiet(),
    expect: [],
  },
  'data-exclude-search and data-exclude-hash, from the first page view on': {
    since: '3.0',
    attributes: 'data-exclude-search="true" data-exclude-hash="true"',
    path: '/start?secret=1#h',
    referer: 'https://example.org/from?q=1',
    play: ({ page }) => page.evaluate(() => history.pushState(null, '', '/next?secret=2#i')),
    expect: [
      view({ ...START, referrer: 'https://example.org/from' }),
      { ...view({ url: '/next', referrer: '/start' }), cache: 'token-1' },
    ],
  },
  'data-exclude-search leaves the fragment': {
    since: '3.0',
    attributes: 'data-exclude-search="true"',
    path: '/start?secret=1#h',
    expect: [view({ url: '/start#h' })],
  },
  'data-before-send changes a hit': {
    since: '2.18',
    attributes: 'data-before-send="look"',
    head: '<script>window.look = (type, payload) => ({ ...payload, title: type })</script>',
    expect: [view({ ...START, title: 'event' })],
  },
  'data-before-send holds a hit back': {
    since: '2.18',
    attributes: 'data-before-send="look"',
    head: '<script>window.look = (type, payload) => payload.name === "end" && payload</script>',
    play: ({ page }) => page.evaluate(() => umami.track('end')),
    expect: [END],
  },
  'data-before-send that promises': {
    since: '3.0',
    attributes: 'data-before-send="look"',
    head: '<script>window.look = async (type, payload) => ({ ...payload, title: "later" })</script>',
    expect: [view({ ...START, title: 'later' })],
  },
  'data-before-send that names nothing': {
    attributes: 'data-before-send="nobody"',
    expect: [view(START)],
  },
  'the folder of the script': {
    src: '/folder/script.js',
    expect: [{ ...view(START), at: '/folder/api/send' }],
  },
  'data-host-url, its slash dropped; across origins a preflight': {
    host: '/collector/',
    preflights: 1,
    expect: [{ ...view(START), at: '/collector/api/send' }],
  },
  'data-performance: one message, when the page is left': {
    since: '3.1',
    attributes: 'data-performance="true"',
    play: async ({ page, count }) => {
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100))));
      await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
      await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    },
    expect: [view(START), { type: 'performance', ...START, cache: 'token-1', vitals: ['lcp', 'fcp', 'ttfb'] }],
  },
  'data-performance: the next address ends the page before, under its own': {
    since: '3.1',
    attributes: 'data-performance="true"',
    play: async ({ page, count }) => {
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100))));
      await page.evaluate(() => history.pushState(null, '', '/next'));
    },
    expect: [
      view(START),
      { type: 'performance', ...START, cache: 'token-1', vitals: ['lcp', 'fcp', 'ttfb'] },
      { ...view({ url: '/next', referrer: '/start' }), cache: 'token-2' },
    ],
  },
};

export async function tracker({ emulator, browser }) {
  for (const { name, version, text } of await trackers(emulator)) {
    const recorder = await openRecorder(text);
    const far = await openRecorder(text);

    try {
      for (const [what, scene] of Object.entries(SCENES)) {
        if (scene.since && isOlder(version, scene.since)) note(`${name}: not asked for "${what}", which is of ${scene.since}`);
        else await test(`${name}: ${what}`, () => playScene({ browser, recorder, far, scene }));
      }
    } finally {
      recorder.close();
      far.close();
    }
  }
}

async function trackers(emulator) {
  const all = [];

  if (emulator) all.push({ name: 'script.js', version: '3.1', text: await (await fetch(`${emulator.url}/script.js`)).text() });
  if (process.env.UMAMI_TRACKER) {
    const [version, file] = process.env.UMAMI_TRACKER.split(':');

    all.push({ name: `a tracker ${version}`, version, text: readFileSync(file, 'utf8') });
  }
  return all;
}

function isOlder(version, than) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = than.split('.').map(Number);

  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

async function playScene({ browser, recorder, far, scene }) {
  const at = scene.host ? far : recorder;

  far.hits.length = 0;
  far.preflights = 0;
  const opened = await openScene({ browser, recorder, scene: settled(scene, recorder, far) });
  const { page, quiet, complaints } = opened;

  try {
    if (scene.play && tellsOnLoad(scene)) await opened.answered(1);
    await scene.play?.(opened);
    await quiet();
    assert.deepEqual(complaints, []);
    if (!scene.atLeast) assert.equal(at.hits.length, scene.expect.length, at.hits.map(({ body }) => body).join('\n'));
    for (const [i, wanted] of scene.expect.entries()) await assertHit({ page, at, recorder, hit: at.hits[i], wanted, before: at.hits[i - 1] });
    if (scene.preflights) assert.ok(at.preflights >= scene.preflights, 'a preflight');
  } finally {
    await page.close();
  }
}

function tellsOnLoad({ expect, isLate }) {
  return expect.length > 0 && !isLate && expect[0].name === undefined;
}

// What a scene says relative to servers that have their address only now.
function settled(scene, recorder, far) {
  return {
    ...scene,
    attributes: (scene.attributes ?? '') + (scene.host ? ` data-host-url="${far.url}${scene.host}"` : ''),
    referer: scene.referer === 'self' ? `${recorder.url}/before` : scene.referer,
  };
}

async function assertHit({ page, at, recorder, hit, wanted, before }) {
  const { type, cache, raw, vitals, at: path = '/api/send', after = 0, ...members } = wanted;
  const whole = (address) => (address?.startsWith('/') ? recorder.url + address : address);

  assert.ok(hit, `a hit like ${JSON.stringify(wanted)}`);
  const body = JSON.parse(hit.body);
  const extra = vitals ? measured(body.payload, vitals) : {};
  const payload = raw ?? (await payloadOf(page, { ...members, url: whole(members.url), referrer: whole(members.referrer), ...extra }));

  assert.equal(hit.body, JSON.stringify({ type, payload }));
  assert.equal(hit.method, 'POST');
  assert.equal(hit.path, path);
  assert.equal(hit.headers['content-type'], 'application/json');
  assert.equal(hit.headers['x-umami-cache'], cache);
  assert.equal(hit.headers.cookie, undefined);
  if (after) assert.ok(hit.at - before.at >= after - 50, `${hit.at - before.at} ms after the hit before`);
}

// The measured members of a performance message: as sent, when they are numbers that can be true.
function measured(payload, required) {
  const names = ['lcp', 'inp', 'cls', 'fcp', 'ttfb', 'duration'];
  const found = Object.entries(payload).filter(([name]) => names.includes(name));

  for (const [name, value] of found) assert.ok(value >= 0 && value < 60000, `${name} is ${value}`);
  for (const name of [...required, 'duration']) assert.equal(typeof payload[name], 'number', name);
  return Object.fromEntries(found);
}
