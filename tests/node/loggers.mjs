// Loggers that functions use, apart from the other packages.
// SPDX-License-Identifier: MIT
export { Logger } from '@aws-lambda-powertools/logger';
export { default as pino } from 'pino';
export { default as winston } from 'winston';
