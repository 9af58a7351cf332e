/* script.js - page views and events of one page, told as Umami's own tracker tells them.
 * SPDX-License-Identifier: MIT
 *
 * Written from a description of that tracker's behaviour: a page that works with this script works
 * with the one that a real Umami serves, and the other way round. One tag starts it:
 *
 *   <script defer src="http://127.0.0.1:6270/script.js" data-website-id="11111111-2222-4333-8444-555555555555"></script>
 *
 * Attributes of the tag, each with data- before it:
 *
 *   website-id          whose hits these are; without it nothing is ever sent
 *   host-url            where /api/send is; unset, the folder of this script
 *   auto-track          false: no page views and no clicks, only what the page asks for
 *   domains             host names, with commas, on which to send; unset, all
 *   tag                 goes along with every hit
 *   do-not-track        true: send nothing for a browser that asks for that
 *   exclude-search, exclude-hash   true: addresses lose their query or fragment
 *   before-send         name of a global function (type, payload) that gives the payload to send, or a
 *                       promise of it; nothing given, nothing sent
 *   performance         true: one message with the web vitals of each page
 *   fetch-credentials   how fetch treats cookies; unset, "omit"
 *   debug               (ours) each hit, its answer, and why one was not sent, on the console
 *
 * localStorage['umami.disabled'], when not empty, keeps one browser from sending. */
(function () {
  'use strict';

  const script = document.currentScript;

  if (!script) return;

  const PAGE_VIEW_MS = 300; /* after a change of address; by then the page has set its title */
  const VITALS_MS = 10000;
  const LONG_EVENT_MS = 40;

  const given = (name) => script.getAttribute('data-' + name);
  const isTrue = (name) => given(name) === 'true';
  const website = given('website-id');
  const domains = (given('domains') || '').split(',').map((name) => name.trim());
  const source = new URL(script.src || location.href);
  const token = source.searchParams.get('token');
  const endpoint =
    (given('host-url') || new URL('.', source).origin + new URL('.', source).pathname).replace(/\/$/, '') +
    '/api/send' +
    (token ? '?token=' + encodeURIComponent(token) : '');

  let cache; /* the last token, given back with the next hit */
  let identity; /* as identify() was told */
  let isOff = false; /* the server said so */
  let url = shown(location.href);
  let referrer = document.referrer.indexOf(location.origin) === 0 ? '' : shown(document.referrer);

  const say = given('debug') === null || given('debug') === 'false' ? () => {} : console.log.bind(console, '[umami]');

  /* ---- a hit */

  /* An address as it is told: whole, and without what is not to be told. */
  function shown(address) {
    if (!address) return '';
    try {
      const whole = new URL(address, location.href);

      if (isTrue('exclude-search')) whole.search = '';
      if (isTrue('exclude-hash')) whole.hash = '';
      return whole.href;
    } catch (error) {
      return address;
    }
  }

  /* What is undefined here is left out when it is written. */
  function defaults() {
    return {
      website: website || undefined,
      screen: screen.width + 'x' + screen.height,
      language: navigator.language,
      title: document.title,
      hostname: location.hostname,
      url: url,
      referrer: referrer,
      tag: given('tag') || undefined,
      id: identity,
    };
  }

  function refusal() {
    if (!website) return 'the tag has no data-website-id';
    if (isOff) return 'the server switched tracking off';
    if (stored('umami.disabled')) return 'localStorage["umami.disabled"] is set';
    if (given('domains') && domains.indexOf(location.hostname) < 0) return location.hostname + ' is not in data-domains';
    if (isTrue('do-not-track') && wantsNoTracking()) return 'the browser asks not to be tracked';
    return '';
  }

  function wantsNoTracking() {
    const wish = navigator.doNotTrack || window.doNotTrack || navigator.msDoNotTrack;

    return wish === 1 || wish === '1' || wish === 'yes';
  }

  function stored(name) {
    try {
      return localStorage.getItem(name);
    } catch (error) {
      return null; /* a frame without storage */
    }
  }

  async function send(payload, type) {
    const reason = refusal();
    const ask = window[given('before-send')];

    if (reason) return say('not sent:', reason, type, payload);
    if (typeof ask === 'function') payload = await ask(type, payload);
    if (!payload) return say('not sent: before-send gave nothing', type);
    try {
      const answer = await fetch(endpoint, {
        method: 'POST',
        keepalive: true,
        credentials: given('fetch-credentials') || 'omit',
        headers: Object.assign(
          { 'Content-Type': 'application/json' },
          cache === undefined ? {} : { 'x-umami-cache': cache }
        ),
        body: JSON.stringify({ type: type, payload: payload }),
      });
      const said = await answer.json();

      say(type, payload, answer.status, said);
      cache = said.cache;
      if (said.disabled) isOff = true;
    } catch (error) {
      say('failed:', type, payload, error); /* the page has nothing to do with it */
    }
  }

  function track(what, data) {
    if (typeof what === 'string') return send(Object.assign(defaults(), { name: what, data: data }), 'event');
    if (typeof what === 'function') return send(what(defaults()), 'event');
    return send(what && typeof what === 'object' ? Object.assign({}, what) : defaults(), 'event');
  }

  /* identify('id', data), identify('id') or identify(data); the server finds the visit anew. */
  function identify(who, data) {
    if (typeof who === 'string') identity = who;
    cache = '';
    return send(Object.assign(defaults(), { data: typeof who === 'object' ? who : data }), 'identify');
  }

  /* ---- what happens on the page */

  function watchPage() {
    let isTold = false;

    function tell() {
      if (isTold) return;
      isTold = true;
      track();
    }

    if (document.readyState === 'complete') tell();
    else document.addEventListener('readystatechange', tell, true);
  }

  function watchHistory(leave) {
    ['pushState', 'replaceState'].forEach((name) => {
      const original = history[name];

      history[name] = function (state, title, address) {
        const result = original.apply(this, arguments);

        if (address) move();
        return result;
      };
    });

    function move() {
      const next = shown(location.href);

      if (next !== url) leave();
      referrer = url;
      url = next;
      if (url !== referrer) setTimeout(track, PAGE_VIEW_MS);
    }
  }

  function watchClicks() {
    document.addEventListener(
      'click',
      (event) => {
        const target = event.target;
        const element = [target, target.closest && target.closest('a,button')].find(nameOf);

        if (!element) return;
        const link = target.closest('a');
        const told = track(nameOf(element), dataOf(element));

        if (link && link.href && opensHere(link, event)) {
          event.preventDefault(); /* the page waits for its hit, or it would take it along */
          told.then(() => {
            (link.target === '_top' ? top : window).location.href = link.href;
          });
        }
      },
      true
    );
  }

  function nameOf(element) {
    return element && element.getAttribute && element.getAttribute('data-umami-event');
  }

  function dataOf(element) {
    const data = {};

    element.getAttributeNames().forEach((name) => {
      const found = /^data-umami-event-([\w-_]+)/.exec(name);

      if (found) data[found[1]] = element.getAttribute(name);
    });
    return data;
  }

  function opensHere(link, event) {
    const isElsewhere = event.ctrlKey || event.shiftKey || event.metaKey || event.button !== 0;

    return !isElsewhere && link.target !== '_blank';
  }

  /* ---- web vitals, one message a page */

  /* Returns what ends a page: its message goes out, if it has not yet, and the next one begins. */
  function watchVitals() {
    const start = performance.getEntriesByType('navigation')[0] || {};
    const sinceActivation = (time) => Math.max(time - (start.activationStart || 0), 0);
    const observers = [];
    let known = {};
    let windowed, shift, slowest, since, timer, isTold;

    function observe(type, take, options) {
      if (!window.PerformanceObserver || PerformanceObserver.supportedEntryTypes.indexOf(type) < 0) return;
      const each = (list) => list.forEach(take);
      const observer = new PerformanceObserver((list) => each(list.getEntries()));

      observer.observe(Object.assign({ type: type, buffered: true }, options));
      observers.push(() => each(observer.takeRecords()));
    }

    /* The worst run of shifts: none more than a second after the one before, five seconds in all. */
    function takeShift(entry) {
      const time = entry.startTime;

      if (entry.hadRecentInput) return;
      if (!shift || time - shift.last > 1000 || time - shift.first > 5000) shift = { first: time, sum: 0 };
      shift.last = time;
      shift.sum += entry.value;
      known.cls = Math.max(known.cls || 0, shift.sum);
    }

    /* The slowest interaction but one for every fifty; one lasts as long as its longest event. */
    function takeEvent(entry) {
      const id = entry.interactionId;

      if (!id || entry.duration < LONG_EVENT_MS) return;
      slowest[id] = Math.max(slowest[id] || 0, entry.duration);
      windowed = Object.values(slowest).sort((a, b) => b - a);
      known.inp = windowed[Math.floor(windowed.length / 50)];
    }

    function begin(time) {
      known = {};
      slowest = {};
      shift = undefined;
      since = time;
      isTold = false;
      clearTimeout(timer);
      timer = setTimeout(tell, VITALS_MS);
    }

    function tell() {
      observers.forEach((take) => take());
      if (isTold || Object.keys(known).length === 0) return;
      isTold = true;
      send(Object.assign(defaults(), known, { duration: Math.round(performance.now() - since) }), 'performance');
    }

    begin(0);
    if (start.responseStart > 0) known.ttfb = sinceActivation(start.responseStart);
    observe('paint', (entry) => {
      if (entry.name === 'first-contentful-paint') known.fcp = sinceActivation(entry.startTime);
    });
    observe('largest-contentful-paint', (entry) => {
      known.lcp = sinceActivation(entry.startTime);
    });
    observe('layout-shift', takeShift);
    observe('event', takeEvent, { durationThreshold: LONG_EVENT_MS });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') tell();
    });
    addEventListener('pagehide', tell);
    return () => {
      tell();
      begin(performance.now());
    };
  }

  if (!window.umami) window.umami = { track: track, identify: identify, getSession: () => ({ cache: cache, website: website }) };
  if (!website) say('not sent:', refusal());

  const leave = website && isTrue('performance') ? watchVitals() : () => {};

  if (website && given('auto-track') !== 'false') {
    watchHistory(leave);
    watchClicks();
    watchPage();
  }
})();
