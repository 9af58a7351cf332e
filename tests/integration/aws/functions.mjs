// The sample app's functions beside the emulator: metrics by their own wrapper, structured logs, failures.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { logs } from '../../node/deps.mjs';
import { startEmulator, statisticsOf } from '../../node/obsview.mjs';
import { test, until } from '../../node/tap.mjs';

const SERVER = fileURLToPath(new URL('../../../fixtures/vite-app/lambda/server.mjs', import.meta.url));
const GROUP = '/aws/lambda/corner-shop';

// Two products, one order, and one of an empty basket, which fails.
const SERIES = [
  { name: 'Invocations', dimensions: { environment: 'dev' }, sum: 4 },
  { name: 'Invocations', dimensions: { functionName: 'shop-products', environment: 'dev' }, sum: 2 },
  { name: 'Errors', dimensions: { functionName: 'shop-products', environment: 'dev' }, sum: 0 },
  { name: 'Errors', dimensions: { functionName: 'shop-checkout', environment: 'dev' }, sum: 1 },
  { name: 'Errors', dimensions: { functionName: 'shop-checkout', environment: 'dev', errorType: 'RangeError' }, sum: 1 },
];

export async function functions() {
  await test('the sample functions over stdout: their metrics, their logs and their failure arrive', () =>
    withFunctions({ AWS_EMF_ENVIRONMENT: 'Local' }, async (emulator) => {
      await assertSeries(emulator);
      await assertLogs(emulator);
    }));
  await test('the sample functions over TCP, metrics to the listener: the same series', () =>
    withFunctions({ AWS_EMF_ENVIRONMENT: 'Agent' }, assertSeries));
}

async function withFunctions(environment, check) {
  const emulator = await startEmulator({ args: ['--emf-stdin', '--emf-group', GROUP], stdin: 'pipe' });
  const server = spawn(process.execPath, [SERVER], {
    env: { PATH: process.env.PATH, AWS_EMF_AGENT_ENDPOINT: `tcp://${emulator.emf}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  server.stdout.pipe(emulator.child.stdin);
  try {
    const [said] = await once(server.stderr, 'data');
    const api = /http:\S+\/api/.exec(String(said))[0];

    assert.equal((await fetch(`${api}/products/123`)).status, 200);
    assert.equal((await fetch(`${api}/products/7`)).status, 200);
    assert.equal((await order(api, 2)).status, 200);
    assert.equal((await order(api, 0)).status, 400);
    await check(emulator);
  } finally {
    server.kill();
    await emulator.stop();
  }
}

function order(api, items) {
  return fetch(`${api}/checkout`, { method: 'POST', body: JSON.stringify({ items }) });
}

async function assertSeries(emulator) {
  for (const { name, dimensions, sum } of SERIES) {
    await until(`${name} of ${JSON.stringify(dimensions)} to be ${sum}`, async () => {
      const { Sum } = await statisticsOf(emulator, { namespace: 'UserMetrics/Lambda', name, dimensions, stats: ['Sum'] });
      return Sum.length > 0 && Sum.reduce((total, value) => total + value, 0) === sum;
    });
  }
  const { SampleCount, Minimum } = await statisticsOf(emulator, {
    namespace: 'UserMetrics/Lambda', name: 'ColdStart', dimensions: { functionName: 'shop-checkout', environment: 'dev' },
    stats: ['SampleCount', 'Minimum'],
  });
  assert.deepEqual(SampleCount, [1], 'one cold start');
  assert.ok(Minimum[0] >= 179, // Node's timers may be a fraction of a millisecond early
    `of ${Minimum[0]} ms`);
}

async function assertLogs(emulator) {
  const found = (filterPattern) =>
    until(`lines by ${filterPattern}`, async () => {
      const { events } = await emulator.logs.send(new logs.FilterLogEventsCommand({ logGroupName: GROUP, filterPattern }));
      return events.length > 0 && events.map(({ message }) => message);
    });
  const [error] = (await found('{ $.level = "ERROR" }')).map((line) => JSON.parse(line));

  assert.equal(error.error.message, 'basket is empty');
  assert.equal(error.functionName, 'shop-checkout');
  assert.equal((await found('"REPORT RequestId"')).length, 4);
  assert.equal((await found('"Invoke Error"')).length, 1);
  assert.equal((await found('{ $.requestId = "' + error.requestId + '" && $._aws.Timestamp = * }')).length, 2);
}
