// Two loggers as npm has them.
// SPDX-License-Identifier: MIT
export { default as pino } from 'pino';
export { default as winston } from 'winston';
