// Every door for EMF ends in the same numbers, read back by two clients that are not ours.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { asDimensions, startEmulator, statisticsOf } from '../../node/obsview.mjs';
import { note, test, until } from '../../node/tap.mjs';
import { aws } from './cli.mjs';
import { STATS, expected, values } from './values.mjs';

const HANDLER = fileURLToPath(new URL('handler.mjs', import.meta.url));
const NAMESPACE = 'Shop/Test';
const FEW = 120; // kept as they are; the library splits them, a document holds at most 100 values of a metric
const MANY = 1000; // more in one minute than are kept: percentiles come from the sketch
const EXACT = 1e-9;
const SKETCHED = 0.01;

export async function emf() {
  const emulator = await startEmulator();

  try {
    for (const door of ['tcp', 'udp']) {
      await test(`aws-embedded-metrics over ${door.toUpperCase()}: the SDK and the CLI read back what was put`, () => bySocket(emulator, door, FEW));
    }
    await test('a thousand values in a minute: averages to the last digit, percentiles within 1 %', () => bySocket(emulator, 'tcp', MANY));
    await test('put-log-events of the aws CLI with an EMF document: the SDK and the CLI read back what was put', () => byLogEvents(emulator));
  } finally {
    await emulator.stop();
  }
  await test('aws-embedded-metrics over stdout into --emf-stdin: values read back, lines passed on unchanged', byStdin);
}

async function bySocket(emulator, door, count) {
  const minute = lastMinute();

  await emulator.reset();
  await handle(door, minute, count, { AWS_EMF_ENVIRONMENT: 'Agent', AWS_EMF_AGENT_ENDPOINT: `${door}://${emulator.emf}` });
  await assertReadBack(emulator, { functionName: 'shop-checkout', door }, minute, values(count));
}

async function byStdin() {
  const emulator = await startEmulator({ args: ['--emf-stdin'], stdin: 'pipe' });
  const minute = lastMinute();

  try {
    const printed = await handle('stdout', minute, FEW, { AWS_EMF_ENVIRONMENT: 'Local' }, emulator.child.stdin);

    await assertReadBack(emulator, { functionName: 'shop-checkout', door: 'stdout' }, minute, values(FEW));
    await until('all lines passed on', () => emulator.lines.stdout.length >= printed.length);
    assert.deepEqual(emulator.lines.stdout, printed);
  } finally {
    await emulator.stop();
  }
}

async function byLogEvents(emulator) {
  const { url } = emulator;
  const minute = lastMinute();
  const [group, stream] = ['/shop/orders', 'one'];
  const sample = values(100);
  const dimensions = { functionName: 'shop-orders', door: 'logs' };
  const message = JSON.stringify({
    ...dimensions,
    Duration: sample,
    _aws: {
      Timestamp: minute,
      CloudWatchMetrics: [
        { Namespace: NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: 'Duration', Unit: 'Milliseconds' }] },
      ],
    },
  });

  await aws(url, 'logs', 'create-log-group', '--log-group-name', group);
  await aws(url, 'logs', 'create-log-stream', '--log-group-name', group, '--log-stream-name', stream);
  await aws(url, 'logs', 'put-log-events', '--log-group-name', group, '--log-stream-name', stream,
    '--log-events', JSON.stringify([{ timestamp: minute, message }]));
  await assertReadBack(emulator, dimensions, minute, sample);

  const kept = await aws(url, 'logs', 'filter-log-events', '--log-group-name', group, '--filter-pattern', '{ $.functionName = "shop-orders" }');
  assert.deepEqual(kept.events.map((event) => event.message), [message]);
}

// Runs the handler to its end; returns the lines it printed, which also go into `into`.
async function handle(door, minute, count, environment, into) {
  const child = spawn(process.execPath, [HANDLER, door, String(minute), String(count)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';

  child.stdout.on('data', (data) => (text += data));
  if (into) child.stdout.pipe(into, { end: false });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `the handler left with ${code}`);
  return text.split('\n').slice(0, -1);
}

async function assertReadBack(emulator, dimensions, minute, sample) {
  const want = expected(sample);
  const query = { namespace: NAMESPACE, name: 'Duration', dimensions, stats: STATS };
  const bySdk = await until(`${sample.length} values of ${JSON.stringify(dimensions)}`, async () => {
    const found = await statisticsOf(emulator, query);
    return found.SampleCount[0] === sample.length && found;
  });

  assertEqual('SDK', bySdk, want);
  assertEqual('CLI', await statisticsByCli(emulator.url, dimensions, minute), want);
  note(`${JSON.stringify(dimensions)}: n ${want.SampleCount}, Average ${want.Average.toFixed(3)}, p75 ${want.p75.toFixed(3)}`);
}

async function statisticsByCli(url, dimensions, minute) {
  const queries = STATS.map((Stat, i) => ({
    Id: `q${i}`,
    MetricStat: {
      Metric: { Namespace: NAMESPACE, MetricName: 'Duration', Dimensions: asDimensions(dimensions) },
      Period: 60,
      Stat,
    },
  }));
  const answer = await aws(url, 'cloudwatch', 'get-metric-data',
    '--metric-data-queries', JSON.stringify(queries),
    '--start-time', new Date(minute - 60000).toISOString(),
    '--end-time', new Date(minute + 120000).toISOString());

  return Object.fromEntries(answer.MetricDataResults.map(({ Values }, i) => [STATS[i], Values]));
}

function assertEqual(client, found, want) {
  for (const stat of STATS) {
    const [value, ...more] = found[stat];

    assert.equal(more.length, 0, `${client}: ${stat} in one minute`);
    assert.ok(Math.abs(value - want[stat]) <= allowed(stat, want.SampleCount) * want[stat], `${client}: ${stat} is ${value}, not ${want[stat]}`);
  }
}

function allowed(stat, count) {
  return stat.startsWith('p') && count > FEW ? SKETCHED : EXACT;
}

// A whole minute that is over, so that all values fall into one period.
function lastMinute() {
  return (Math.floor(Date.now() / 60000) - 1) * 60000 + 15000;
}
