// Which operations of the program were called by clients that are not ours, and answered.
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { PROGRAM } from './obsview.mjs';

const TITLES = {
  CloudWatchLogs: 'CloudWatch Logs',
  CostExplorer: 'Cost Explorer',
  ElasticLoadBalancingV2: 'Elastic Load Balancing',
  PI: 'Performance Insights',
  ResourceGroupsTaggingAPI: 'Resource Groups Tagging',
};
const COMMANDS = {
  budgets: 'Budgets',
  ce: 'Cost Explorer',
  cloudwatch: 'CloudWatch',
  ecs: 'ECS',
  elbv2: 'Elastic Load Balancing',
  lambda: 'Lambda',
  logs: 'CloudWatch Logs',
  pi: 'Performance Insights',
  rds: 'RDS',
  resourcegroupstaggingapi: 'Resource Groups Tagging',
  s3api: 'S3',
  sts: 'STS',
};
const called = new Set();

// An SDK client whose answered calls are noted.
export function noted(client) {
  const note = (next, { clientName, commandName }) => async (args) => {
    const answer = await next(args);
    const service = clientName.replace(/Client$/, '');

    called.add(`${TITLES[service] ?? service} ${commandName.replace(/Command$/, '')}`);
    return answer;
  };

  client.middlewareStack.add(note, { step: 'initialize', name: 'noted' });
  return client;
}

// The same for `aws SERVICE OPERATION`.
export function noteCommand(service, operation) {
  const name = operation.replaceAll(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

  called.add(`${COMMANDS[service] ?? service} ${name}`);
}

// The operations of a service, as the program itself lists them.
export function supported(service) {
  return sections().find(([title]) => title === service)[1];
}

// "Service Operation" of all that was never answered to a client.
export function uncalled() {
  return sections()
    .flatMap(([title, names]) => names.map((name) => `${title} ${name}`))
    .filter((operation) => !called.has(operation));
}

function sections() {
  const text = execFileSync(PROGRAM, ['help', 'aws'], { encoding: 'utf8' });

  return text
    .split(/\n\n/)
    .map((part) => [part.split('\n')[0], [...part.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)])
    .filter(([, names]) => names.length > 0);
}
