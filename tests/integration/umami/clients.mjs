// Umami's own npm clients against the real program: what each of their methods is answered.
// SPDX-License-Identifier: MIT
//
//   OBSVIEW=build/obsview node tests/integration/umami/clients.mjs
//
// The methods are those that the clients themselves have. A method with a row of CALLS must be answered in the dialect
// that the client is of, and its answer is looked at. All others stand in OTHERS by the status they get there, and all
// of them by the status they get in the other dialect: a method that a newer client adds is in no row, and fails. A 501
// names what is not built; 404 and 405 are the dialect's own.
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
  runUTMReport: [({ dates }) => [{ websiteId: WEBSITE, dateRange: dates }], (rows) => {
    assert.deepEqual(rows, [{ url_query: 'utm_source=letter', num: 1 }]);
  }],
  runInsightsReport: [
    ({ dates }) => [{ websiteId: WEBSITE, dateRange: dates, fields: [{ name: 'language', type: 'string', label: 'Language' }], filters: [] }],
    (rows) => assert.deepEqual(rows.map(({ views, visitors, language }) => [views, visitors, language]), [['1', 1, 'de-DE']]),
  ],
  runFunnelReport: [
    ({ dates }) => [{ websiteId: WEBSITE, dateRange: dates, window: 60, steps: [{ type: 'url', value: '/ho*' }, { type: 'event', value: 'signup' }] }],
    (rows) => assert.deepEqual(only(rows, 'visitors'), [1, 1]),
  ],
  runGoalsReport: [
    ({ dates }) => [{ websiteId: WEBSITE, dateRange: dates, goals: [{ type: 'event', value: 'signup', goal: 4 }] }],
    (rows) => assert.deepEqual(rows, [{ type: 'event', value: 'signup', goal: 4, result: 1 }]),
  ],
  runRetentionReport: [
    ({ dates }) => [{ websiteId: WEBSITE, dateRange: dates, timezone: 'UTC' }],
    (rows) => assert.deepEqual(rows.map(({ day, visitors, percentage }) => [day, visitors, percentage]), [[0, 1, 100]]),
  ],
  runJourneyReport: [
    ({ dates }) => [{ websiteId: WEBSITE, dateRange: dates, steps: 3 }],
    (rows) => assert.deepEqual(rows, [{ items: ['/home', 'signup', null, null], count: 1 }]),
  ],
  runRevenueReport: [
    ({ dates }) => [{ websiteId: WEBSITE, dateRange: { ...dates, unit: 'hour' }, timezone: 'UTC', currency: 'EUR' }],
    (answer) => assert.deepEqual(answer, { chart: [], country: [], total: { sum: null, count: 0, unique_count: 0 }, table: [] }),
  ],
  send: [() => [{ type: 'event', payload: { website: WEBSITE, ...HOME } }], ({ cache, sessionId }) => {
    assert.equal(typeof cache, 'string');
    assert.equal(typeof sessionId, 'string');
  }],
  heartbeat: [() => [], (answer) => assert.deepEqual(answer, { ok: true })],
  resetWebsite: [() => [WEBSITE], (answer) => assert.deepEqual(answer, { ok: true })],
  deleteWebsite: [() => [WEBSITE], (answer) => assert.deepEqual(answer, { ok: true })],
};

const NOT_CALLS_079 = ['constructor', 'setAuthToken', 'setSecret', 'setApiEndPoint', 'getHeaders', 'get', 'post', 'put', 'del', 'executeRoute'];

const OTHERS_079 = {
  v2: {
    404: 'deleteTeamWebsite config',
    405: 'getUsers getTeams createTeamWebsite',
    501: 'getUser getUserUsage getUserTeams getUserWebsites deleteUser updateUser getReport updateReport deleteReport getReports ' +
      'createReport getWebsiteReports createTeam getTeam joinTeam getTeamUsers getTeamUser createTeamUser updateTeamMember deleteTeamUser ' +
      'getTeamWebsites updateTeam deleteTeam getMyTeams updateMyPassword transferWebsite runAttributionReport',
  },
  v3: {
    200: 'createUser createWebsite getWebsite updateWebsite getWebsites getWebsiteActive getWebsiteEvents getWebsiteSessions ' +
      'getWebsiteSessionsWeekly getWebsiteSessionStats getWebsiteSession getSessionActivity getSessionData getEventMetrics ' +
      'getWebsiteMetrics getWebsitePageviews getWebsiteStats login verify getMe getMyWebsites getRealtime getEventDataEvents ' +
      'getEventDataStats getEventDataFields getSessionDataProperties getSessionDataValues send config heartbeat resetWebsite ' +
      'deleteWebsite',
    400: 'getWebsiteValues getEventDataValues runFunnelReport runRetentionReport runUTMReport runJourneyReport runRevenueReport',
    404: 'getUserUsage getShare deleteTeamWebsite',
    405: 'getUsers createTeamWebsite',
    501: 'getUser getUserTeams getUserWebsites deleteUser updateUser getReport updateReport deleteReport getReports createReport ' +
      'getWebsiteReports createTeam getTeam getTeams joinTeam getTeamUsers getTeamUser createTeamUser updateTeamMember deleteTeamUser ' +
      'getTeamWebsites updateTeam deleteTeam getMyTeams updateMyPassword transferWebsite runInsightsReport runGoalsReport ' +
      'runAttributionReport',
  },
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

const OTHERS_081 = {
  v3: {
    400: 'batch record',
    501: 'cancelTwoFactorSetup cloneBoard confirmTwoFactorSetup createBoard createBoardShare createLink createLinkShare createMyApiKey ' +
      'createPixel createPixelShare createTeam createTeamUser createWebsiteAnnotation createWebsiteFunnel createWebsiteGoal ' +
      'createWebsiteSegment createWebsiteShare deleteBoard deleteLink deleteMyApiKey deletePixel deleteShare deleteTeam deleteTeamUser ' +
      'deleteUser deleteWebsiteAnnotation deleteWebsiteFunnel deleteWebsiteGoal deleteWebsiteSegment deleteWebsiteSession ' +
      'disableTwoFactor exportWebsite getBoard getBoards getBoardShares getEventDataArraySeries getEventDataDateSeries ' +
      'getEventDataNumericSeries getEventDataNumericStats getEventDataPivot getEventDataPropertySeries getLink getLinks getLinksCharts ' +
      'getLinkShares getMyApiKeys getMyTeams getPixel getPixels getPixelsCharts getPixelShares getSessionDataArraySeries ' +
      'getSessionDataDateSeries getSessionDataNumericSeries getSessionDataNumericStats getSessionDataPivot getSessionDataPropertySeries ' +
      'getSessionDataStats getShare getSubscription getTeam getTeamBoards getTeamLinks getTeamPixels getTeams getTeamUser getTeamUsers ' +
      'getTeamWebsites getTwoFactorStatus getUser getUserTeams getUserWebsites getWebsiteAnnotation getWebsiteAnnotations ' +
      'getWebsiteAttribution getWebsiteBreakdown getWebsiteFunnel getWebsiteFunnels getWebsiteFunnelStats getWebsiteGoal getWebsiteGoals ' +
      'getWebsiteGoalStats getWebsiteHeatmaps getWebsiteJourneys getWebsitePerformanceChart getWebsitePerformanceMetrics ' +
      'getWebsitePerformanceStats getWebsiteRecorderConfig getWebsiteReplay getWebsiteReplays getWebsiteReplaySaved getWebsiteRetention ' +
      'getWebsiteRevenueChart getWebsiteRevenueMetrics getWebsiteRevenueSessions getWebsiteRevenueStats getWebsiteSavedFunnelStats ' +
      'getWebsiteSavedGoalStats getWebsiteSavedReplays getWebsitesCharts getWebsiteSegment getWebsiteSegments getWebsiteSessionReplays ' +
      'getWebsiteShares getWebsiteUtmMetrics initiateTwoFactorSetup joinTeam saveWebsiteReplay sso transferWebsite updateBoard updateLink ' +
      'updateMyPassword updatePixel updateShare updateTeam updateTeamUser updateUser updateWebsiteAnnotation updateWebsiteFunnel ' +
      'updateWebsiteGoal updateWebsiteSegment verifyTwoFactor',
  },
  v2: {
    200: 'createUser createWebsite getEventDataEvents getEventDataFields getEventDataProperties getEventDataStats getEventDataValues getMe ' +
      'getMyWebsites getRealtime getSessionDataProperties getSessionDataValues getWebsite getWebsiteActive getWebsiteDateRange ' +
      'getWebsiteEvents getWebsiteEventSeries getWebsitePageviews getWebsiteSession getWebsiteSessionActivity getWebsiteSessionProperties ' +
      'getWebsiteSessions getWebsiteSessionStats getWebsiteSessionsWeekly getWebsiteStats listWebsites login logout send verify ' +
      'resetWebsite deleteWebsite',
    400: 'batch getWebsiteMetrics getWebsitesCharts getWebsiteValues updateWebsite',
    404: 'cancelTwoFactorSetup cloneBoard confirmTwoFactorSetup createBoard createBoardShare createLink createLinkShare createMyApiKey ' +
      'createPixel createPixelShare createShare createWebsiteAnnotation createWebsiteFunnel createWebsiteGoal createWebsiteShare ' +
      'deleteBoard deleteLink deleteMyApiKey deletePixel deleteShare deleteWebsiteAnnotation deleteWebsiteFunnel deleteWebsiteGoal ' +
      'disableTwoFactor getBoard getBoards getBoardShares getEventData getEventDataArraySeries getEventDataById getEventDataDateSeries ' +
      'getEventDataNumericSeries getEventDataNumericStats getEventDataPivot getEventDataPropertySeries getLink getLinks getLinksCharts ' +
      'getLinkShares getMyApiKeys getPixel getPixels getPixelsCharts getPixelShares getSessionDataArraySeries getSessionDataDateSeries ' +
      'getSessionDataNumericSeries getSessionDataNumericStats getSessionDataPivot getSessionDataPropertySeries getSessionDataStats ' +
      'getShare getShareBySlug getSubscription getTeamBoards getTeamLinks getTeamPixels getTwoFactorStatus getWebsiteAnnotation ' +
      'getWebsiteAnnotations getWebsiteAttribution getWebsiteBreakdown getWebsiteEventStats getWebsiteExpandedMetrics getWebsiteFunnel ' +
      'getWebsiteFunnels getWebsiteFunnelStats getWebsiteGoal getWebsiteGoals getWebsiteGoalStats getWebsiteHeatmaps getWebsiteJourneys ' +
      'getWebsitePerformanceChart getWebsitePerformanceMetrics getWebsitePerformanceStats getWebsiteRecorderConfig getWebsiteReplay ' +
      'getWebsiteReplays getWebsiteReplaySaved getWebsiteRetention getWebsiteRevenueChart getWebsiteRevenueMetrics ' +
      'getWebsiteRevenueSessions getWebsiteRevenueStats getWebsiteSavedFunnelStats getWebsiteSavedGoalStats getWebsiteSavedReplays ' +
      'getWebsiteSessionReplays getWebsiteShares getWebsiteUtmMetrics initiateTwoFactorSetup record saveWebsiteReplay updateBoard ' +
      'updateLink updatePixel updateShare updateWebsiteAnnotation updateWebsiteFunnel updateWebsiteGoal verifyTwoFactor',
    405: 'deleteWebsiteSession getTeams',
    501: 'createTeam createTeamUser createWebsiteSegment deleteTeam deleteTeamUser deleteUser deleteWebsiteSegment exportWebsite getMyTeams ' +
      'getTeam getTeamUser getTeamUsers getTeamWebsites getUser getUserTeams getUserWebsites getWebsiteSegment getWebsiteSegments ' +
      'joinTeam sso transferWebsite updateMyPassword updateTeam updateTeamUser updateUser updateWebsiteSegment',
  },
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
    dialect,
    node,
    statuses: answers.map(({ status }) => status),
    said,
    session: said[0].sessionId,
    range: { startAt: now - 3600e3, endAt: now + 60e3 },
    dates: { startDate: new Date(now - 3600e3).toISOString(), endDate: new Date(now + 60e3).toISOString() },
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

await oldClient(await openScene('v2'), CALLS_079, OTHERS_079.v2);
await oldClient(await openScene('v3'), {}, OTHERS_079.v3);
await newClient(await openScene('v3'), CALLS_081, OTHERS_081.v3);
await newClient(await openScene('v2'), {}, OTHERS_081.v2);
await keys(await openScene('v2'));
closing();

// The token is one that the client makes from the user's id and the server's secret.
async function oldClient(scene, calls, others) {
  const client = getClient({ userId: ADMIN, secret: 'a-secret', apiEndpoint: `${scene.emulator.url}/api` });
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => !NOT_CALLS_079.includes(name));

  await askAll(`@umami/api-client 0.79 (${scene.dialect})`, methods, calls, others, async (name) => {
    const args = CALLS_079[name]?.[0](scene) ?? [NOBODY, NOBODY, {}];

    return client[name](...args);
  }, scene);
  await scene.emulator.stop();
}

async function newClient(scene, calls, others) {
  const baseUrl = `${scene.emulator.url}/api`;
  const { token } = await new UmamiClient({ baseUrl }).login({ username: 'admin', password: 'umami' });
  const client = new UmamiClient({ baseUrl, token });
  const ids = Object.fromEntries(Object.values(operations).flatMap(({ pathParams }) => pathParams).map((name) => [name, NOBODY]));

  await askAll(`@umami/api-client 0.81 (${scene.dialect})`, Object.keys(operations), calls, others, async (name) => {
    const members = CALLS_081[name]?.[0](scene);
    const own = members ? { websiteId: WEBSITE, sessionId: scene.session, ...members } : { range: 1 };
    const path = Object.fromEntries(operations[name].pathParams.map((key) => [key, own[key] ?? ids[key]]));
    const rest = Object.fromEntries(Object.entries(own).filter(([key]) => !['websiteId', 'sessionId'].includes(key)));

    try {
      return { ok: true, status: 200, data: await client.call(name, { ...path, ...rest }) };
    } catch (error) {
      if (!(error instanceof UmamiApiError)) throw error;
      return { ok: false, status: error.status, error: JSON.stringify(error.body ?? error.message) };
    }
  }, scene);
  await scene.emulator.stop();
}

// Without a bearer: the header that asks Umami Cloud takes any token that a bearer has.
async function keys(scene) {
  const apiEndpoint = `${scene.emulator.url}/api`;
  const { authToken } = getClient({ userId: ADMIN, secret: 'a-secret', apiEndpoint });
  const me = (apiKey) => getClient({ secret: 'unused', apiKey, apiEndpoint }).getMe();

  await test('@umami/api-client 0.79: x-umami-api-key', async () => {
    assert.equal((await me(authToken)).data.user.id, ADMIN);
    assert.equal((await me('not-a-key')).status, 401);
  });
  await test('@umami/api-client 0.79: a token of another secret, or of nobody', async () => {
    for (const options of [{ userId: ADMIN, secret: 'another' }, { userId: NOBODY, secret: 'a-secret' }]) {
      assert.equal((await getClient({ ...options, apiEndpoint }).getMe()).status, 401);
    }
  });
  await scene.emulator.stop();
}

// First those whose answer is looked at, in the order of their rows, as they build upon each other.
async function askAll(client, methods, calls, others, ask, scene) {
  const rows = Object.entries(others).flatMap(([status, names]) => names.split(' ').map((name) => [name, Number(status)]));

  await test(`${client}: every method has one row, and every row a method`, () => {
    const known = [...Object.keys(calls), ...rows.map(([name]) => name)];

    assert.deepEqual(methods.filter((name) => !known.includes(name)), [], 'a method that has no row');
    assert.deepEqual(known.filter((name, i) => !methods.includes(name) || known.indexOf(name) !== i), [], 'a row that has no method');
  });
  for (const name of Object.keys(calls)) {
    await test(`${client}: ${name}`, async () => {
      const answer = await ask(name);

      assert.equal(answer.status, 200, JSON.stringify(answer.error));
      calls[name][1](answer.data, scene);
    });
  }
  await test(`${client}: whatever else it has gets the status of its row`, async () => {
    const wrong = [];

    for (const [name, wanted] of rows) {
      const { status, error } = await ask(name);

      if (status !== wanted) wrong.push(`${name}: ${status}, not ${wanted}: ${String(error).slice(0, 200)}`);
      if (status === 501) assert.match(String(error), /\/api\/[^ ]* is not built/, name);
    }
    assert.deepEqual(wrong, []);
  });
  note(`${client}: ${methods.length} methods, ${Object.keys(calls).length} looked at, ${rows.filter(([, status]) => status === 501).length} not built`);
}
