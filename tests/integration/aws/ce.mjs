// Cost Explorer by the JS SDK, its signatures verified: the document's command, groups, forecasts, tags.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { ce as sdk } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const NOVEMBER = { Start: '2025-11-01', End: '2025-11-30' };
const BY_COMPONENT = [{ Type: 'TAG', Key: 'Component' }];

export async function ce() {
  const emulator = await startEmulator({ args: ['--require-auth', '--clock', '2026-11-28T15:25:00Z'] });
  const client = noted(new sdk.CostExplorerClient(clientOptions(emulator.url)));
  const usage = (input) => client.send(new sdk.GetCostAndUsageCommand({ Metrics: ['BlendedCost'], ...input }));

  try {
    await test("Cost Explorer: the document's month by Component, without its last day", async () => {
      const { ResultsByTime, GroupDefinitions, DimensionValueAttributes } = await usage({
        TimePeriod: NOVEMBER,
        Granularity: 'MONTHLY',
        GroupBy: BY_COMPONENT,
      });

      assert.equal(ResultsByTime.length, 1);
      assert.deepEqual(ResultsByTime[0].TimePeriod, NOVEMBER);
      assert.deepEqual([ResultsByTime[0].Total, ResultsByTime[0].Estimated], [{}, false]);
      assert.deepEqual(
        ResultsByTime[0].Groups.map(({ Keys }) => Keys[0]),
        ['', 'CloudWatch', 'Grafana', 'Infrastructure', 'OpenReplay', 'Umami'].map((value) => `Component$${value}`),
      );
      assert.equal(amountOf(ResultsByTime[0], 'Component$Grafana'), '8.7');
      assert.deepEqual([GroupDefinitions, DimensionValueAttributes], [BY_COMPONENT, []]);
    });
    await test('Cost Explorer: the month has that day, filtered to the project', async () => {
      const { ResultsByTime } = await usage({
        TimePeriod: { ...NOVEMBER, End: '2025-12-01' },
        Granularity: 'MONTHLY',
        GroupBy: BY_COMPONENT,
        Filter: { And: [{ Tags: { Key: 'Project', Values: ['UserMetrics'] } }, { Not: { Dimensions: { Key: 'SERVICE', Values: ['AWS Lambda'] } } }] },
      });

      assert.equal(amountOf(ResultsByTime[0], 'Component$Grafana'), '9');
      assert.equal(amountOf(ResultsByTime[0], 'Component$'), undefined);
    });
    await test('Cost Explorer: hours of usage have their unit', async () => {
      const { ResultsByTime } = await usage({
        TimePeriod: { Start: '2026-11-28T13:00:00Z', End: '2026-11-28T17:00:00Z' },
        Granularity: 'HOURLY',
        Metrics: ['UsageQuantity'],
        Filter: { Dimensions: { Key: 'USAGE_TYPE', Values: ['NatGateway-Hours'] } },
      });

      assert.deepEqual(
        ResultsByTime.map(({ Total }) => Total.UsageQuantity),
        ['1', '1', '0', '0'].map((Amount) => ({ Amount, Unit: Amount === '1' ? 'Hrs' : 'N/A' })),
      );
    });
    await test('Cost Explorer: a refusal has its class', () =>
      assert.rejects(usage({ TimePeriod: { Start: '2026-11-28', End: '2026-11-28' }, Granularity: 'DAILY' }), {
        name: 'ValidationException',
        message: 'Start date (and hour) should be before end date (and hour)',
      }));
    await test('Cost Explorer: a forecast with the interval that was asked for', async () => {
      const { Total, ForecastResultsByTime } = await client.send(
        new sdk.GetCostForecastCommand({
          TimePeriod: { Start: '2026-11-28', End: '2027-01-01' },
          Granularity: 'MONTHLY',
          Metric: 'UNBLENDED_COST',
          PredictionIntervalLevel: 95,
        }),
      );
      const sum = ForecastResultsByTime.reduce((total, { MeanValue }) => total + Number(MeanValue), 0);

      assert.deepEqual(
        ForecastResultsByTime.map(({ TimePeriod }) => TimePeriod.Start),
        ['2026-11-28', '2026-12-01'],
      );
      assert.ok(Math.abs(sum - Number(Total.Amount)) < 1e-5, `${sum} is ${Total.Amount}`);
      for (const { MeanValue, PredictionIntervalLowerBound: low, PredictionIntervalUpperBound: high } of ForecastResultsByTime)
        assert.ok(Number(low) < Number(MeanValue) && Number(MeanValue) < Number(high));
    });
    await test('Cost Explorer: tags, values and the state of their activation', async () => {
      const TimePeriod = { Start: '2026-11-01', End: '2026-11-28' };
      const { Tags } = await client.send(new sdk.GetTagsCommand({ TimePeriod, TagKey: 'Environment' }));
      const { DimensionValues } = await client.send(new sdk.GetDimensionValuesCommand({ TimePeriod, Dimension: 'SERVICE', SearchString: 'cloud' }));
      const { CostAllocationTags } = await client.send(new sdk.ListCostAllocationTagsCommand({ TagKeys: ['Project', 'Tier'] }));

      assert.deepEqual(Tags, ['', 'dev']);
      assert.deepEqual(
        DimensionValues.map(({ Value }) => Value),
        ['Amazon CloudFront', 'Amazon Virtual Private Cloud', 'AmazonCloudWatch'],
      );
      assert.deepEqual(
        CostAllocationTags.map(({ TagKey, Status, Type }) => [TagKey, Status, Type]),
        [
          ['Project', 'Active', 'UserDefined'],
          ['Tier', 'Inactive', 'UserDefined'],
        ],
      );
    });
  } finally {
    await emulator.stop();
  }
}

function amountOf({ Groups }, key) {
  return Groups.find(({ Keys }) => Keys[0] === key)?.Metrics.BlendedCost.Amount;
}
