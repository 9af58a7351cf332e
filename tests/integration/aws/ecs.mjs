// ECS by the JS SDK: clusters, services and tasks, before, in and after an incident.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { ecs as sdk } from '../../node/deps.mjs';
import { clientOptions } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';
import { arn, at, startAccount } from './account.mjs';

export async function ecs() {
  const emulator = await startAccount();
  const client = noted(new sdk.ECSClient(clientOptions(emulator.url)));
  const service = async () => (await client.send(new sdk.DescribeServicesCommand({ cluster: 'main', services: ['web'] }))).services[0];
  const counts = async () => (({ desiredCount, runningCount, pendingCount }) => [desiredCount, runningCount, pendingCount])(await service());
  const list = async (desiredStatus) => (await client.send(new sdk.ListTasksCommand({ cluster: 'main', desiredStatus }))).taskArns;
  const describe = async (tasks) => (await client.send(new sdk.DescribeTasksCommand({ cluster: 'main', tasks }))).tasks;

  try {
    await test('ECS: clusters and services by name and ARN', async () => {
      assert.deepEqual((await client.send(new sdk.ListClustersCommand({}))).clusterArns, [arn('ecs', 'cluster/main')]);
      assert.deepEqual((await client.send(new sdk.ListServicesCommand({ cluster: arn('ecs', 'cluster/main') }))).serviceArns, [
        arn('ecs', 'service/main/web'),
      ]);
      const { clusters, failures } = await client.send(new sdk.DescribeClustersCommand({ clusters: ['main', 'nope'], include: ['TAGS'] }));
      assert.deepEqual([clusters[0].runningTasksCount, clusters[0].activeServicesCount, clusters[0].tags], [2, 1, [{ key: 'team', value: 'web' }]]);
      assert.deepEqual(failures, [{ arn: arn('ecs', 'cluster/nope'), reason: 'MISSING' }]);
    });
    await test('ECS: a service in its steady state', async () => {
      const web = await service();

      assert.deepEqual(await counts(), [2, 2, 0]);
      assert.deepEqual(web.deployments.map(({ status, rolloutState, failedTasks }) => [status, rolloutState, failedTasks]), [['PRIMARY', 'COMPLETED', 0]]);
      assert.deepEqual(web.createdAt, new Date('2026-11-20T00:00:00Z'));
      assert.match(web.events[0].message, /has reached a steady state/);
      assert.match(web.loadBalancers[0].targetGroupArn, /targetgroup\/tg\//);
    });
    await test('ECS: what is not there', async () => {
      const { services, failures } = await client.send(
        new sdk.DescribeServicesCommand({ cluster: 'main', services: ['missing', arn('ecs', 'service/main/web')], include: ['TAGS'] }),
      );

      assert.deepEqual(services[0].tags, [{ key: 'team', value: 'web' }]);
      assert.deepEqual(failures, [{ arn: arn('ecs', 'service/main/missing'), reason: 'MISSING' }]);
      await assert.rejects(client.send(new sdk.ListServicesCommand({})), { name: 'ClusterNotFoundException' });
      await assert.rejects(client.send(new sdk.ListTasksCommand({ cluster: 'main', serviceName: 'nope' })), { name: 'ServiceNotFoundException' });
      await assert.rejects(client.send(new sdk.DescribeTasksCommand({ cluster: 'main', tasks: [] })), { name: 'InvalidParameterException' });
    });
    const before = await list();
    await test('ECS: tasks that run', async () => {
      const [task] = await describe(before);

      assert.equal(before.length, 2);
      assert.deepEqual([task.lastStatus, task.healthStatus, task.cpu, task.memory, task.group], ['RUNNING', 'HEALTHY', '512', '1024', 'service:web']);
      assert.deepEqual(task.containers.map(({ name, image, lastStatus }) => [name, image, lastStatus]), [['web', 'shop/web:1', 'RUNNING']]);
    });
    await test('ECS: while a task is down it is stopped, and another tries', async () => {
      await emulator.advance(600);
      const stopped = await list('STOPPED');
      const [task] = await describe(stopped);

      assert.deepEqual(await counts(), [2, 1, 1]);
      assert.deepEqual(stopped, before.slice(1));
      assert.deepEqual([task.lastStatus, task.stopCode, task.stoppedReason], [
        'STOPPED',
        'EssentialContainerExited',
        'Essential container in task exited',
      ]);
      assert.deepEqual([task.stoppedAt, task.containers[0].exitCode], [at(10), 1]);
      assert.deepEqual((await describe(await list())).map(({ lastStatus }) => lastStatus), ['RUNNING', 'ACTIVATING']);
      assert.match((await service()).events[0].message, /deregistered 1 targets/);
    });
    await test('ECS: attempts that fail their health checks are given up', async () => {
      await emulator.advance(240);
      const reasons = (await describe(await list('STOPPED'))).map(({ stopCode, stoppedReason }) => `${stopCode}: ${stoppedReason}`);

      assert.equal(reasons.length, 3);
      assert.match(reasons[2], /^ServiceSchedulerInitiated: Task failed ELB health checks in \(target-group arn:/);
    });
    await test('ECS: the replacement runs when it is over, and the stopped are told for an hour', async () => {
      await emulator.advance(6 * 60 + 60);
      assert.deepEqual(await counts(), [2, 2, 0]);
      assert.match((await service()).events[0].message, /has reached a steady state/);
      assert.deepEqual((await describe(await list()))[1].startedAt, at(20));
      await emulator.advance(3600);
      assert.deepEqual(await list('STOPPED'), []);
    });
  } finally {
    await emulator.stop();
  }
}
