// StartLiveTail by the JS SDK: what is written while it runs comes out of it.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { logs as sdk } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test, until } from '../../node/tap.mjs';

const GROUP = '/app/tail';
const ARN = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`;
const SESSIONS = 15;

export async function tail() {
  const emulator = await startEmulator();
  const { logs } = emulator;

  try {
    await logs.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
    for (const logStreamName of ['web-1', 'web-2', 'batch']) {
      await logs.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
    }
    await test('Live Tail: the session starts, and only new lines come, each once', () => assertNewLines(logs));
    await test('Live Tail: a filter pattern and a prefix of streams choose', () => assertChoice(logs));
    await test('Live Tail: more than 500 lines in a second are sampled, and it says so', () => assertSampled(logs));
    await test('Live Tail: fifteen sessions, and one more when one has gone', () => assertSessions(logs));
    await test('Live Tail: wrong questions are refused by name', () => assertRefusals(logs));
    await test('Live Tail: it ends when the emulator stops', async () => {
      const session = await openInTurn(logs);

      assert.equal(await emulator.stop(), 0);
      await until('the stream ended', () => session.hasEnded);
    });
  } finally {
    await emulator.stop();
  }
}

async function endpointOf({ config }) {
  const { protocol, hostname, port } = await config.endpoint();

  return `${protocol}//${hostname}:${port}`;
}

// Collects what a session says until it is closed.
async function open(logs, input) {
  const client = noted(new sdk.CloudWatchLogsClient(clientOptions(await endpointOf(logs))));
  const answer = await client.send(new sdk.StartLiveTailCommand({ logGroupIdentifiers: [ARN], ...input }));
  const session = { updates: [], lines: [], start: undefined, hasEnded: false, isLeft: false };

  const reading = (async () => {
    for await (const { sessionStart, sessionUpdate } of answer.responseStream) {
      if (sessionStart) session.start = sessionStart;
      if (session.isLeft) break;
      if (!sessionUpdate) continue;
      session.updates.push(sessionUpdate);
      session.lines.push(...sessionUpdate.sessionResults);
    }
  })();
  reading.catch((error) => (session.error = error)).finally(() => (session.hasEnded = true));
  session.close = async () => {
    session.isLeft = true;
    await reading.catch(() => {});
    client.destroy();
  };
  await until('the session started', () => session.start);
  return session;
}

// A client that has gone is noticed when the next updates cannot be written to it.
function openInTurn(logs) {
  return until('a session may start', () => open(logs, {}).catch(() => null), { every: 200 });
}

async function put(logs, logStreamName, messages, at = Date.now()) {
  await logs.send(
    new sdk.PutLogEventsCommand({
      logGroupName: GROUP,
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp: at, message })),
    }),
  );
}

async function assertNewLines(logs) {
  await put(logs, 'web-1', ['before']);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const session = await open(logs, {});

  await put(logs, 'web-1', ['one', 'two']);
  await put(logs, 'web-2', ['three'], Date.now() - 4000);
  await until('three lines', () => session.lines.length >= 3);
  const count = session.updates.length;
  await until('two more updates', () => session.updates.length >= count + 2);
  await session.close();

  assert.deepEqual(session.start.logGroupIdentifiers, [ARN]);
  assert.match(session.start.sessionId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(session.lines.map(({ message }) => message).sort(), ['one', 'three', 'two']);
  assert.equal(session.lines[0].logGroupIdentifier, `000000000000:${GROUP}`);
  assert.ok(Math.abs(session.lines[0].ingestionTime - Date.now()) < 60000);
  assert.ok(session.updates.every(({ sessionMetadata }) => sessionMetadata.sampled === false));
}

async function assertChoice(logs) {
  const session = await open(logs, { logStreamNamePrefixes: ['web-'], logEventFilterPattern: '{ $.level = "error" }' });

  await put(logs, 'web-1', ['{"level":"info"}', '{"level":"error","n":1}', 'error']);
  await put(logs, 'batch', ['{"level":"error","n":2}']);
  await put(logs, 'web-2', ['{"level":"error","n":3}']);
  await until('two lines', () => session.lines.length >= 2);
  await session.close();
  assert.deepEqual(session.start.logStreamNamePrefixes, ['web-']);
  assert.equal(session.start.logEventFilterPattern, '{ $.level = "error" }');
  assert.deepEqual(session.lines.map(({ message }) => JSON.parse(message).n), [1, 3]);
}

async function assertSampled(logs) {
  const session = await open(logs, {});

  await put(logs, 'batch', Array.from({ length: 1200 }, (_, i) => `line ${i}`));
  await until('a sampled update', () => session.updates.some(({ sessionMetadata }) => sessionMetadata.sampled));
  await session.close();
  assert.ok(session.updates.every(({ sessionResults }) => sessionResults.length <= 500));
}

async function assertSessions(logs) {
  const sessions = [];

  for (let i = 0; i < SESSIONS; i++) sessions.push(await openInTurn(logs));
  const refused = await logs.send(new sdk.StartLiveTailCommand({ logGroupIdentifiers: [ARN] })).then(assert.fail, (e) => e);

  assert.ok(refused instanceof sdk.LimitExceededException, String(refused));
  await sessions.pop().close();
  const again = await openInTurn(logs);
  await Promise.all([...sessions, again].map((session) => session.close()));
}

async function assertRefusals(logs) {
  const cases = [
    [{ logGroupIdentifiers: [`${ARN}-none`] }, sdk.ResourceNotFoundException, /does not exist/],
    [{ logGroupIdentifiers: [`${ARN}:*`] }, sdk.InvalidParameterException, /at the end/],
    [{ logStreamNames: ['a'], logStreamNamePrefixes: ['b'] }, sdk.InvalidParameterException, /mutually exclusive/],
    [{ logGroupIdentifiers: [ARN, ARN], logStreamNames: ['a'] }, sdk.InvalidParameterException, /exactly one log group/],
    [{ logEventFilterPattern: '{ $.a = ' }, sdk.InvalidParameterException, /not a filter pattern/],
  ];

  for (const [input, kind, says] of cases) {
    const error = await logs.send(new sdk.StartLiveTailCommand({ logGroupIdentifiers: [ARN], ...input })).then(assert.fail, (e) => e);

    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, says);
  }
}
