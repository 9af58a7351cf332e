// What pino, winston and Powertools write as they come is a finding, and what the findings advise makes it clean.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { Logger, pino, winston } from '../../node/loggers.mjs';
import { PROGRAM } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const CALL = { functionName: 'shop-checkout', requestId: '2f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c11' };

export async function loggers() {
  await test('check logs tells each way in which pino differs from the schema', () => assert.deepEqual(rules(check(pinoLines({}))), [
    'logs.error-name', 'logs.function-missing', 'logs.level-number', 'logs.message-name', 'logs.request-missing', 'logs.timestamp-epoch',
  ]));
  await test('pino keeps the schema with the options that check logs printed, as they stand', () => {
    const fixes = check(pinoLines({})).findings.map(({ fix }) => fix);
    const options = fixes.filter((fix) => /^[a-zA-Z]+: /.test(fix)).map((fix) => evaluate(`({ ${fix} })`));

    assert.equal(options.length, 4);
    assertClean(pinoLines(Object.assign({ base: CALL }, ...options, { formatters: Object.assign({}, ...options.map(({ formatters }) => formatters)) })));
  });
  await test('check logs tells each way in which winston differs from the schema', () => assert.deepEqual(rules(check(winstonLines([]))), [
    'logs.error-root', 'logs.error-stack', 'logs.function-missing', 'logs.level-case', 'logs.request-missing', 'logs.timestamp-missing',
  ]));
  await test('winston keeps the schema with the formats that check logs printed, as they stand', () => {
    const fixes = check(winstonLines([])).findings.map(({ fix }) => /\bformat(?:\.[a-z]+)?\(.*\)/.exec(fix)?.[0]).filter(Boolean);
    const formats = fixes.map((fix) => evaluate(balanced(fix), winston.format));

    assert.equal(formats.length, 3);
    assertClean(winstonLines(formats, CALL));
  });
  await test('an Error alone has a message with the format that check logs printed', () => {
    const { findings } = check(winstonLines([], {}, (log) => log.error(failure())));
    const fix = findings.find(({ rule }) => rule === 'logs.message-missing').fix;
    const before = check(winstonLines([evaluate(balanced(/format\..*/.exec(fix)[0]), winston.format)], {}, (log) => log.error(failure())));

    assert.ok(!rules(before).includes('logs.message-missing'));
    assert.ok(rules(before).includes('logs.error-root'));
  });
  await test('Powertools writes the two members by other names, and keeps the schema once they are added', () => {
    assert.deepEqual(rules(check(powertoolsLines({}))), ['logs.function-missing', 'logs.request-missing']);
    assertClean(powertoolsLines({ persistentKeys: { functionName: CALL.functionName } }, { requestId: CALL.requestId }));
  });
}

// Text that the program printed: what a person would paste into a configuration.
function evaluate(code, format) {
  return new Function('format', `return ${code};`)(format);
}

// As far as its brackets are even; a sentence may go on behind it.
function balanced(text) {
  let depth = 0;
  let last = 0;

  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) last = i + 1;
    if (depth < 0) break;
  }
  return text.slice(0, last);
}

function failure() {
  return new TypeError('the card was refused');
}

function pinoLines(options) {
  const lines = [];
  const log = pino({ level: 'trace', ...options }, { write: (line) => lines.push(line.trimEnd()) });

  log.info('order placed');
  log.warn({ context: { left: 3 } }, 'stock is low');
  log.error(failure(), 'payment failed');
  log.error(failure());
  log.error({ err: failure() }, 'payment failed again');
  log.fatal(failure(), 'payment failed for good');
  log.trace('in detail');
  return lines;
}

function winstonLines(formats, defaultMeta = {}, use = usual) {
  const chunks = [];
  const stream = new Writable({ write: (chunk, _, done) => (chunks.push(String(chunk)), done()) });
  const format = winston.format.combine(...formats, winston.format.json());

  use(winston.createLogger({ format, defaultMeta, transports: [new winston.transports.Stream({ stream })] }), formats.length > 0);
  return chunks.join('').trimEnd().split('\n');
}

function usual(log, isConfigured) {
  const { name, message, stack } = failure();

  log.info('order placed');
  log.warn('stock is low', { context: { left: 3 } });
  log.error('payment failed', failure());
  log.error('payment failed again', { error: isConfigured ? { name, message, stack } : failure() });
}

function powertoolsLines(options, keys = {}) {
  const lines = [];
  const log = new Logger({ serviceName: 'shop', ...options });

  for (const method of ['info', 'warn', 'error']) log.console[method] = (line) => lines.push(line);
  log.addContext({ functionName: CALL.functionName, awsRequestId: CALL.requestId, memoryLimitInMB: '128', invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:shop-checkout' });
  log.appendKeys(keys);
  log.info('order placed');
  log.warn('stock is low', { context: { left: 3 } });
  log.error('payment failed', failure());
  log.error('payment failed again', { error: failure() });
  assert.equal(lines.length, 4);
  return lines;
}

function check(lines) {
  const { stdout, status } = spawnSync(PROGRAM, ['check', 'logs', '-', '--format', 'json'], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });

  return { status, ...JSON.parse(stdout) };
}

function rules({ findings }) {
  return [...new Set(findings.filter(({ level }) => level !== 'ok').map(({ rule }) => rule))].sort();
}

function assertClean(lines) {
  const { status, findings } = check(lines);

  assert.deepEqual(findings.filter(({ level }) => level !== 'ok'), []);
  assert.equal(status, 0);
  assert.equal(findings[0].evidence, `${lines.length} of ${lines.length} structured lines keep the schema; 0 lines are plain`);
}
