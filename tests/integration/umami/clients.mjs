// Umami's own npm clients against the real program: what each of their methods is answered.
// SPDX-License-Identifier: MIT
//
//   OBSVIEW=build/obsview node tests/integration/umami/clients.mjs
//
// A method with a row below must be answered, and its answer is looked at. Any other must be refused as not built, by
// name, and is listed: who builds it gives it a row. REFUSED are those that Umami's paths stand in the way of.
import assert from 'node:assert/strict';
import { prepare } from '../../node/prepare.mjs';
import { closing, note, test } from '../../node/tap.mjs';

prepare();

const { Umami, UmamiApiError, UmamiClient, getClient, operations } = await import('../../node/umami.mjs');
const { startEmulator } = await import('../../node/obsview.mjs');

const WEBSITE = '11111111-2222-4333-8444-555555555555';
const ADMIN = '41e2b680-648e-4b09-bcd7-3e2b10c06264';
const NOBODY = '99999999-2222-4333-8444-555555555555';
const HOME = {
  url: '/home?utm_source=letter', title: 'Home', hostname: 'shop.example', language: 'de-DE', screen: '1920x1080',
  referrer: 'https://example.org/from',
};

const only = (list, member) => list.map((row) => row[member]);

// The methods of @umami/api-client 0.79: arguments, and what the answer must say. `s` is the scene.
const CALLS_079 = {
  login: [() => ['admin', 'umami'], ({ user }) => assert.equal(user.id, ADMIN)],
  verify: [() => [], ({ username }) => assert.equal(username, 'admin')],
  getMe: [() => [], ({ user }) => assert.equal(user.id, ADMIN)],
  createUser: [() => [{ username: 'guest', password: 'a-password', role: 'user' }], ({ username }) => assert.equal(username, 'guest')],
  createWebsite: [() => [{ name: 'Second', domain: 'second.example' }], ({ domain }) => assert.equal(domain, 'second.example')],
  getWebsites: [() => [], ({ data, count }) => {
    assert.equal(count, 2);
    assert.deepEqual(only(data, 'domain').sort(), ['second.example', 'shop.example']);
  }],
  getMyWebsites: [() => [], ({ count }) => assert.equal(count, 2)],
  getWebsite: [() => [WEBSITE], ({ id, domain }) => assert.deepEqual([id, domain], [WEBSITE, 'shop.example'])],
  updateWebsite: [() => [WEBSITE, { name: 'Shop', domain: 'shop.example', shareId: 'a-slug' }], ({ name }) => assert.equal(name, 'Shop')],
  getShare: [() => ['a-slug'], ({ websiteId, token }) => {
    assert.equal(websiteId, WEBSITE);
    assert.equal(typeof token, 'string');
  }],
  getWebsiteActive: [() => [WEBSITE], ({ visitors }) => assert.equal(visitors, 1)],
  getWebsiteStats: [({ range }) => [WEBSITE, range], ({ pageviews, visitors }) => {
    assert.deepEqual([pageviews, visitors], [{ value: 1, prev: 0 }, { value: 1, prev: 0 }]);
  }],
  getWebsitePageviews: [({ range }) => [WEBSITE, { ...range, unit: 'hour', timezone: 'UTC' }], ({ pageviews }) => {
    assert.deepEqual(only(pageviews, 'y'), [1]);
  }],
  getWebsiteMetrics: [({ range }) => [WEBSITE, { ...range, type: 'referrer' }], (rows) => {
    assert.deepEqual(rows, [{ x: 'example.org', y: 1 }]);
  }],
  getEventMetrics: [({ range }) => [WEBSITE, { ...range, unit: 'hour', timezone: 'UTC' }], (rows) => {
    assert.deepEqual(rows.map(({ x, y }) => [x, y]), [['signup', 1]]);
  }],
  getWebsiteValues: [({ range }) => [WEBSITE, { ...range, type: 'url' }], (rows) => assert.ok(only(rows, 'value').includes('/home'))],
  getWebsiteEvents: [({ range }) => [WEBSITE, range], ({ data, count }) => {
    assert.equal(count, 2);
    assert.deepEqual(only(data, 'eventName'), ['signup', null]);
  }],
  getWebsiteSessions: [({ range }) => [WEBSITE, range], ({ data }, { session }) => assert.deepEqual(only(data, 'id'), [session])],
  getWebsiteSessionsWeekly: [({ range }) => [WEBSITE, { ...range, timezone: 'UTC' }], (days) => {
    assert.equal(days.length, 7);
    assert.equal(days.flat().reduce((sum, n) => sum + n), 1);
  }],
  getWebsiteSessionStats: [({ range }) => [WEBSITE, range], ({ events }) => assert.deepEqual(events, { value: 1 })],
  getWebsiteSession: [({ session }) => [WEBSITE, session], ({ id, language }, { session }) => {
    assert.deepEqual([id, language], [session, 'de-DE']);
  }],
  getSessionActivity: [({ session, range }) => [WEBSITE, session, range], (rows) => assert.deepEqual(only(rows, 'eventType'), [2, 1])],
  getSessionData: [({ session }) => [WEBSITE, session], (rows) => {
    assert.deepEqual(rows.map((row) => [row.dataKey, row.stringValue]), [['plan', 'pro']]);
  }],
  getRealtime: [({ range }) => [WEBSITE, { startAt: range.startAt }], ({ totals }) => assert.equal(totals.views, 1)],
  getEventDataEvents: [({ range }) => [WEBSITE, range], (rows) => assert.deepEqual(only(rows, 'propertyName').sort(), ['plan', 'seats'])],
  getEventDataStats: [({ range }) => [WEBSITE, range], (stats) => assert.deepEqual(stats, { events: 1, properties: 2, records: '2' })],
  getEventDataValues: [({ range }) => [WEBSITE, { ...range, eventName: 'signup', propertyName: 'plan' }], (rows) => {
    assert.deepEqual(rows, [{ value: 'pro', total: 1 }]);
  }],
  getEventDataFields: [({ range }) => [WEBSITE, range], (rows) => assert.deepEqual(only(rows, 'propertyName').sort(), ['plan', 'seats'])],
  getSessionDataProperties: [({ range }) => [WEBSITE, range], (rows) => assert.deepEqual(rows, [{ propertyName: 'plan', total: 1 }])],
  getSessionDataValues: [({ range }) => [WEBSITE, { ...range, propertyName: 'plan' }], (rows) => {
    assert.deepEqual(rows, [{ value: 'pro', total: 1 }]);
  }],
  send: [() => [{ type: 'event', payload: { website: WEBSITE, ...HOME } }], ({ cache, sessionId }) => {
    assert.equal(typeof cache, 'string');
    assert.equal(typeof sessionId, 'string');
  }],
  heartbeat: [() => [], (answer) => assert.deepEqual(answer, { ok: true })],
  resetWebsite: [() => [WEBSITE], (answer) => assert.deepEqual(answer, { ok: true })],
  deleteWebsite: [() => [WEBSITE], (answer) => assert.deepEqual(answer, { ok: true })],
};

const NOT_CALLS_079 = ['constructor', 'setAuthToken', 'setSecret', 'setApiEndPoint', 'getHeaders', 'get', 'post', 'put', 'del', 'executeRoute'];

const REFUSED_079 = {
  config: [404, 'GET /api/config came with 3.0'],
  getUsers: [405, 'GET /api/users never was: it is GET /api/admin/users'],
  runUTMReport: [400, 'its type says dateRange, where the server wants parameters'],
};

// The operations of @umami/api-client 0.81: what the call needs beside the ids, and what the answer must say.
const RANGE = ({ range }) => range;
const ZONED = ({ range }) => ({ ...range, unit: 'hour', timezone: 'UTC' });
const NOTHING = () => ({});
const CALLS_081 = {
  login: [() => ({ username: 'admin', password: 'umami' }), ({ user }) => assert.equal(user.id, ADMIN)],
  verify: [NOTHING, ({ username }) => assert.equal(username, 'admin')],
  getMe: [NOTHING, ({ user }) => assert.equal(user.id, ADMIN)],
  createUser: [() => ({ username: 'guest', password: 'a-password', role: 'user' }), ({ username }) => assert.equal(username, 'guest')],
  createWebsite: [() => ({ name: 'Second', domain: 'second.example' }), ({ domain }) => assert.equal(domain, 'second.example')],
  listWebsites: [NOTHING, ({ count }) => assert.equal(count, 2)],
  getMyWebsites: [NOTHING, ({ count }) => assert.equal(count, 2)],
  getWebsite: [NOTHING, ({ domain }) => assert.equal(domain, 'shop.example')],
  updateWebsite: [() => ({ name: 'Shop' }), ({ name }) => assert.equal(name, 'Shop')],
  createShare: [
    () => ({ entityId: WEBSITE, shareType: 1, name: 'public', slug: 'a-public-slug', parameters: {} }),
    ({ slug }) => assert.equal(slug, 'a-public-slug'),
  ],
  getShareBySlug: [() => ({ slug: 'a-public-slug' }), ({ websiteId }) => assert.equal(websiteId, WEBSITE)],
  getWebsiteActive: [NOTHING, ({ visitors }) => assert.equal(visitors, 1)],
  getWebsiteDateRange: [NOTHING, ({ startDate, endDate }) => assert.ok(Date.parse(startDate) <= Date.parse(endDate))],
  getWebsiteStats: [RANGE, ({ pageviews, visitors, comparison }) => assert.deepEqual([pageviews, visitors, comparison.pageviews], [1, 1, 0])],
  getWebsitePageviews: [ZONED, ({ pageviews }) => assert.deepEqual(only(pageviews, 'y'), [1])],
  getWebsiteMetrics: [({ range }) => ({ ...range, type: 'path' }), (rows) => assert.deepEqual(rows, [{ x: '/home', y: 1 }])],
  getWebsiteExpandedMetrics: [({ range }) => ({ ...range, type: 'path' }), ([row]) => assert.deepEqual([row.name, row.pageviews], ['/home', '1'])],
  getWebsiteValues: [({ range }) => ({ ...range, type: 'path' }), (rows) => assert.ok(only(rows, 'value').includes('/home'))],
  getWebsiteEvents: [RANGE, ({ data }) => assert.deepEqual(only(data, 'eventName').filter(Boolean), ['signup'])],
  getWebsiteEventSeries: [ZONED, (rows) => assert.deepEqual(rows.map(({ x, y }) => [x, y]), [['signup', 1]])],
  getWebsiteEventStats: [RANGE, ({ data }) => assert.equal(data.events, 1)],
  getWebsiteSessions: [RANGE, ({ data }, { session }) => assert.deepEqual([...new Set(only(data, 'id'))], [session])],
  getWebsiteSessionStats: [RANGE, ({ visitors }) => assert.deepEqual(visitors, { value: 1 })],
  getWebsiteSessionsWeekly: [ZONED, (days) => assert.equal(days.length, 7)],
  getWebsiteSession: [NOTHING, ({ id }, { session }) => assert.equal(id, session)],
  getWebsiteSessionActivity: [RANGE, (rows) => assert.ok(only(rows, 'eventName').includes('signup'))],
  getWebsiteSessionProperties: [NOTHING, (rows) => assert.deepEqual(only(rows, 'dataKey'), ['plan'])],
  getSessionDataProperties: [RANGE, (rows) => assert.deepEqual(rows, [{ propertyName: 'plan', total: 1 }])],
  getSessionDataValues: [({ range }) => ({ ...range, propertyName: 'plan' }), (rows) => assert.deepEqual(rows, [{ value: 'pro', total: 1 }])],
  getEventData: [RANGE, ({ data }) => assert.deepEqual(only(data, 'eventName'), ['signup'])],
  getEventDataById: [NOTHING, (rows) => assert.deepEqual(rows, [])],
  getEventDataEvents: [RANGE, (rows) => assert.deepEqual(only(rows, 'propertyName').sort(), ['plan', 'seats'])],
  getEventDataProperties: [RANGE, (rows) => assert.deepEqual(only(rows, 'propertyName').sort(), ['plan', 'seats'])],
  getEventDataFields: [RANGE, (rows) => assert.deepEqual(only(rows, 'propertyName').sort(), ['plan', 'seats'])],
  getEventDataStats: [RANGE, (stats) => assert.deepEqual(stats, { events: 1, properties: 2, records: '2' })],
  getEventDataValues: [({ range }) => ({ ...range, event: 'signup', eventName: 'signup', propertyName: 'plan' }), (rows) => {
    assert.deepEqual(rows, [{ value: 'pro', total: 1 }]);
  }],
  getRealtime: [() => ({ timezone: 'UTC' }), ({ totals }) => assert.equal(totals.views, 1)],
  send: [() => ({ type: 'event', payload: { website: WEBSITE, ...HOME } }), ({ cache }) => assert.equal(typeof cache, 'string')],
  resetWebsite: [NOTHING, (answer) => assert.deepEqual(answer, { ok: true })],
  deleteWebsite: [NOTHING, (answer) => assert.deepEqual(answer, { ok: true })],
  logout: [NOTHING, (answer) => assert.deepEqual(answer, { ok: true })],
};

const REFUSED_081 = {
  batch: [400, 'its input is one object, where the server wants an array'],
  getWebsitesCharts: [400, 'newer than 3.1, whose /api/websites/:id it looks like'],
  record: [404, 'session replay is of another part'],
  cloneBoard: [405], createBoardShare: [405], updateBoard: [405], deleteBoard: [405],
  createLinkShare: [405], updateLink: [405], deleteLink: [405],
  createPixelShare: [405], updatePixel: [405], deletePixel: [405],
  deleteWebsiteSession: [405, 'newer than 3.1, which only reads a session'],
  getShare: [405], updateShare: [405], getSubscription: [405], getTwoFactorStatus: [405], deleteMyApiKey: [405],
};

// A program with one visitor on it, brought by @umami/node: a page view, an event with data, and who it was.
async function openScene(dialect) {
  const emulator = await startEmulator({ args: ['--umami-dialect', dialect, '--umami-secret', 'a-secret'] });
  const node = new Umami({ hostUrl: emulator.url, websiteId: WEBSITE });
  const answers = [
    await node.track(HOME),
    await node.track({ ...HOME, name: 'signup', data: { plan: 'pro', seats: 3 } }),
    await node.identify({ plan: 'pro' }),
  ];
  const said = await Promise.all(answers.map((answer) => answer.json()));
  const now = Date.now();

  return {
    emulator,
    node,
    statuses: answers.map(({ status }) => status),
    said,
    session: said[0].sessionId,
    range: { startAt: now - 3600e3, endAt: now + 60e3 },
  };
}

for (const dialect of ['v2', 'v3']) {
  const scene = await openScene(dialect);

  await test(`@umami/node 0.4 (${dialect}): track() and identify() are answered, and make one visitor`, () => {
    assert.deepEqual(scene.statuses, [200, 200, 200]);
    assert.deepEqual(new Set(scene.said.map(({ sessionId }) => sessionId)).size, 1);
  });
  await test(`@umami/node 0.4 (${dialect}): track(name, data) is a custom event`, async () => {
    const answer = await scene.node.track('bought', { price: 12.5 });

    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).sessionId, scene.session);
  });
  await scene.emulator.stop();
}

await oldClient(await openScene('v2'));
await newClient(await openScene('v3'));
closing();

async function oldClient(scene) {
  const client = getClient({ userId: ADMIN, secret: 'a-secret', apiEndpoint: `${scene.emulator.url}/api` });
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => !NOT_CALLS_079.includes(name));
  const ask = (name, args) => client[name](...args);

  client.authToken = (await client.login('admin', 'umami')).data.token;
  await askAll('@umami/api-client 0.79', methods, CALLS_079, REFUSED_079, async (name) => {
    const args = CALLS_079[name]?.[0](scene) ?? [NOBODY, NOBODY, {}];

    return ask(name, args);
  }, scene);
  await scene.emulator.stop();
}

async function newClient(scene) {
  const baseUrl = `${scene.emulator.url}/api`;
  const { token } = await new UmamiClient({ baseUrl }).login({ username: 'admin', password: 'umami' });
  const client = new UmamiClient({ baseUrl, token });
  const ids = Object.fromEntries(Object.values(operations).flatMap(({ pathParams }) => pathParams).map((name) => [name, NOBODY]));

  await askAll('@umami/api-client 0.81', Object.keys(operations), CALLS_081, REFUSED_081, async (name) => {
    const members = CALLS_081[name]?.[0](scene);
    const own = members ? { websiteId: WEBSITE, sessionId: scene.session, ...members } : { range: 1 };
    const path = Object.fromEntries(operations[name].pathParams.map((key) => [key, own[key] ?? ids[key]]));
    const rest = Object.fromEntries(Object.entries(own).filter(([key]) => !['websiteId', 'sessionId'].includes(key)));

    try {
      return { ok: true, status: 200, data: await client.call(name, { ...path, ...rest }) };
    } catch (error) {
      if (!(error instanceof UmamiApiError)) throw error;
      return { ok: false, status: error.status, error: error.message };
    }
  }, scene);
  await scene.emulator.stop();
}

// First those with a row, in the order of the rows; then all others.
async function askAll(client, methods, calls, refused, ask, scene) {
  const unbuilt = [];

  for (const name of Object.keys(calls)) {
    await test(`${client}: ${name}`, async () => {
      assert.ok(methods.includes(name), 'the client has such a method');
      const answer = await ask(name);

      assert.equal(answer.status, 200, JSON.stringify(answer.error));
      calls[name][1](answer.data, scene);
    });
  }
  for (const [name, [status, why = 'no such method on that path']] of Object.entries(refused)) {
    await test(`${client}: ${name} is refused: ${why}`, async () => assert.equal((await ask(name)).status, status));
  }
  await test(`${client}: whatever else it has says that it is not built`, async () => {
    for (const name of methods.filter((one) => !calls[one] && !refused[one])) {
      const { status, error } = await ask(name);

      assert.equal(status, 501, `${name}: ${status} ${JSON.stringify(error)}`);
      assert.match(String(error), /is not built/, name);
      unbuilt.push(name);
    }
  });
  note(`${client}: ${methods.length} methods, ${Object.keys(calls).length} answered, ${unbuilt.length} not built: ${unbuilt.join(' ')}`);
}
