// An account with an incident, and an emulator of it whose clock is the test's.
// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../node/obsview.mjs';

export const START = '2026-11-24T10:00:00Z';
export const at = (minute) => new Date(Date.parse(START) + minute * 60000);
export const arn = (service, rest) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

// From minute 10 on, for ten minutes, one task of two is down; the database restarts at the beginning.
const STACK = {
  'obsview-stack': 1,
  since: '2026-11-20T00:00:00Z',
  resources: [
    { name: 'main', type: 'ecs:cluster', tags: { team: 'web' } },
    { name: 'web', type: 'ecs:service', parent: 'main', tasks: 2, vcpu: 0.5, memoryGiB: 1, image: 'shop/web:1', tags: { team: 'web' } },
    { name: 'alb', type: 'elasticloadbalancing:loadbalancer', publicIPv4: 2 },
    { name: 'tg', type: 'elasticloadbalancing:targetgroup', parent: 'alb', peer: 'web' },
    { name: 'db', type: 'rds:cluster', version: '16.2', tags: { team: 'data', 'a<b': 'c&d' } },
    { name: 'db-1', type: 'rds:db', parent: 'db', class: 'db.t4g.medium' },
    { name: 'db-2', type: 'rds:db', parent: 'db', class: 'db.t4g.medium' },
    { name: 'deploy', type: 'iam:role', tags: { team: 'web' } },
    ...Array.from({ length: 120 }, (_, i) => ({ name: `bucket-${i}`, type: 's3:bucket', tags: { team: i % 2 ? 'web' : 'data', n: `${i}` } })),
  ],
  incidents: [
    {
      name: 'outage',
      at: at(10).toISOString(),
      minutes: 10,
      effects: [
        { resource: 'web', stopTasks: 1 },
        { resource: 'db-1', restart: true },
      ],
    },
  ],
};

export async function startAccount() {
  const folder = mkdtempSync(join(tmpdir(), 'obsview-account-'));
  const file = join(folder, 'stack.json');

  writeFileSync(file, JSON.stringify(STACK));
  try {
    return await startEmulator({ args: ['--stack', file, '--clock', START] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
