/* obsview.js - web vitals and errors of one page, sent where they can be seen.
 * SPDX-License-Identifier: MIT
 *
 * For a page that has no tracking yet. One tag starts it:
 *
 *   <script async src="http://127.0.0.1:6270/obsview.js"></script>
 *
 * or, with data-auto="false" on the tag, one call:
 *
 *   obsview.initializeTracking({ endpoint: 'https://api.example.com' }).then((active) => ...)
 *
 * Every setting is a member of that object or a data- attribute of the tag (onlyIn is data-only-in):
 *
 *   endpoint     where to send; unset, the origin that served this script
 *   environment  dev, staging or prod; unset, guessed from the host name
 *   onlyIn       environments to track in, as words: "staging prod"; unset, all
 *   sessionId    unset, a UUID that lives as long as the tab
 *   vitals, errors, enabled   false turns that part, or everything, off
 *   auto         (tag only) false: wait for initializeTracking()
 *
 * localStorage.obsview = 'off' keeps one browser from sending, whatever the page says.
 *
 * What is measured: LCP, INP, CLS, FCP, TTFB, and FID where the browser still has a first-input entry,
 * by the rules of the published definitions (web.dev), so that the numbers can be laid beside those
 * of the web-vitals package, version 6. A vital that is final is sent once. CLS and INP are never
 * final: they are sent when the page is hidden, and again at a later hiding if they have grown.
 *
 * trackPageView(url) is for pages that change their address without a load. It ends the vitals of the view
 * before, and what is measured from then on (CLS, INP, errors) carries the new address. LCP, FCP and
 * TTFB belong to a load, so a view that was not loaded has none. It sends no event of its own.
 *
 * The page comes first: nothing here throws into it, waits for anything or asks for a preflight; bodies
 * go out in batches, as text, by fetch with keepalive and, once the page hides, by beacon. What all
 * of it has cost the main thread so far is obsview.cost(), in milliseconds.
 */
(function () {
  'use strict';

  const loadedAt = performance.now();

  if (window.obsview) return;

  const BATCH_MS = 1000; /* vitals that come within a second travel together */
  const ERROR_MS = 50; /* somebody may be waiting for an error */
  const QUEUE_MAX = 200; /* beyond this many waiting bodies the oldest go */
  const TRIES = 3; /* a body that was refused for the moment is sent again this often */
  const RETRY_MS = 5000;
  const TEXT_MAX = 16384; /* characters kept of a message or stack: one body stays far below 100 KB */
  const ERRORS_MAX = 10; /* of the same kind in one page view: a loop must not become a flood */

  /* Good up to the first, poor past the second (web.dev, 2024). */
  const THRESHOLDS = {
    LCP: [2500, 4000],
    INP: [200, 500],
    CLS: [0.1, 0.25],
    FCP: [1800, 3000],
    TTFB: [800, 1800],
    FID: [100, 300],
  };

  const script = document.currentScript;
  let config = null; /* null until tracking is on */
  let started = null; /* the promise of the first initializeTracking() */
  let spentMs = 0;

  /* ---- what every callback runs in: it is timed, and it cannot fail the page */

  let depth = 0;

  function guarded(work) {
    return (argument) => {
      const from = performance.now();

      depth++;
      try {
        return work(argument);
      } catch (error) {
        return undefined; /* a tracker has nobody to complain to */
      } finally {
        depth--;
        if (depth === 0) spentMs += performance.now() - from;
      }
    };
  }

  function listen(type, work) {
    addEventListener(type, guarded(work), true);
  }

  /* ---- the page's life: activation, hiding, coming back */

  let hiddenSince = Infinity; /* when it was first hidden, in the page's own time */
  let isLeaving = false;
  const onHide = [];
  const onRestore = [];

  function watchLife() {
    hiddenSince = firstHidden();
    listen('visibilitychange', (event) => {
      if (document.visibilityState !== 'hidden') return;
      hiddenSince = Math.min(hiddenSince, event.timeStamp);
      leave();
    });
    listen('prerenderingchange', () => {
      if (document.visibilityState === 'hidden') hiddenSince = 0; /* activated in the background */
    });
    listen('pagehide', leave);
    listen('pageshow', (event) => {
      if (event.persisted) comeBack(event.timeStamp);
    });
  }

  function leave() {
    isLeaving = true; /* all that the vitals say now goes out as one body */
    try {
      onHide.forEach((settle) => settle());
    } finally {
      isLeaving = false;
    }
    flush();
  }

  function comeBack(when) {
    setTimeout(() => {
      hiddenSince = stateNow();
    });
    openView(location.href);
    onRestore.forEach((restart) => restart(when));
  }

  /* The browser's own record of hidden times, where it keeps one, sees what was before this script. */
  function firstHidden() {
    const activated = activationStart();
    const states = document.prerendering ? [] : performance.getEntriesByType('visibility-state');
    const hidden = states.find((state) => state.name === 'hidden' && state.startTime >= activated);

    return hidden ? hidden.startTime : stateNow();
  }

  function stateNow() {
    return document.visibilityState === 'hidden' && !document.prerendering ? 0 : Infinity;
  }

  /* The navigation's entry, unless the browser reports a first byte that cannot be true. */
  function navigation() {
    const entry = performance.getEntriesByType('navigation')[0];
    const isSane = entry && entry.responseStart > 0 && entry.responseStart < performance.now();

    return isSane ? entry : undefined;
  }

  /* A prerendered page counts from the moment somebody sees it. */
  function activationStart() {
    const entry = navigation();

    return (entry && entry.activationStart) || 0;
  }

  function sinceActivation(time) {
    return Math.max(time - activationStart(), 0);
  }

  function whenActivated(work) {
    /* the event does not bubble: the window hears it while it is captured */
    if (document.prerendering) addEventListener('prerenderingchange', guarded(work), { once: true, capture: true });
    else work();
  }

  function afterNextPaint(work) {
    requestAnimationFrame(() => {
      requestAnimationFrame(guarded(work));
    });
  }

  /* When the browser has time, but before the page is gone. */
  function whenIdle(work) {
    let isDone = false;
    const once = guarded(() => {
      if (isDone) return;
      isDone = true;
      removeEventListener('visibilitychange', once, true);
      work();
    });

    if (document.visibilityState === 'hidden') return once();
    addEventListener('visibilitychange', once, true);
    if (window.requestIdleCallback) requestIdleCallback(once, { timeout: 1000 });
    else setTimeout(once);
  }

  /* Watches the kinds of entries that this browser knows; undefined when it knows none. */
  function observe(types, options, work) {
    const known = types.filter((type) => PerformanceObserver.supportedEntryTypes.indexOf(type) >= 0);
    const handle = guarded(work);
    const observer = new PerformanceObserver((list) => {
      handle(list.getEntries().sort(byEnd));
    });

    known.forEach((type) => {
      observer.observe(Object.assign({ type: type, buffered: true }, options));
    });
    return known.length > 0 ? observer : undefined;
  }

  function byEnd(a, b) {
    return a.startTime + a.duration - (b.startTime + b.duration);
  }

  /* ---- one page view and the values it has sent */

  let view = { url: '', sent: {}, errors: {} };

  function openView(url) {
    view = { url: url, sent: {}, errors: {} };
  }

  function report(name, value) {
    const limits = THRESHOLDS[name];

    if (view.sent[name] === value) return;
    view.sent[name] = value;
    waiting.push({
      name: name,
      value: value,
      rating: value > limits[1] ? 'poor' : value > limits[0] ? 'needs-improvement' : 'good',
      url: view.url,
      timestamp: new Date().toISOString(),
    });
    flushSoon(BATCH_MS);
  }

  /* ---- the vitals */

  /* Each on its own: what one browser lacks must not cost the others. */
  function watchVitals() {
    if (!window.PerformanceObserver) return;
    whenActivated(() => {
      guarded(watchLcp)();
      guarded(watchInp)();
      guarded(watchFid)();
      guarded(watchFcp)(watchCls);
    });
    guarded(watchTtfb)();
  }

  /* The last of the largest paints, until somebody touches the page or it is hidden. */
  function watchLcp() {
    let value = -1;
    let isFinal = false;
    const touches = ['keydown', 'click'];
    const observer = observe(['largest-contentful-paint'], {}, (entries) => {
      const last = entries[entries.length - 1];

      if (last.startTime < hiddenSince) value = sinceActivation(last.startTime);
    });

    if (!observer) return;

    function finish() {
      if (isFinal) return;
      isFinal = true;
      observer.disconnect();
      if (value >= 0) report('LCP', value);
    }

    touches.forEach((type) => {
      listen(type, (event) => {
        if (event.isTrusted && !isFinal) whenIdle(finish);
      });
    });
    onHide.push(finish);
    onView.push(finish);
    onRestore.push((when) => {
      isFinal = true;
      afterNextPaint(() => {
        report('LCP', performance.now() - when);
      });
    });
  }

  function watchFcp(then) {
    let isKnown = false;
    const observer = observe(['paint'], {}, (entries) => {
      const paint = entries.find((entry) => entry.name === 'first-contentful-paint');

      if (!paint) return;
      observer.disconnect();
      if (paint.startTime < hiddenSince) done(sinceActivation(paint.startTime));
    });

    function done(value) {
      report('FCP', value);
      if (!isKnown) then();
      isKnown = true;
    }

    if (!observer) return;
    onRestore.push((when) => {
      afterNextPaint(() => {
        done(performance.now() - when);
      });
    });
  }

  /* The worst burst of shifts: a burst has gaps under a second and lasts less than five. Counted only
   * on pages that have painted something. */
  function watchCls() {
    let burst = { value: 0, first: 0, last: 0 };
    let worst = 0;

    function take(shift) {
      if (shift.hadRecentInput) return;
      if (!belongs(shift)) burst = { value: 0, first: shift.startTime, last: 0 };
      burst.value += shift.value;
      burst.last = shift.startTime;
      worst = Math.max(worst, burst.value);
    }

    function belongs(shift) {
      return burst.value > 0 && shift.startTime - burst.last < 1000 && shift.startTime - burst.first < 5000;
    }

    function restart() {
      burst = { value: 0, first: 0, last: 0 };
      worst = 0;
    }

    function settle() {
      observer.takeRecords().forEach(take);
      report('CLS', worst);
    }

    const observer = observe(['layout-shift'], {}, (entries) => entries.forEach(take));

    if (!observer) return;
    onHide.push(settle);
    onView.push(settle);
    onNewView.push(restart);
    onRestore.push(restart);
  }

  /* The slowest interaction; on a page with many, the slowest but one for every fifty. An interaction
   * lasts as long as its longest event. Ten are enough to remember: more would need 500 interactions
   * before they could matter. */
  function watchInp() {
    const hasIds = window.PerformanceEventTiming && 'interactionId' in PerformanceEventTiming.prototype;
    let slowest = []; /* of {id, ms}, the slowest first */
    let countBefore = 0;
    let isRestored = false;
    let pending = []; /* entries that wait for an idle moment */

    if (!hasIds) return;
    const count = interactionCounter();
    const observer = observe(['event', 'first-input'], { durationThreshold: 40 }, (entries) => {
      if (pending.length === 0) whenIdle(take);
      pending = pending.concat(entries);
    });

    function take() {
      pending.forEach((entry) => {
        if (entry.interactionId) remember(entry.interactionId, entry.duration);
      });
      pending = [];
    }

    function remember(id, ms) {
      const known = slowest.find((one) => one.id === id);

      if (known) known.ms = Math.max(known.ms, ms);
      else slowest.push({ id: id, ms: ms });
      slowest.sort((a, b) => b.ms - a.ms);
      slowest.length = Math.min(slowest.length, 10);
    }

    function settle() {
      pending = pending.concat(observer.takeRecords().sort(byEnd));
      take();
      const since = count() - countBefore;
      const rank = Math.min(slowest.length - 1, Math.floor(since / 50));

      if (rank >= 0) report('INP', slowest[rank].ms);
      else if (isRestored && since > 0) report('INP', 8); /* all too quick to be listed */
    }

    function restart() {
      slowest = [];
      countBefore = count();
    }

    if (!observer) return;
    onHide.push(settle);
    onView.push(settle);
    onNewView.push(restart);
    onRestore.push(() => {
      isRestored = true;
      restart();
    });
  }

  /* How many interactions there were. Browsers that do not say give their ids in steps of seven. */
  function interactionCounter() {
    let lowest = Infinity;
    let highest = 0;

    if ('interactionCount' in performance) {
      return () => performance.interactionCount;
    }
    observe(['event'], { durationThreshold: 0 }, (entries) => {
      entries.forEach((entry) => {
        if (!entry.interactionId) return;
        lowest = Math.min(lowest, entry.interactionId);
        highest = Math.max(highest, entry.interactionId);
      });
    });
    return () => (highest > 0 ? (highest - lowest) / 7 + 1 : 0);
  }

  /* Deprecated in favour of INP, and still asked for: the wait of the first input only. */
  function watchFid() {
    const observer = observe(['first-input'], {}, (entries) => {
      const first = entries[0];

      observer.disconnect();
      if (first.startTime < hiddenSince) report('FID', first.processingStart - first.startTime);
    });
  }

  function watchTtfb() {
    whenLoaded(() => {
      const entry = navigation();

      if (!entry) return;
      report('TTFB', sinceActivation(entry.responseStart));
      onRestore.push(() => {
        report('TTFB', 0);
      });
    });
  }

  function whenLoaded(work) {
    if (document.prerendering) {
      whenActivated(() => {
        whenLoaded(work);
      });
    } else if (document.readyState === 'complete') {
      setTimeout(guarded(work));
    } else {
      addEventListener('load', () => {
        setTimeout(guarded(work));
      });
    }
  }

  /* ---- errors */

  const known = new WeakSet(); /* error objects that have been sent: a boundary and the window see the same one */

  function watchErrors() {
    listen('error', (event) => {
      if (event.target !== window) return; /* an image or script that did not load */
      sendError(event.error || { message: event.message, stack: placeOf(event) });
    });
    listen('unhandledrejection', (event) => {
      sendError(event.reason);
    });
  }

  function placeOf(event) {
    return event.filename ? '    at ' + event.filename + ':' + event.lineno + ':' + event.colno : '';
  }

  function sendError(error, context) {
    const said = describe(error);
    const kind = said.type + said.message;

    if (isRepeated(error, kind)) return;
    enqueue('/errors/report', {
      error: said,
      context: Object.assign({}, context, {
        url: view.isVirtual ? view.url : location.href,
        timestamp: new Date().toISOString(),
      }),
    });
    flushSoon(ERROR_MS);
  }

  function isRepeated(error, kind) {
    if (error && typeof error === 'object') {
      if (known.has(error)) return true;
      known.add(error);
    }
    view.errors[kind] = (view.errors[kind] || 0) + 1;
    return view.errors[kind] > ERRORS_MAX;
  }

  /* Anything can be thrown: an Error, a string, nothing at all. */
  function describe(error) {
    const isObject = error !== null && typeof error === 'object';

    return {
      message: cut(isObject && error.message !== undefined ? error.message : error),
      stack: cut((isObject && error.stack) || ''),
      type: cut((isObject && error.name) || 'Error'),
    };
  }

  function cut(value) {
    return String(value).slice(0, TEXT_MAX);
  }

  /* ---- sending */

  const waiting = []; /* vitals that have no body yet */
  const queue = []; /* bodies, oldest first: {path, body, tries} */
  let timer = 0;
  let due = Infinity; /* when it rings */

  function enqueue(path, body) {
    queue.push({ path: path, body: body, tries: 0 });
    if (queue.length > QUEUE_MAX) queue.shift();
  }

  function flushSoon(ms) {
    const at = performance.now() + ms;

    if (isLeaving) return;
    if (document.visibilityState === 'hidden') return flush();
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(() => whenIdle(flush), ms);
  }

  function flush() {
    clearTimeout(timer);
    due = Infinity;
    if (waiting.length > 0) enqueue('/metrics/web-vitals', { metrics: waiting.splice(0) });
    if (queue.length === 0) return;
    session = session || openSession();
    const send = document.visibilityState === 'hidden' ? beacon : post;
    const bodies = queue.splice(0);

    if (!session.isOff) bodies.forEach(send);
  }

  /* The body as the endpoint reads it: who sent it stands beside the metrics, but inside the context. */
  function textOf(item) {
    const who = { sessionId: session.id, userAgent: navigator.userAgent };

    if (item.body.context) Object.assign(item.body.context, who);
    else Object.assign(item.body, who);
    return JSON.stringify(item.body);
  }

  /* Text needs no preflight, and a beacon outlives its page. */
  function beacon(item) {
    const isTaken = navigator.sendBeacon && navigator.sendBeacon(addressOf(item), textOf(item));

    if (!isTaken) post(item);
  }

  function post(item) {
    const text = textOf(item);

    fetch(addressOf(item), {
      method: 'POST',
      body: text,
      keepalive: text.length < 60000 /* browsers refuse more than 64 KB of it */,
      credentials: 'omit',
      headers: { 'content-type': 'text/plain;charset=UTF-8' },
    }).then(
      guarded((answer) => {
        if (answer.status === 429 || answer.status === 503) again(item, answer.headers.get('retry-after'));
      }),
      guarded(() => again(item, 0))
    );
  }

  function again(item, seconds) {
    item.tries++;
    if (item.tries >= TRIES) return;
    queue.push(item);
    flushSoon(Math.max(RETRY_MS, 1000 * (Number(seconds) || 0)));
  }

  function addressOf(item) {
    return config.endpoint + item.path + config.query;
  }

  /* ---- the session, read from storage when something is first sent: storage can be slow to open */

  let session = null;

  function openSession() {
    try {
      const id = config.sessionId || sessionStorage.getItem('obsview.session') || uuid();

      sessionStorage.setItem('obsview.session', id);
      return { id: id, isOff: localStorage.getItem('obsview') === 'off' };
    } catch (error) {
      return { id: config.sessionId || uuid(), isOff: false }; /* no storage in this frame: the page is the session */
    }
  }

  /* crypto.randomUUID() exists in secure contexts only. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));

    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return Array.from(bytes, (byte, i) => {
      const dash = [4, 6, 8, 10].indexOf(i) >= 0 ? '-' : '';

      return dash + (byte + 256).toString(16).slice(1);
    }).join('');
  }

  /* ---- what the page calls */

  const onView = []; /* the view ends: report what it has */
  const onNewView = []; /* and begin again */

  function initializeTracking(given) {
    started = started || Promise.resolve(guarded(start)(given) === true);
    return started;
  }

  function start(given) {
    const wanted = settings(given || {});

    if (!wanted) return false;
    config = wanted;
    openView(location.href);
    watchLife();
    if (config.errors) watchErrors();
    if (config.vitals) watchVitals();
    return true;
  }

  /* The settings that hold, or undefined when they say not to track. */
  function settings(given) {
    const source = script && script.src ? new URL(script.src) : location;
    const environment = given.environment || guessEnvironment(location.hostname);
    const token = new URLSearchParams(source.search).get('token');

    const isWanted = !given.onlyIn || words(given.onlyIn).indexOf(environment) >= 0;

    if (isOff(given.enabled) || !isWanted) return undefined;
    return {
      endpoint: (given.endpoint || source.origin).replace(/\/+$/, ''),
      query: token ? '?token=' + encodeURIComponent(token) : '',
      environment: environment,
      sessionId: given.sessionId,
      vitals: !isOff(given.vitals),
      errors: !isOff(given.errors),
    };
  }

  function isOff(value) {
    return value === false || value === 'false';
  }

  function words(list) {
    return Array.isArray(list) ? list : String(list).split(/[\s,]+/);
  }

  function guessEnvironment(host) {
    if (/^(localhost|127\.|\[?::1|0\.0\.0\.0)/.test(host) || /\.(local|test)$/.test(host)) return 'dev';
    return /(^|[.-])(staging|stage|preview|test)([.-]|$)/.test(host) ? 'staging' : 'prod';
  }

  function trackPageView(url) {
    if (!config) return;
    onView.forEach((settle) => settle());
    flush();
    openView(url ? new URL(url, location.href).href : location.href);
    view.isVirtual = true;
    onNewView.forEach((restart) => restart());
  }

  function trackError(error, context) {
    if (config) sendError(error, context);
  }

  window.obsview = {
    initializeTracking: initializeTracking,
    trackPageView: guarded(trackPageView),
    trackError: (error, context) => {
      guarded(() => {
        trackError(error, context);
      })();
    },
    cost: () => spentMs,
  };

  if (script && !isOff(script.dataset.auto)) initializeTracking(script.dataset);
  spentMs = performance.now() - loadedAt;
})();
