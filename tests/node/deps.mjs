// The packages of this folder, for test files that live elsewhere.
// SPDX-License-Identifier: MIT
export { chromium } from 'playwright-core';
export * as cloudwatch from '@aws-sdk/client-cloudwatch';
export * as logs from '@aws-sdk/client-cloudwatch-logs';
export * as lambda from '@aws-sdk/client-lambda';
export * as sts from '@aws-sdk/client-sts';
export { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
