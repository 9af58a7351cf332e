// A function that publishes with aws-embedded-metrics, as one would be run beside the emulator.
// SPDX-License-Identifier: MIT
//
//   node handler.mjs DOOR TIMESTAMP COUNT
//
// Where the documents go is the library's own choice, by its own variables.
import emf from '../../node/emf.mjs';
import { values } from './values.mjs';

const [door, timestamp, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const requestId = '2f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c11';

if (door === 'stdout') console.log(`START RequestId: ${requestId} Version: $LATEST`);
const logger = emf.createMetricsLogger();

logger.setNamespace('Shop/Test');
logger.setDimensions({ functionName: 'shop-checkout', door });
logger.setTimestamp(timestamp);
logger.setProperty('requestId', requestId);
for (const value of values(count)) logger.putMetric('Duration', value, emf.Unit.Milliseconds);
await logger.flush();
if (door === 'tcp') process.exit(0); // the library keeps its connection open for a while
if (door === 'stdout') {
  console.log(JSON.stringify({ level: 'INFO', message: 'order paid', functionName: 'shop-checkout', requestId }));
  console.log('a plain line, no JSON');
  console.log(`END RequestId: ${requestId}`);
  console.log(`REPORT RequestId: ${requestId}\tDuration: 41.50 ms\tBilled Duration: 42 ms\tMemory Size: 256 MB\tMax Memory Used: 71 MB`);
}
