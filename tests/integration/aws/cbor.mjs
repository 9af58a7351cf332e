// CloudWatch by the JS SDK in two protocols: what RPC v2 CBOR says is what AWS JSON says.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { AwsSmithyRpcV2CborProtocol, cloudwatch } from '../../node/deps.mjs';
import { asDimensions, clientOptions, PROGRAM, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';
import { values } from './values.mjs';

const MINUTE = Math.floor(Date.now() / 60000) * 60000 - 5 * 60000;
const START = new Date(MINUTE - 10 * 60000);
const END = new Date(MINUTE + 10 * 60000);
const DIMENSIONS = asDimensions({ service: 'cart' });

// One row an operation, in an order that makes sense. `input` is made from a namespace of the row's
// protocol; `holds` says what must be true of the answer, beside being the same in both protocols.
const OPERATIONS = [
  {
    name: 'PutMetricData',
    input: (Namespace) => ({
      Namespace,
      MetricData: [
        { MetricName: 'Latency', Dimensions: DIMENSIONS, Timestamp: new Date(MINUTE), Values: values(50), Unit: 'Milliseconds' },
        { MetricName: 'Latency', Dimensions: DIMENSIONS, Timestamp: new Date(MINUTE + 500), Value: 1234.5, Unit: 'Milliseconds' },
        { MetricName: 'Orders', Timestamp: new Date(MINUTE), Values: [1, 2], Counts: [10, 20], StorageResolution: 1 },
        { MetricName: 'Bytes', Timestamp: new Date(MINUTE), StatisticValues: { SampleCount: 4, Sum: 10, Minimum: -1, Maximum: 5.5 } },
      ],
    }),
    holds: (answer) => assert.deepEqual(answer, {}),
  },
  {
    name: 'ListMetrics',
    input: (Namespace) => ({ Namespace }),
    holds: ({ Metrics }) => assert.deepEqual(Metrics.map(({ MetricName }) => MetricName).sort(), ['Bytes', 'Latency', 'Orders']),
  },
  {
    name: 'GetMetricData',
    input: (Namespace) => ({
      StartTime: START,
      EndTime: END,
      MetricDataQueries: [
        { Id: 'a', MetricStat: { Metric: { Namespace, MetricName: 'Latency', Dimensions: DIMENSIONS }, Period: 60, Stat: 'p75' } },
        { Id: 'b', MetricStat: { Metric: { Namespace, MetricName: 'Orders' }, Period: 60, Stat: 'Sum' } },
        { Id: 'c', MetricStat: { Metric: { Namespace, MetricName: 'Bytes' }, Period: 300, Stat: 'Minimum' }, ReturnData: false },
        { Id: 'd', MetricStat: { Metric: { Namespace, MetricName: 'Nothing' }, Period: 60, Stat: 'Average' } },
      ],
    }),
    holds: ({ MetricDataResults: [latency, orders, nothing] }) => {
      assert.deepEqual(latency.Timestamps, [new Date(MINUTE)]);
      assert.deepEqual(orders.Values, [50]);
      assert.deepEqual(nothing.Values, []);
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
      assert.equal(point.SampleCount, 51);
      assert.equal(point.Maximum, 1234.5);
      assert.deepEqual(point.Timestamp, new Date(MINUTE));
    },
  },
];

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
];

export async function cbor() {
  const emulator = await startEmulator();
  const clients = {
    json: new cloudwatch.CloudWatchClient(clientOptions(emulator.url)),
    // In CBOR the SDK (3.1164) compresses large bodies and sends the length they had before: no server can read those.
    cbor: new cloudwatch.CloudWatchClient({
      ...clientOptions(emulator.url),
      protocol: AwsSmithyRpcV2CborProtocol,
      disableRequestCompression: true,
    }),
  };

  try {
    await test('CBOR: the table here has a row for every CloudWatch operation of the emulator', () => {
      assert.deepEqual(OPERATIONS.map(({ name }) => name).sort(), supported('CloudWatch').sort());
    });
    for (const operation of OPERATIONS)
      await test(`CBOR: ${operation.name} says what AWS JSON says`, () => compare(clients, operation));
    for (const refusal of REFUSALS)
      await test(`CBOR: ${refusal.what} is the same error as in AWS JSON`, () => compareErrors(clients, refusal));
    await test('CBOR: it was CBOR on the wire, also for large bodies', () => assertWire(clients.cbor, emulator));
  } finally {
    await emulator.stop();
  }
}

// The operations of a service, as the program itself lists them.
function supported(service) {
  const text = execFileSync(PROGRAM, ['help', 'aws'], { encoding: 'utf8' });
  const section = text.split(/\n(?=\S)/).find((part) => part.split('\n')[0] === service);

  return [...section.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
}

// Each protocol writes into its own namespace, and reads both: four answers, all the same.
async function compare(clients, { name, input, holds }) {
  const Command = cloudwatch[`${name}Command`];
  const writes = name.startsWith('Put');
  const answers = [];

  for (const [protocol, client] of Object.entries(clients)) {
    for (const namespace of writes ? [protocol] : Object.keys(clients)) {
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
  if (Array.isArray(answer)) return answer.map(withoutNamespace);
  if (answer === null || typeof answer !== 'object' || answer instanceof Date) return answer;
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, key === 'Namespace' ? '' : withoutNamespace(value)]));
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

  assert.ok(seen.length >= OPERATIONS.length);
  assert.ok(seen.every(({ path }) => path.startsWith('/service/GraniteServiceVersion20100801/operation/')));
  assert.ok(seen.at(-1).size > 10000);
  assert.equal(listed.Metrics.length, 200);
}
