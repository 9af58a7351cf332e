// CloudWatch Logs by the JS SDK: every operation, with what this script finds in the same lines.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { cloudwatch, logs as sdk } from '../../node/deps.mjs';
import { startEmulator } from '../../node/obsview.mjs';
import { test, until } from '../../node/tap.mjs';
import { assertNear, expected } from './values.mjs';

const CLOCK = '2026-11-24T10:30:00Z';
const NOW = Date.parse(CLOCK);
const GROUP = '/app/shop';
const ARN = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`;
const DESTINATION = 'arn:aws:lambda:us-east-1:000000000000:function:reader';
const ROUTES = ['/cart', '/checkout', '/search'];
const HOUR = 3600000;

// 240 requests of the last 40 minutes, oldest first; every eleventh failed.
const REQUESTS = Array.from({ length: 240 }, (_, i) => ({
  timestamp: NOW - (240 - i) * 10000,
  level: i % 11 === 0 ? 'ERROR' : 'INFO',
  route: ROUTES[i % 3],
  ms: ((i * 7919) % 1000) + 0.5,
}));
const FAILED = REQUESTS.filter(({ level }) => level === 'ERROR');

export async function logs() {
  const emulator = await startEmulator({ args: ['--clock', CLOCK] });
  const send = (name, input) => emulator.logs.send(new sdk[`${name}Command`](input)).then(({ $metadata, ...answer }) => answer);

  try {
    for (const [name, body] of Object.entries(TESTS)) await test(`Logs: ${name}`, () => body(send, emulator));
  } finally {
    await emulator.stop();
  }
}

const TESTS = {
  async 'a group with tags, by its name and by its ARN'(send) {
    await send('CreateLogGroup', { logGroupName: GROUP, tags: { team: 'web' } });
    await send('TagLogGroup', { logGroupName: GROUP, tags: { env: 'dev', tier: '1' } });
    await send('UntagLogGroup', { logGroupName: GROUP, tags: ['tier'] });
    assert.deepEqual((await send('ListTagsLogGroup', { logGroupName: GROUP })).tags, { env: 'dev', team: 'web' });
    await send('TagResource', { resourceArn: ARN, tags: { owner: 'me' } });
    await send('UntagResource', { resourceArn: ARN, tagKeys: ['env'] });
    assert.deepEqual((await send('ListTagsForResource', { resourceArn: ARN })).tags, { owner: 'me', team: 'web' });
  },

  async 'retention is set, shown and taken back'(send) {
    const shown = async () => (await send('DescribeLogGroups', { logGroupNamePrefix: GROUP })).logGroups;

    await send('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 14 });
    assert.deepEqual((await shown()).map(({ logGroupName, retentionInDays, creationTime }) => [logGroupName, retentionInDays, creationTime]),
      [[GROUP, 14, NOW]]);
    await send('DeleteRetentionPolicy', { logGroupName: GROUP });
    assert.equal((await shown())[0].retentionInDays, undefined);
  },

  async 'a metric filter is tried, put, and counts what comes'(send, { metrics }) {
    const tried = await send('TestMetricFilter', { filterPattern: '[route, ms > 500]', logEventMessages: ['/a 500', '/b 501'] });

    assert.deepEqual(tried.matches, [{ eventNumber: 2, eventMessage: '/b 501', extractedValues: { $route: '/b', $ms: '501' } }]);
    for (const [filterName, metricValue] of [['failures', '1'], ['times', '$.ms']]) {
      await send('PutMetricFilter', {
        logGroupName: GROUP,
        filterName,
        filterPattern: '{ $.level = "ERROR" }',
        metricTransformations: [{ metricName: filterName, metricNamespace: 'Shop', metricValue }],
      });
    }
    const { metricFilters } = await send('DescribeMetricFilters', { logGroupName: GROUP });
    assert.deepEqual(metricFilters.map(({ filterName, filterPattern }) => [filterName, filterPattern]),
      [['failures', '{ $.level = "ERROR" }'], ['times', '{ $.level = "ERROR" }']]);
    await putRequests(send);
    assert.deepEqual(await sumOf(metrics, 'failures'), FAILED.length);
    assert.deepEqual(await sumOf(metrics, 'times'), FAILED.reduce((sum, { ms }) => sum + ms, 0));
    await send('DeleteMetricFilter', { logGroupName: GROUP, filterName: 'times' });
    assert.equal((await send('DescribeMetricFilters', { logGroupName: GROUP })).metricFilters.length, 1);
  },

  async 'streams and their events, page by page, both ways'(send) {
    const { logStreams } = await send('DescribeLogStreams', { logGroupName: GROUP, orderBy: 'LastEventTime', descending: true });

    assert.deepEqual(logStreams.map(({ logStreamName, firstEventTimestamp, lastEventTimestamp }) => [logStreamName, firstEventTimestamp, lastEventTimestamp]),
      [['b', REQUESTS[1].timestamp, REQUESTS[239].timestamp], ['a', REQUESTS[0].timestamp, REQUESTS[238].timestamp]]);
    const stream = { logGroupName: GROUP, logStreamName: 'a', limit: 50 };
    const forwards = await pages(send, { ...stream, startFromHead: true }, 'nextForwardToken');
    const backwards = await pages(send, stream, 'nextBackwardToken');
    const want = REQUESTS.filter((_, i) => i % 2 === 0).map(messageOf);

    assert.deepEqual(forwards.flat(), want);
    assert.deepEqual(backwards.reverse().flat(), want);
  },

  async 'events of a group by a pattern'(send) {
    const found = [];
    let nextToken;

    do {
      const page = await send('FilterLogEvents', { logGroupName: GROUP, filterPattern: '{ $.ms > 300 && $.route = "/c*" }', limit: 30, nextToken });

      found.push(...page.events.map(({ message }) => message));
      ({ nextToken } = page);
    } while (nextToken);
    assert.deepEqual(found, REQUESTS.filter(({ ms, route }) => ms > 300 && route.startsWith('/c')).map(messageOf));
  },

  async 'Insights: statistics by route'(send) {
    const rows = await query(send, 'filter ms > 100 | stats count(*) as n, avg(ms) as mean, max(ms) as most by route | sort route');

    assert.deepEqual(rows.map(({ route }) => route), ROUTES);
    for (const { route, n, mean, most } of rows) {
      const want = expected(REQUESTS.filter((request) => request.route === route && request.ms > 100).map(({ ms }) => ms));

      assert.equal(Number(n), want.SampleCount);
      assertNear(Number(mean), want.Average, 1e-4); // four digits behind the point
      assert.equal(Number(most), want.Maximum);
    }
  },

  async 'Insights: lines, the record behind one, and the list of queries'(send) {
    const text = 'fields @message, ms | filter level = "ERROR" | sort @timestamp desc | limit 3';
    const rows = await query(send, text);
    const last = FAILED.slice(-3).reverse();

    assert.deepEqual(rows.map((row) => [row['@message'], Number(row.ms)]), last.map((request) => [messageOf(request), request.ms]));
    const { logRecord } = await send('GetLogRecord', { logRecordPointer: rows[0]['@ptr'] });
    assert.equal(logRecord['@message'], messageOf(last[0]));
    assert.equal(logRecord.route, last[0].route);
    const { queries } = await send('DescribeQueries', { logGroupName: GROUP, status: 'Complete' });
    assert.equal(queries.length, 2);
    assert.ok(queries.some(({ queryString }) => queryString === text));
  },

  async 'Insights: one that has ended cannot be stopped, and one that is not there'(send) {
    const { queries: [{ queryId }] } = await send('DescribeQueries', { logGroupName: GROUP });

    await assert.rejects(send('StopQuery', { queryId }), sdk.InvalidParameterException);
    await assert.rejects(send('StopQuery', { queryId: '00000000-0000-0000-0000-000000000000' }), sdk.ResourceNotFoundException);
  },

  async 'Insights: one that runs is stopped'(send) {
    const many = '/app/many';
    const logEvents = Array.from({ length: 10000 }, (_, i) => ({ timestamp: NOW - 10000 + i, message: `${i} ${'of many '.repeat(8)}` }));

    await send('CreateLogGroup', { logGroupName: many });
    await send('CreateLogStream', { logGroupName: many, logStreamName: 's' });
    for (let i = 0; i < 10; i++) await send('PutLogEvents', { logGroupName: many, logStreamName: 's', logEvents });
    const queryString = 'parse @message /(?<number>[0-9]+) (?<words>.*many)/ | stats count(*) by number';
    const stopped = await until('a query is stopped before its end', async () => {
      const { queryId } = await send('StartQuery', { ...window(), logGroupName: many, queryString });

      return send('StopQuery', { queryId }).then(({ success }) => success && queryId, () => false);
    });

    assert.equal((await send('GetQueryResults', { queryId: stopped })).status, 'Cancelled');
  },

  async 'Insights: a wrong query is refused with its place'(send) {
    const error = await send('StartQuery', { ...window(), queryString: 'stats nonsense(ms)' }).then(assert.fail, (e) => e);

    assert.ok(error instanceof sdk.MalformedQueryException, String(error));
    assert.equal(error.queryCompileError.location.startCharOffset, 6);
  },

  async 'a subscription filter is noted'(send) {
    const filter = { logGroupName: GROUP, filterName: 'all', filterPattern: '', destinationArn: DESTINATION };
    const shown = async () => (await send('DescribeSubscriptionFilters', { logGroupName: GROUP })).subscriptionFilters;

    await send('PutSubscriptionFilter', filter);
    assert.deepEqual((await shown()).map(({ filterName, destinationArn, creationTime }) => [filterName, destinationArn, creationTime]),
      [['all', DESTINATION, NOW]]);
    await send('DeleteSubscriptionFilter', { logGroupName: GROUP, filterName: 'all' });
    assert.deepEqual(await shown(), []);
  },

  async 'what is deleted is gone'(send) {
    await send('DeleteLogStream', { logGroupName: GROUP, logStreamName: 'a' });
    assert.deepEqual((await send('DescribeLogStreams', { logGroupName: GROUP })).logStreams.map(({ logStreamName }) => logStreamName), ['b']);
    await send('DeleteLogGroup', { logGroupName: GROUP });
    await assert.rejects(send('FilterLogEvents', { logGroupName: GROUP }), sdk.ResourceNotFoundException);
    await assert.rejects(send('DeleteLogGroup', { logGroupName: GROUP }), sdk.ResourceNotFoundException);
  },
};

function messageOf({ timestamp, ...request }) {
  return JSON.stringify(request);
}

// The requests by turns into the streams a and b.
async function putRequests(send) {
  for (const [turn, logStreamName] of ['a', 'b'].entries()) {
    await send('CreateLogStream', { logGroupName: GROUP, logStreamName });
    const logEvents = REQUESTS.filter((_, i) => i % 2 === turn).map((request) => ({ timestamp: request.timestamp, message: messageOf(request) }));
    const { rejectedLogEventsInfo } = await send('PutLogEvents', { logGroupName: GROUP, logStreamName, logEvents });

    assert.equal(rejectedLogEventsInfo, undefined);
  }
}

async function sumOf(metrics, MetricName) {
  const { Datapoints } = await metrics.send(new cloudwatch.GetMetricStatisticsCommand({
    Namespace: 'Shop', MetricName, StartTime: new Date(NOW - HOUR), EndTime: new Date(NOW + HOUR), Period: 60, Statistics: ['Sum'],
  }));

  return Datapoints.reduce((sum, { Sum }) => sum + Sum, 0);
}

// Messages of each page, until a page gives the token back that it was asked with.
async function pages(send, input, direction) {
  const found = [];
  let nextToken;

  for (;;) {
    const page = await send('GetLogEvents', { ...input, nextToken });

    if (page[direction] === nextToken) return found;
    found.push(page.events.map(({ message }) => message));
    nextToken = page[direction];
  }
}

function window() {
  return { logGroupName: GROUP, startTime: (NOW - HOUR) / 1000, endTime: NOW / 1000 };
}

// The rows of an Insights query as objects, when it has ended.
async function query(send, queryString) {
  const { queryId } = await send('StartQuery', { ...window(), queryString });
  const { results, statistics } = await until('the query to end', async () => {
    const answer = await send('GetQueryResults', { queryId });
    return answer.status === 'Complete' && answer;
  });

  assert.equal(statistics.recordsScanned, REQUESTS.length);
  return results.map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value])));
}
