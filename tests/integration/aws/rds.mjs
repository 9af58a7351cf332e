// RDS by the JS SDK, in the query protocol: clusters, instances, parameters, and what happened to them.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { rds as sdk } from '../../node/deps.mjs';
import { clientOptions } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';
import { arn, at, startAccount } from './account.mjs';

export async function rds() {
  const emulator = await startAccount();
  const client = noted(new sdk.RDSClient(clientOptions(emulator.url)));
  const events = async (input = {}) => (await client.send(new sdk.DescribeEventsCommand(input))).Events;
  const statuses = async () =>
    (await client.send(new sdk.DescribeDBInstancesCommand({}))).DBInstances.map(({ DBInstanceStatus }) => DBInstanceStatus);

  try {
    await test('RDS: a cluster is told with its members and tags', async () => {
      const { DBClusters } = await client.send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: 'DB' }));
      const [db] = DBClusters;

      assert.equal(DBClusters.length, 1);
      assert.deepEqual([db.DBClusterIdentifier, db.Engine, db.EngineVersion, db.Status], ['db', 'aurora-postgresql', '16.2', 'available']);
      assert.deepEqual(db.DBClusterMembers.map(({ DBInstanceIdentifier, IsClusterWriter }) => [DBInstanceIdentifier, IsClusterWriter]), [
        ['db-1', true],
        ['db-2', false],
      ]);
      assert.deepEqual(db.TagList, [{ Key: 'a<b', Value: 'c&d' }, { Key: 'team', Value: 'data' }]);
      assert.deepEqual([db.AllocatedStorage, db.Port, db.MultiAZ, db.ReadReplicaIdentifiers], [1, 5432, true, []]);
      assert.deepEqual([db.AvailabilityZones.length, db.ClusterCreateTime], [3, new Date('2026-11-20T00:00:00Z')]);
      assert.match(db.DbClusterResourceId, /^cluster-[A-Z2-7]{26}$/);
    });
    await test('RDS: instances of a cluster, by filter', async () => {
      const filtered = async (Name, ...Values) =>
        (await client.send(new sdk.DescribeDBInstancesCommand({ Filters: [{ Name, Values }] }))).DBInstances;
      const [first, second] = await filtered('db-cluster-id', 'db', 'other');

      assert.deepEqual([first.DBInstanceIdentifier, first.DBInstanceClass, first.DBClusterIdentifier], ['db-1', 'db.t4g.medium', 'db']);
      assert.deepEqual([first.AvailabilityZone, second.AvailabilityZone], ['us-east-1a', 'us-east-1b']);
      assert.equal(first.Endpoint.Port, 5432);
      assert.match(first.DbiResourceId, /^db-[A-Z2-7]{26}$/);
      assert.deepEqual((await filtered('dbi-resource-id', second.DbiResourceId)).map(({ DBInstanceArn }) => DBInstanceArn), [arn('rds', 'db:db-2')]);
      assert.deepEqual(await filtered('engine', 'mysql'), []);
    });
    await test('RDS: the limit on connections is the formula of the default group', async () => {
      const { Parameters } = await client.send(
        new sdk.DescribeDBClusterParametersCommand({
          DBClusterParameterGroupName: 'default.aurora-postgresql16',
          Filters: [{ Name: 'parameter-name', Values: ['max_connections'] }],
        }),
      );

      assert.deepEqual(Parameters.map(({ ParameterValue, IsModifiable }) => [ParameterValue, IsModifiable]), [
        ['LEAST({DBInstanceClassMemory/9531392},5000)', true],
      ]);
    });
    await test('RDS: what is not there has the error of the service', async () => {
      await assert.rejects(client.send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: 'nope' })), { name: 'DBClusterNotFoundFault' });
      await assert.rejects(client.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'nope' })), { name: 'DBInstanceNotFoundFault' });
      await assert.rejects(client.send(new sdk.DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: 'nope' })), {
        name: 'DBParameterGroupNotFoundFault',
      });
      await assert.rejects(client.send(new sdk.DescribeDBClustersCommand({ MaxRecords: 5 })), { name: 'InvalidParameterValue' });
    });
    await test('RDS: a snapshot of the cluster a day', async () => {
      const made = await events({ SourceType: 'db-cluster-snapshot', Duration: 1440 });

      assert.deepEqual(made.map(({ Message }) => Message), ['Creating automated cluster snapshot', 'Automated cluster snapshot created']);
      assert.match(made[0].SourceIdentifier, /^rds:db-2026-11-2[34]-\d\d-\d\d$/);
      assert.deepEqual(made[0].EventCategories, ['backup']);
    });
    await test('RDS: a restart is told as it goes', async () => {
      await emulator.advance(600);
      assert.deepEqual(await statuses(), ['rebooting', 'available']);
      assert.deepEqual((await events({ SourceType: 'db-instance' })).map(({ Message, Date }) => [Message, Date]), [['DB instance shutdown', at(10)]]);
      await emulator.advance(70);
      assert.deepEqual(await statuses(), ['available', 'available']);
      assert.deepEqual((await events({ StartTime: at(10), EndTime: at(12) })).map(({ Message }) => Message), [
        'DB instance shutdown',
        'Started same AZ failover to DB instance: db-1',
        'DB instance restarted',
        'Completed failover to DB instance: db-1',
      ]);
      assert.deepEqual((await events({ EventCategories: ['failover'], SourceType: 'db-cluster', SourceIdentifier: 'db' })).length, 2);
    });
  } finally {
    await emulator.stop();
  }
}
