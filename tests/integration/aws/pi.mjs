// Performance Insights by the JS SDK: load in total and in parts, over an incident of the stack.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noted } from '../../node/calls.mjs';
import { pi as sdk, rds } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const START = new Date('2026-11-28T12:00:00Z');
const END = new Date('2026-11-28T12:20:00Z');
const STACK = {
  'obsview-stack': 1,
  extends: 'document',
  name: 'hot',
  incidents: [{ name: 'hot', at: '2026-11-28T12:10:00Z', minutes: 10, effects: [{ resource: 'shop-aurora-1', cpu: 90 }] }],
};
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

export async function pi() {
  const folder = mkdtempSync(join(tmpdir(), 'obsview-pi-'));
  const file = join(folder, 'stack.json');

  writeFileSync(file, JSON.stringify(STACK));
  const emulator = await startEmulator({ args: ['--clock', '2026-11-28T12:30:00Z', '--stack', file] });
  const client = noted(new sdk.PIClient(clientOptions(emulator.url)));
  const instances = noted(new rds.RDSClient(clientOptions(emulator.url)));

  try {
    const { DBInstances } = await instances.send(new rds.DescribeDBInstancesCommand({}));
    const asked = { ServiceType: 'RDS', Identifier: DBInstances[0].DbiResourceId, StartTime: START, EndTime: END };
    const metrics = (query, more) =>
      client.send(new sdk.GetResourceMetricsCommand({ ...asked, PeriodInSeconds: 60, MetricQueries: [query], ...more }));

    await test('PI: the total comes first, and users and waits sum up to it', async () => {
      for (const Group of ['db.user', 'db.wait_event', 'db.wait_event_type']) {
        const { MetricList, AlignedStartTime, AlignedEndTime } = await metrics({ Metric: 'db.load.avg', GroupBy: { Group } });
        const [total, ...parts] = MetricList;

        assert.deepEqual([AlignedStartTime, AlignedEndTime], [START, END]);
        assert.equal(total.Key.Dimensions, undefined);
        assert.equal(total.DataPoints.length, 20);
        assert.ok(parts.length > 1);
        for (const [i, { Timestamp, Value }] of total.DataPoints.entries()) {
          assert.equal(Timestamp.getTime(), START.getTime() + (i + 1) * 60000);
          assert.ok(Math.abs(sum(parts.map(({ DataPoints }) => DataPoints[i].Value)) - Value) < 1e-9);
        }
      }
    });
    await test('PI: an incident shows to the minute, in the load as in the CPU', async () => {
      const { MetricList } = await metrics({ Metric: 'os.cpuUtilization.total.avg' }, { PeriodAlignment: 'START_TIME' });
      const load = (await metrics({ Metric: 'db.load.avg' })).MetricList[0].DataPoints.map(({ Value }) => Value);
      const points = MetricList[0].DataPoints;

      assert.deepEqual(points[0].Timestamp, START);
      assert.deepEqual(points.slice(10).map(({ Value }) => Value), Array(10).fill(90));
      assert.ok(points.slice(0, 10).every(({ Value }) => Value < 70));
      assert.ok(Math.min(...load.slice(10)) > 2 * Math.max(...load.slice(0, 10)));
    });
    await test('PI: a limit keeps the greatest, pages the rest', async () => {
      const query = { Metric: 'db.load.avg', GroupBy: { Group: 'db.user', Dimensions: ['db.user.name'], Limit: 3 } };
      const whole = (await metrics(query)).MetricList.map(({ Key }) => Key);
      const paged = [];
      let NextToken;

      do {
        const page = await metrics(query, { MaxResults: 2, NextToken });

        assert.ok(page.MetricList.length <= 2);
        paged.push(...page.MetricList.map(({ Key }) => Key));
        ({ NextToken } = page);
      } while (NextToken);
      assert.equal(whole.length, 4);
      assert.deepEqual(paged, whole);
    });
    await test('PI: DescribeDimensionKeys puts the greatest first', async () => {
      const { Keys } = await client.send(
        new sdk.DescribeDimensionKeysCommand({ ...asked, Metric: 'db.load.avg', GroupBy: { Group: 'db.wait_event', Limit: 3 } }),
      );
      const totals = Keys.map(({ Total }) => Total);

      assert.deepEqual(Keys[0].Dimensions, { 'db.wait_event.name': 'CPU', 'db.wait_event.type': 'CPU' });
      assert.equal(Keys.length, 3);
      assert.deepEqual(totals, totals.toSorted((a, b) => b - a));
    });
    await test('PI: what is not known is refused by its name', async () => {
      const refusals = [
        [{ Metric: 'db.load.avg', GroupBy: { Group: 'db.sql_tokenized' } }, {}, /GroupBy.Group .*db\.sql_tokenized/],
        [{ Metric: 'db.SQL.tup_fetched.avg' }, {}, /db\.SQL\.tup_fetched\.avg/],
        [{ Metric: 'os.memory.free.avg', GroupBy: { Group: 'db.user' } }, {}, /GroupBy/],
        [{ Metric: 'db.load.avg' }, { Identifier: 'db-NOBODY' }, /Identifier .*db-NOBODY/],
        [{ Metric: 'db.load.avg' }, { PeriodInSeconds: 1 }, /PeriodInSeconds/],
        [{ Metric: 'db.load.avg' }, { StartTime: new Date('2026-11-01T00:00:00Z') }, /StartTime/],
        [{ Metric: 'db.load.avg' }, { NextToken: 'abc' }, /NextToken/],
      ];

      for (const [query, more, message] of refusals) await assert.rejects(metrics(query, more), { name: 'InvalidArgumentException', message });
    });
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
