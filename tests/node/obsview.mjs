// The program under test: started on ports of its own, asked over its wires, stopped.
// SPDX-License-Identifier: MIT
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { noted } from './calls.mjs';
import { cloudwatch, logs } from './deps.mjs';

export const PROGRAM = process.env.OBSVIEW ?? fileURLToPath(new URL('../../build/obsview', import.meta.url));

// The house of a user who has no settings: nothing of the machine's own may change a test.
const HOME = mkdtempSync(join(tmpdir(), 'obsview-home-'));
process.on('exit', () => rmSync(HOME, { recursive: true, force: true }));

export const ENVIRONMENT = {
  PATH: process.env.PATH,
  LANG: 'C.UTF-8',
  HOME,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

// Any well-formed credentials do on an emulator.
export const CREDENTIALS = { accessKeyId: ENVIRONMENT.AWS_ACCESS_KEY_ID, secretAccessKey: ENVIRONMENT.AWS_SECRET_ACCESS_KEY };

export async function startEmulator({ args = [], stdin = 'ignore' } = {}) {
  const child = spawn(
    PROGRAM,
    ['emulate', '--listen', '127.0.0.1:0', '--emf-listen', '127.0.0.1:0', '--db', ':memory:', '--rate-limit', '0', ...args],
    { stdio: [stdin, 'pipe', 'pipe'], env: ENVIRONMENT },
  );
  const said = [];
  const lines = { stdout: [], stderr: [] };
  const ready = new Promise((resolve, reject) => {
    for (const name of ['stdout', 'stderr']) {
      createInterface({ input: child[name] }).on('line', (line) => {
        const found = /ready (http:\S+) emf (\S+)/.exec(line);

        said.push(line);
        lines[name].push(line);
        if (found) resolve({ url: found[1], emf: found[2] });
      });
    }
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`obsview left with ${code}:\n${said.join('\n')}`)));
  });

  const { url, emf } = await ready;
  return {
    child,
    url,
    emf,
    lines,
    stop: () => stop(child),
    events: (kind = 'http') => events(url, kind),
    reset: () => fetch(`${url}/_obsview/reset`, { method: 'POST' }),
    advance: (seconds) => advance(url, seconds),
    metrics: noted(new cloudwatch.CloudWatchClient(clientOptions(url))),
    logs: noted(new logs.CloudWatchLogsClient(clientOptions(url))),
  };
}

export function clientOptions(endpoint) {
  return { endpoint, region: ENVIRONMENT.AWS_REGION, credentials: CREDENTIALS, maxAttempts: 1, disableHostPrefix: true };
}

// A command of the program: how it ended, and all that it wrote.
export async function run(...words) {
  try {
    return { code: 0, ...(await promisify(execFile)(PROGRAM, words, { env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 })) };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return { code: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return code;
}

// Moves a virtual clock; the answer comes when the alarms that became due are evaluated.
async function advance(url, seconds) {
  const answer = await fetch(`${url}/_obsview/clock`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ advance: seconds }),
  });

  if (answer.status !== 200) throw new Error(await answer.text());
}

// What came in by one door, as the Intake view shows it: oldest first.
async function events(url, kind) {
  const answer = await fetch(`${url}/_obsview/events?since=0&limit=4096&body=1&kind=${kind}`);

  return (await answer.json()).events;
}

// Statistics of one series over the last quarter of an hour: {Average: [...], p75: [...]}, a value a
// period in which something was measured, oldest first.
export async function statisticsOf({ metrics }, { namespace, name, dimensions, stats, period = 60 }) {
  const now = Date.now();
  const answer = await metrics.send(
    new cloudwatch.GetMetricDataCommand({
      StartTime: new Date(now - 15 * 60000),
      EndTime: new Date(now + 2 * 60000),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: stats.map((stat, i) => ({
        Id: `q${i}`,
        MetricStat: {
          Metric: { Namespace: namespace, MetricName: name, Dimensions: asDimensions(dimensions) },
          Period: period,
          Stat: stat,
        },
      })),
    }),
  );

  return Object.fromEntries(stats.map((stat, i) => [stat, answer.MetricDataResults[i].Values]));
}

export function asDimensions(pairs) {
  return Object.entries(pairs).map(([Name, Value]) => ({ Name, Value }));
}
