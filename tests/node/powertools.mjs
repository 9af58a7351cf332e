// The metrics of Powertools, apart from the other packages: loading it reads the environment.
// SPDX-License-Identifier: MIT
export { Metrics, MetricResolution, MetricUnit } from '@aws-lambda-powertools/metrics';
