// Budgets by the JS SDK, its signatures verified: what was spent, notifications, history, another account.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { budgets as sdk } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const OF_BUDGET = { AccountId: '000000000000', BudgetName: 'UserMetrics' };

export async function budgets() {
  const emulator = await startEmulator({ args: ['--require-auth', '--clock', '2026-11-28T15:25:00Z'] });
  const client = noted(new sdk.BudgetsClient(clientOptions(emulator.url)));

  try {
    await test('Budgets: the budget of the document, with what was spent and is forecast', async () => {
      const { Budgets } = await client.send(new sdk.DescribeBudgetsCommand({ AccountId: OF_BUDGET.AccountId, ShowFilterExpression: true }));
      const { Budget } = await client.send(new sdk.DescribeBudgetCommand(OF_BUDGET));
      const { ActualSpend, ForecastedSpend } = Budget.CalculatedSpend;

      assert.deepEqual(
        Budgets.map(({ BudgetName, BudgetLimit, CalculatedSpend }) => [BudgetName, BudgetLimit.Amount, CalculatedSpend.ActualSpend]),
        [['UserMetrics', '150', ActualSpend]],
      );
      assert.deepEqual(Budgets[0].FilterExpression.Tags, { Key: 'Project', Values: ['UserMetrics'], MatchOptions: ['EQUALS'] });
      assert.ok(Number(ActualSpend.Amount) > 94 && Number(ForecastedSpend.Amount) > Number(ActualSpend.Amount));
      assert.deepEqual([Budget.HealthStatus.Status, Budget.TimePeriod.End.getUTCFullYear()], ['HEALTHY', 2087]);
    });
    await test('Budgets: notifications with their state', async () => {
      const { Notifications } = await client.send(new sdk.DescribeNotificationsForBudgetCommand(OF_BUDGET));

      assert.deepEqual(
        Notifications.map(({ NotificationType, Threshold, NotificationState }) => [NotificationType, Threshold, NotificationState]),
        [
          ['ACTUAL', 80, 'OK'],
          ['ACTUAL', 100, 'OK'],
          ['FORECASTED', 100, 'OK'],
        ],
      );
    });
    await test('Budgets: the months that were asked for', async () => {
      const TimePeriod = { Start: new Date('2026-09-01'), End: new Date('2026-11-01') };
      const { BudgetPerformanceHistory } = await client.send(new sdk.DescribeBudgetPerformanceHistoryCommand({ ...OF_BUDGET, TimePeriod }));

      assert.deepEqual(
        BudgetPerformanceHistory.BudgetedAndActualAmountsList.map(({ TimePeriod: { Start }, BudgetedAmount }) => [Start.toISOString().slice(0, 10), BudgetedAmount.Amount]),
        [
          ['2026-09-01', '150'],
          ['2026-10-01', '150'],
        ],
      );
    });
    await test('Budgets: another account is refused, a budget that is not there not found', async () => {
      await assert.rejects(client.send(new sdk.DescribeBudgetsCommand({ AccountId: '123456789012' })), { name: 'AccessDeniedException' });
      await assert.rejects(client.send(new sdk.DescribeBudgetCommand({ ...OF_BUDGET, BudgetName: 'nope' })), { name: 'NotFoundException' });
    });
  } finally {
    await emulator.stop();
  }
}
