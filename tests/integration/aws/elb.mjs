// Elastic Load Balancing by the JS SDK: the targets of a group are the tasks of the service behind it.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { elb as sdk } from '../../node/deps.mjs';
import { clientOptions } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';
import { startAccount } from './account.mjs';

export async function elb() {
  const emulator = await startAccount();
  const client = noted(new sdk.ElasticLoadBalancingV2Client(clientOptions(emulator.url)));
  const [balancer] = (await client.send(new sdk.DescribeLoadBalancersCommand({}))).LoadBalancers;
  const [group] = (await client.send(new sdk.DescribeTargetGroupsCommand({ Names: ['tg'] }))).TargetGroups;
  const health = async (Targets) =>
    (await client.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn, Targets }))).TargetHealthDescriptions;
  const states = async () => (await health()).map(({ TargetHealth: { State, Reason } }) => (Reason ? `${State}: ${Reason}` : State));

  try {
    await test('ELB: a load balancer and its group', async () => {
      const of = async (LoadBalancerArn) => (await client.send(new sdk.DescribeTargetGroupsCommand({ LoadBalancerArn }))).TargetGroups;

      assert.deepEqual([balancer.LoadBalancerName, balancer.Type, balancer.State.Code], ['alb', 'application', 'active']);
      assert.equal(balancer.Scheme, 'internet-facing');
      assert.deepEqual(balancer.CreatedTime, new Date('2026-11-20T00:00:00Z'));
      assert.deepEqual(group.LoadBalancerArns, [balancer.LoadBalancerArn]);
      assert.deepEqual([group.TargetType, group.HealthCheckIntervalSeconds, group.HealthCheckEnabled], ['ip', 30, true]);
      assert.deepEqual((await of(balancer.LoadBalancerArn)).map(({ TargetGroupName }) => TargetGroupName), ['tg']);
    });
    await test('ELB: what is not there has the error of the service', async () => {
      await assert.rejects(client.send(new sdk.DescribeTargetGroupsCommand({ Names: ['nope'] })), { name: 'TargetGroupNotFoundException' });
      await assert.rejects(client.send(new sdk.DescribeLoadBalancersCommand({ Names: ['nope'] })), { name: 'LoadBalancerNotFoundException' });
      await assert.rejects(client.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn: 'nope' })), { name: 'ValidationError' });
    });
    await test('ELB: targets are healthy while their tasks run', async () => {
      const [first, second] = await health();

      assert.deepEqual(await states(), ['healthy', 'healthy']);
      assert.notEqual(first.Target.Id, second.Target.Id);
      assert.deepEqual(await health([{ Id: second.Target.Id }]), [second]);
      assert.equal((await health([{ Id: '10.9.9.9' }]))[0].TargetHealth.Reason, 'Target.NotRegistered');
    });
    await test('ELB: a target of a dead task drains, and the next fails its health checks', async () => {
      const healthy = 'healthy';
      const draining = 'draining: Target.DeregistrationInProgress';

      await emulator.advance(600);
      assert.deepEqual(await states(), [healthy, draining, 'unhealthy: Target.FailedHealthChecks']);
      await emulator.advance(600);
      assert.deepEqual(await states(), [healthy, draining, draining, draining, healthy]);
      await emulator.advance(300);
      assert.deepEqual(await states(), [healthy, healthy]);
    });
  } finally {
    await emulator.stop();
  }
}
