// Resource Groups Tagging by the JS SDK: filters, pages, keys and values, log groups beside the account.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { logs, tagging as sdk } from '../../node/deps.mjs';
import { clientOptions } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';
import { arn, startAccount } from './account.mjs';

export async function tagging() {
  const emulator = await startAccount();
  const inRegion = (region) => noted(new sdk.ResourceGroupsTaggingAPIClient({ ...clientOptions(emulator.url), region }));
  const client = inRegion('us-east-1');
  const get = (input, by = client) => by.send(new sdk.GetResourcesCommand(input));
  const arns = async (...question) => (await get(...question)).ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN);

  try {
    await test('tagging: filters are AND between keys and OR within one', async () => {
      const filters = (...pairs) => ({ TagFilters: pairs.map(([Key, ...Values]) => ({ Key, Values })) });

      assert.deepEqual(await arns(filters(['team', 'data'], ['n', '0', '1', '2'])), ['arn:aws:s3:::bucket-0', 'arn:aws:s3:::bucket-2']);
      assert.deepEqual(await arns(filters(['a<b'])), [arn('rds', 'cluster:db')]);
      assert.deepEqual(await arns(filters(['team', 'nobody'])), []);
    });
    await test('tagging: a page has fifty, and the pages have each resource once', async () => {
      const { ResourceTagMappingList, PaginationToken } = await get({});
      const found = [];

      assert.equal(ResourceTagMappingList.length, 50);
      assert.notEqual(PaginationToken, '');
      for await (const page of sdk.paginateGetResources({ client }, { ResourcesPerPage: 7 }))
        found.push(...page.ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN));
      assert.equal(found.length, 124);
      assert.equal(new Set(found).size, 124);
      assert.ok(!found.some((one) => /db:db-1|loadbalancer/.test(one)), 'what was never tagged is not told');
    });
    await test('tagging: types, whole services and ARNs narrow the list', async () => {
      assert.deepEqual(await arns({ ResourceTypeFilters: ['ecs'] }), [arn('ecs', 'cluster/main'), arn('ecs', 'service/main/web')]);
      assert.deepEqual(await arns({ ResourceTypeFilters: ['ecs:service'] }), [arn('ecs', 'service/main/web')]);
      assert.deepEqual(await arns({ ResourceARNList: ['arn:aws:s3:::bucket-7', 'arn:aws:s3:::nobody'] }), ['arn:aws:s3:::bucket-7']);
      await assert.rejects(get({ ResourceARNList: ['arn:aws:s3:::bucket-7'], ResourceTypeFilters: ['s3'] }), { name: 'InvalidParameterException' });
      await assert.rejects(get({ PaginationToken: 'of something else' }), { name: 'InvalidParameterException' });
    });
    await test('tagging: a role is told in us-east-1 alone', async () => {
      const filter = { ResourceTypeFilters: ['iam', 'ecs'] };

      assert.ok((await arns(filter)).includes('arn:aws:iam::000000000000:role/deploy'));
      assert.deepEqual(await arns(filter, inRegion('eu-west-1')), [arn('ecs', 'cluster/main'), arn('ecs', 'service/main/web')]);
    });
    await test('tagging: a log group is told with the tags it was given', async () => {
      await emulator.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/shop/api', tags: { team: 'web', tier: 'Free' } }));
      await emulator.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/shop/plain' }));
      assert.deepEqual((await get({ ResourceTypeFilters: ['logs:log-group'] })).ResourceTagMappingList, [
        { ResourceARN: arn('logs', 'log-group:/shop/api'), Tags: [{ Key: 'team', Value: 'web' }, { Key: 'tier', Value: 'Free' }] },
      ]);
    });
    await test('tagging: GetTagKeys and GetTagValues tell each once, sorted', async () => {
      const values = async (Key) => (await client.send(new sdk.GetTagValuesCommand({ Key }))).TagValues;

      assert.deepEqual((await client.send(new sdk.GetTagKeysCommand({}))).TagKeys, ['a<b', 'n', 'team', 'tier']);
      assert.deepEqual(await values('team'), ['data', 'web']);
      assert.equal((await values('n')).length, 120);
      assert.deepEqual(await values('nothing'), []);
    });
  } finally {
    await emulator.stop();
  }
}
