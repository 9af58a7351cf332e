// CloudWatch by the JS SDK in two protocols: what RPC v2 CBOR says is what AWS JSON says.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted, supported } from '../../node/calls.mjs';
import { AwsSmithyRpcV2CborProtocol, cloudwatch } from '../../node/deps.mjs';
import { asDimensions, clientOptions, run, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';
import { assertNear, expected, values } from './values.mjs';

// The program's clock stands, so that answers of two protocols have the same times.
const CLOCK = '2026-11-24T10:30:00Z';
const MINUTE = Date.parse(CLOCK);
const START = new Date(MINUTE - 10 * 60000);
const END = new Date(MINUTE + 10 * 60000);
const DIMENSIONS = asDimensions({ service: 'cart' });
const SAMPLE = [...values(50), 1234.5];
const [CALLS, ERRORS] = [1000, 51]; // 5.1 %
const alarmNames = (namespace) => ['both', 'rate', 'slow'].map((name) => `${namespace} ${name}`);
const arnOf = (namespace, alarm) => `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${namespace} ${alarm}`;

// One row a call, in an order that makes sense. `input` is made from a namespace of the row's protocol; `holds`
// says what must be true of the answer, beside being the same in both protocols.
const CALLS_MADE = [
  {
    name: 'PutMetricData',
    input: (Namespace) => ({
      Namespace,
      MetricData: [
        { MetricName: 'Latency', Dimensions: DIMENSIONS, Timestamp: new Date(MINUTE), Values: SAMPLE.slice(0, -1), Unit: 'Milliseconds' },
        { MetricName: 'Latency', Dimensions: DIMENSIONS, Timestamp: new Date(MINUTE + 500), Value: SAMPLE.at(-1), Unit: 'Milliseconds' },
        { MetricName: 'Orders', Timestamp: new Date(MINUTE), Values: [1, 2], Counts: [10, 20], StorageResolution: 1 },
        { MetricName: 'Bytes', Timestamp: new Date(MINUTE), StatisticValues: { SampleCount: 4, Sum: 10, Minimum: -1, Maximum: 5.5 } },
        { MetricName: 'Calls', Timestamp: new Date(MINUTE), Value: CALLS },
        { MetricName: 'Errors', Timestamp: new Date(MINUTE), Value: ERRORS },
      ],
    }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'ListMetrics',
    input: (Namespace) => ({ Namespace }),
    holds: ({ Metrics }) =>
      assert.deepEqual(Metrics.map(({ MetricName }) => MetricName).sort(), ['Bytes', 'Calls', 'Errors', 'Latency', 'Orders']),
  },
  {
    name: 'GetMetricData',
    input: (Namespace) => ({
      StartTime: START,
      EndTime: END,
      MetricDataQueries: [
        stat('p75', { Namespace, MetricName: 'Latency', Dimensions: DIMENSIONS }, 'p75'),
        stat('orders', { Namespace, MetricName: 'Orders' }, 'Sum'),
        stat('least', { Namespace, MetricName: 'Bytes' }, 'Minimum', { ReturnData: false }),
        stat('nothing', { Namespace, MetricName: 'Nothing' }, 'Average'),
        stat('fast', { Namespace, MetricName: 'Latency', Dimensions: DIMENSIONS }, 'PR(:200)'),
        { Id: 'math', Expression: '2*orders + least', Label: 'of both' },
        { Id: 'found', Expression: `SEARCH('{${Namespace},service} Latency', 'Average', 60)` },
      ],
    }),
    holds: ({ MetricDataResults }) => {
      const found = Object.fromEntries(MetricDataResults.map((result) => [result.Id, result]));

      assert.deepEqual(Object.keys(found), ['p75', 'orders', 'nothing', 'fast', 'math', 'found']);
      assert.deepEqual(found.p75.Timestamps, [new Date(MINUTE)]);
      assertNear(found.p75.Values[0], expected(SAMPLE).p75);
      assertNear(found.fast.Values[0], (100 * SAMPLE.filter((value) => value <= 200).length) / SAMPLE.length);
      assertNear(found.found.Values[0], expected(SAMPLE).Average);
      assert.deepEqual(found.orders.Values, [10 + 2 * 20]);
      assert.deepEqual(found.math.Values, [2 * 50 - 1]);
      assert.equal(found.math.Label, 'of both');
      assert.deepEqual(found.nothing.Values, []);
    },
  },
  {
    name: 'GetMetricStatistics',
    input: (Namespace) => ({
      Namespace,
      MetricName: 'Latency',
      Dimensions: DIMENSIONS,
      StartTime: START,
      EndTime: END,
      Period: 60,
      Statistics: ['SampleCount', 'Average', 'Maximum'],
      Unit: 'Milliseconds',
    }),
    holds: ({ Datapoints: [point] }) => {
      assert.equal(point.SampleCount, SAMPLE.length);
      assert.equal(point.Maximum, 1234.5);
      assertNear(point.Average, expected(SAMPLE).Average);
      assert.deepEqual(point.Timestamp, new Date(MINUTE));
    },
  },
  {
    name: 'GetMetricStatistics',
    input: (Namespace) => ({
      Namespace,
      MetricName: 'Latency',
      Dimensions: DIMENSIONS,
      StartTime: START,
      EndTime: END,
      Period: 300,
      ExtendedStatistics: ['p50', 'p99'],
    }),
    holds: ({ Datapoints: [{ ExtendedStatistics }] }) => {
      assertNear(ExtendedStatistics.p50, expected(SAMPLE).p50);
      assertNear(ExtendedStatistics.p99, expected(SAMPLE).p99);
    },
  },
  {
    name: 'PutMetricAlarm',
    input: (Namespace) => ({
      AlarmName: `${Namespace} rate`,
      AlarmDescription: 'more than 5 % fail',
      Metrics: [
        { Id: 'rate', Expression: '100*errors/calls', Label: 'rate', ReturnData: true },
        stat('errors', { Namespace, MetricName: 'Errors' }, 'Sum', { ReturnData: false }),
        stat('calls', { Namespace, MetricName: 'Calls' }, 'Sum', { ReturnData: false }),
      ],
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'PutMetricAlarm',
    input: (Namespace) => ({
      AlarmName: `${Namespace} slow`,
      Namespace,
      MetricName: 'Latency',
      Dimensions: DIMENSIONS,
      ExtendedStatistic: 'p75',
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 2000.5,
      Unit: 'Milliseconds',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      ActionsEnabled: false,
      OKActions: ['arn:aws:sns:us-east-1:000000000000:ok'],
      Tags: [{ Key: 'team', Value: 'web' }],
    }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'PutCompositeAlarm',
    input: (namespace) => ({ AlarmName: `${namespace} both`, AlarmRule: `ALARM("${namespace} rate") AND NOT ALARM("${namespace} slow")` }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'DescribeAlarms',
    before: (emulator) => emulator.advance(60),
    input: (AlarmNamePrefix) => ({ AlarmNamePrefix, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    holds: ({ MetricAlarms: [rate, slow], CompositeAlarms: [both] }) => {
      assert.deepEqual([rate.StateValue, slow.StateValue, both.StateValue], ['ALARM', 'OK', 'ALARM']);
      assertNear(JSON.parse(rate.StateReasonData).recentDatapoints[0], (100 * ERRORS) / CALLS);
      assert.deepEqual(rate.StateUpdatedTimestamp, new Date(MINUTE + 60000));
      assert.deepEqual(rate.Metrics.map(({ Id, ReturnData }) => [Id, ReturnData]), [['rate', true], ['errors', false], ['calls', false]]);
      assert.equal(rate.Metrics[1].MetricStat.Period, 60);
      assert.equal(rate.AlarmDescription, 'more than 5 % fail');
      assert.deepEqual([slow.Threshold, slow.EvaluationPeriods, slow.DatapointsToAlarm, slow.ExtendedStatistic], [2000.5, 3, 2, 'p75']);
      assert.deepEqual([slow.ActionsEnabled, slow.OKActions.length, slow.Dimensions], [false, 1, DIMENSIONS]);
    },
  },
  {
    name: 'DescribeAlarmsForMetric',
    input: (Namespace) => ({ Namespace, MetricName: 'Latency', Dimensions: DIMENSIONS, ExtendedStatistic: 'p75' }),
    holds: ({ MetricAlarms }) => assert.deepEqual(MetricAlarms.map(({ Threshold }) => Threshold), [2000.5]),
  },
  {
    name: 'TagResource',
    input: (namespace) => ({ ResourceARN: arnOf(namespace, 'slow'), Tags: [{ Key: 'env', Value: 'dev' }] }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'ListTagsForResource',
    input: (namespace) => ({ ResourceARN: arnOf(namespace, 'slow') }),
    holds: ({ Tags }) => assert.deepEqual(tagged(Tags), { env: 'dev', team: 'web' }),
  },
  {
    name: 'UntagResource',
    input: (namespace) => ({ ResourceARN: arnOf(namespace, 'slow'), TagKeys: ['team'] }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'ListTagsForResource',
    input: (namespace) => ({ ResourceARN: arnOf(namespace, 'slow') }),
    holds: ({ Tags }) => assert.deepEqual(tagged(Tags), { env: 'dev' }),
  },
  {
    name: 'SetAlarmState',
    input: (namespace) => ({ AlarmName: `${namespace} rate`, StateValue: 'OK', StateReason: 'a drill', StateReasonData: '{"by":"hand"}' }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'DescribeAlarmHistory',
    input: (namespace) => ({ AlarmName: `${namespace} rate`, HistoryItemType: 'StateUpdate', ScanBy: 'TimestampAscending' }),
    holds: ({ AlarmHistoryItems: items }) => {
      assert.deepEqual(items.map(({ HistorySummary }) => HistorySummary), [
        'Alarm updated from INSUFFICIENT_DATA to ALARM',
        'Alarm updated from ALARM to OK',
      ]);
      assert.equal(JSON.parse(items[1].HistoryData).newState.stateReason, 'a drill');
      assert.deepEqual(items[0].Timestamp, new Date(MINUTE + 60000));
    },
  },
  {
    name: 'DisableAlarmActions',
    input: (namespace) => ({ AlarmNames: [`${namespace} rate`] }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'DescribeAlarms',
    input: (namespace) => ({ AlarmNames: [`${namespace} rate`] }),
    holds: ({ MetricAlarms: [rate] }) => assert.deepEqual([rate.ActionsEnabled, rate.StateValue], [false, 'OK']),
  },
  {
    name: 'EnableAlarmActions',
    input: (namespace) => ({ AlarmNames: [`${namespace} rate`, `${namespace} slow`] }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'DescribeAlarms',
    input: (AlarmNamePrefix) => ({ AlarmNamePrefix, MaxRecords: 2, AlarmTypes: ['MetricAlarm'] }),
    holds: ({ MetricAlarms }) => assert.deepEqual(MetricAlarms.map(({ ActionsEnabled }) => ActionsEnabled), [true, true]),
  },
  {
    name: 'DeleteAlarms',
    input: (namespace) => ({ AlarmNames: alarmNames(namespace) }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'DescribeAlarms',
    input: (namespace) => ({ AlarmNames: alarmNames(namespace), AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    holds: ({ MetricAlarms, CompositeAlarms }) => assert.deepEqual([...MetricAlarms, ...CompositeAlarms], []),
  },
];

function stat(Id, Metric, Stat, more = {}) {
  return { Id, MetricStat: { Metric, Period: 60, Stat }, ...more };
}

function tagged(tags) {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

// What is wrong with a request, and how the SDK must learn of it.
const REFUSALS = [
  {
    what: 'a parameter of a wrong value',
    command: new cloudwatch.GetMetricDataCommand({ StartTime: END, EndTime: START, MetricDataQueries: [] }),
    error: cloudwatch.CloudWatchServiceException,
  },
  {
    what: 'a combination that cannot be',
    command: new cloudwatch.PutMetricDataCommand({ Namespace: 'Wire/x', MetricData: [{ MetricName: 'a', Value: 1, Values: [1] }] }),
    error: cloudwatch.InvalidParameterCombinationException,
  },
  {
    what: 'an alarm that is not there',
    command: new cloudwatch.SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: 'a drill' }),
    error: cloudwatch.ResourceNotFound,
  },
  {
    what: 'a token that was never given',
    command: new cloudwatch.DescribeAlarmsCommand({ NextToken: 'none' }),
    error: cloudwatch.InvalidNextToken,
  },
];

export async function cbor() {
  const emulator = await startEmulator({ args: ['--clock', CLOCK] });
  const clients = {
    json: noted(new cloudwatch.CloudWatchClient(clientOptions(emulator.url))),
    // In CBOR the SDK (3.1164) compresses large bodies and sends the length they had before: no server can read those.
    cbor: noted(
      new cloudwatch.CloudWatchClient({
        ...clientOptions(emulator.url),
        protocol: AwsSmithyRpcV2CborProtocol,
        disableRequestCompression: true,
      }),
    ),
  };

  try {
    await test('CBOR: the table here has a row for every CloudWatch operation of the emulator', () => {
      assert.deepEqual([...new Set(CALLS_MADE.map(({ name }) => name))].sort(), supported('CloudWatch').sort());
    });
    for (const call of CALLS_MADE)
      await test(`CBOR: ${call.name} says what AWS JSON says`, () => compare(emulator, clients, call));
    for (const refusal of REFUSALS)
      await test(`CBOR: ${refusal.what} is the same error as in AWS JSON`, () => compareErrors(clients, refusal));
    await test('CBOR: what was put is awaited like what AWS JSON put', () => compareAwaited(emulator));
    await test('CBOR: it was CBOR on the wire, also for large bodies', () => assertWire(clients.cbor, emulator));
  } finally {
    await emulator.stop();
  }
}

// Each protocol writes into its own namespace, and reads both: four answers, all the same.
async function compare(emulator, clients, { name, input, holds, before = () => {} }) {
  const Command = cloudwatch[`${name}Command`];
  const reads = /^(Get|List|Describe)/.test(name);
  const answers = [];

  await before(emulator);
  for (const [protocol, client] of Object.entries(clients)) {
    for (const namespace of reads ? Object.keys(clients) : [protocol]) {
      const { $metadata, ...answer } = await client.send(new Command(input(`Wire/${namespace}`)));

      assert.equal($metadata.httpStatusCode, 200);
      assert.match($metadata.requestId, /^[0-9a-f-]{36}$/);
      holds(answer);
      answers.push(withoutNamespace(answer));
    }
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
}

function withoutNamespace(answer) {
  if (typeof answer === 'string') return answer.replaceAll(/Wire\/(json|cbor)/g, 'Wire');
  if (Array.isArray(answer)) return answer.map(withoutNamespace);
  if (answer === null || typeof answer !== 'object' || answer instanceof Date) return answer;
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, withoutNamespace(value)]));
}

// Who awaits a metric need not know by which protocol it comes.
async function compareAwaited(emulator) {
  const [json, cbor] = await Promise.all(['json', 'cbor'].map((protocol) => awaited(emulator, `Wire/${protocol}`)));

  assert.deepEqual(cbor, json);
  assert.deepEqual(cbor, [
    { namespace: 'Wire', name: 'Latency', unit: 'Milliseconds', value: String(SAMPLE.at(-2)), 'dim.service': 'cart' },
    { namespace: 'Wire', name: 'Latency', unit: 'Milliseconds', value: '1234.5', 'dim.service': 'cart' },
    { namespace: 'Wire', name: 'Orders', unit: 'None', value: '2' },
    { namespace: 'Wire', name: 'Bytes', unit: 'None', sampleCount: '4', sum: '10', minimum: '-1', maximum: '5.5' },
    { namespace: 'Wire', name: 'Calls', unit: 'None', value: String(CALLS) },
    { namespace: 'Wire', name: 'Errors', unit: 'None', value: String(ERRORS) },
  ]);
}

async function awaited({ url }, namespace) {
  const { code, stdout } = await run('await', 'metric', '--where', `namespace=${namespace}`, '--count', '6', '--endpoint-url', url);

  assert.equal(code, 0);
  return stdout.trim().split('\n').map((line) => withoutNamespace(JSON.parse(line).fields));
}

async function compareErrors(clients, { command, error }) {
  const [json, cbor] = await Promise.all(Object.values(clients).map((client) => client.send(command).then(assert.fail, (e) => e)));

  assert.ok(json instanceof error, `${json.name}: ${json.message}`);
  assert.ok(cbor instanceof error, `${cbor.name}: ${cbor.message}`);
  assert.equal(cbor.name, json.name);
  assert.equal(cbor.message, json.message);
  assert.equal(cbor.$metadata.httpStatusCode, json.$metadata.httpStatusCode);
}

async function assertWire(client, emulator) {
  const data = Array.from({ length: 200 }, (_, i) => ({ MetricName: `m${i}`, Value: i + 0.25, Dimensions: DIMENSIONS }));

  await client.send(new cloudwatch.PutMetricDataCommand({ Namespace: 'Wire/large', MetricData: data }));
  const seen = (await emulator.events('aws')).filter(({ path }) => path.startsWith('/service/'));
  const listed = await client.send(new cloudwatch.ListMetricsCommand({ Namespace: 'Wire/large' }));

  assert.ok(seen.length >= CALLS_MADE.length);
  assert.ok(seen.every(({ path }) => path.startsWith('/service/GraniteServiceVersion20100801/operation/')));
  assert.ok(seen.at(-1).size > 10000);
  assert.equal(listed.Metrics.length, 200);
}
