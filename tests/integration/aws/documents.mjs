// Prints documents in Embedded Metric Format as two libraries write them, in the ways they can be used.
// SPDX-License-Identifier: MIT
//
//   node documents.mjs aws-embedded-metrics|powertools ROUNDS
import emf from '../../node/emf.mjs';
import { Metrics, MetricResolution, MetricUnit } from '../../node/powertools.mjs';

const [library, rounds] = [process.argv[2], Number(process.argv[3])];
const UNITS = Object.values(emf.Unit);

const embedded = [
  (m) => m.putMetric('Duration', 12.5, emf.Unit.Milliseconds),
  (m) => m.setNamespace('UserMetrics/Lambda').setDimensions({ functionName: 'shop', environment: 'dev' }).putMetric('Errors', 0, emf.Unit.Count),
  (m) => m.setNamespace('UserMetrics/Lambda').setDimensions([{ functionName: 'shop' }, { functionName: 'shop', route: '/a' }]).putMetric('Duration', 1e-7),
  (m) => m.putDimensions({ page: '/home' }).putMetric('CLS', 0.0123456789, emf.Unit.None, emf.StorageResolution.High),
  (m) => UNITS.forEach((unit, i) => m.putMetric(`Metric${i}`, i / 3, unit)),
  (m) => Array.from({ length: 250 }, (_, i) => m.putMetric('Many', i * 1.1, emf.Unit.Milliseconds)),
  (m) => Array.from({ length: 230 }, (_, i) => m.putMetric(`Metric${i}`, i)),
  (m) => m.setProperty('requestId', 'r-1').setProperty('nested', { list: [1, { text: 'a "quoted" {brace}\n\u00fc\u{1f600}' }] }).putMetric('Duration', -1),
  (m) => m.setTimestamp(new Date(Date.now() - 3600e3)).putMetric('Late', Number.MAX_SAFE_INTEGER, emf.Unit.Bytes),
  (m) => m.resetDimensions(false).putMetric('Alone', 3),
  (m) => m.setProperty('idle', true),
  (m) => m.setDimensions(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${i}`, `value ${i}`]))).putMetric('Duration', 1),
];

async function byEmbedded() {
  for (let i = 0; i < rounds; i++) {
    for (const use of embedded) {
      const logger = emf.createMetricsLogger();

      use(logger);
      await logger.flush();
    }
  }
}

const powertools = [
  (m) => m.addMetric('orders', MetricUnit.Count, 1),
  (m) => m.addMetric('latency', MetricUnit.Milliseconds, 0.25, MetricResolution.High),
  (m) => (m.addDimensions({ environment: 'dev', route: '/a' }), m.addMetric('Duration', MetricUnit.Milliseconds, 3)),
  (m) => (m.addDimension('environment', 'prod'), m.addMetadata('requestId', 'r-2'), m.addMetric('Errors', MetricUnit.Count, 0)),
  (m) => Array.from({ length: 250 }, (_, i) => m.addMetric('Many', MetricUnit.Seconds, i / 7)),
  (m) => Array.from({ length: 230 }, (_, i) => m.addMetric(`Metric${i}`, MetricUnit.NoUnit, i)),
  (m) => Object.values(MetricUnit).forEach((unit, i) => m.addMetric(`Unit${i}`, unit, i)),
  (m) => { const one = m.singleMetric(); one.addDimension('page', '/x'); one.addMetric('Single', MetricUnit.Count, 9); },
  (m) => (m.setTimestamp(Date.now() - 60e3), m.addMetric('Before', MetricUnit.Bytes, 1e15)),
  (m) => (m.setFunctionName('shop-checkout'), m.captureColdStartMetric()),
];

function byPowertools() {
  for (let i = 0; i < rounds; i++) {
    for (const use of powertools) {
      const metrics = new Metrics({ namespace: 'UserMetrics/Lambda', serviceName: 'shop' });

      use(metrics);
      metrics.publishStoredMetrics();
    }
  }
}

await (library === 'powertools' ? byPowertools() : byEmbedded());
