// The packages of this folder, for test files that live elsewhere.
// SPDX-License-Identifier: MIT
export { chromium } from 'playwright-core';
export * as cloudwatch from '@aws-sdk/client-cloudwatch';
export * as logs from '@aws-sdk/client-cloudwatch-logs';
export * as lambda from '@aws-sdk/client-lambda';
export * as ce from '@aws-sdk/client-cost-explorer';
export * as budgets from '@aws-sdk/client-budgets';
export * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
export * as rds from '@aws-sdk/client-rds';
export * as pi from '@aws-sdk/client-pi';
export * as ecs from '@aws-sdk/client-ecs';
export * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
export * as s3 from '@aws-sdk/client-s3';
export * as sts from '@aws-sdk/client-sts';
export { parse as parseYaml } from 'yaml';
export { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
