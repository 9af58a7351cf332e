// Values as request times are spread, the same every time, and what must be said about them.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

// Log-normal around 180, by the inverse of a low-discrepancy sequence: no generator to agree on.
export function values(count) {
  return Array.from({ length: count }, (_, i) => {
    const u = ((i + 1) * 0.6180339887498949) % 1;
    const v = ((i + 1) * 0.7548776662466927) % 1;

    return Number((180 * Math.exp(0.6 * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v))).toFixed(3));
  });
}

export const STATS = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum', 'p50', 'p75', 'p99'];

export function expected(sample) {
  const sum = sample.reduce((total, value) => total + value, 0);

  return {
    SampleCount: sample.length,
    Sum: sum,
    Average: sum / sample.length,
    Minimum: Math.min(...sample),
    Maximum: Math.max(...sample),
    p50: percentile(sample, 0.5),
    p75: percentile(sample, 0.75),
    p99: percentile(sample, 0.99),
  };
}

// Linear interpolation between the two nearest ranks.
function percentile(sample, q) {
  const sorted = [...sample].sort((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const low = Math.floor(rank);
  const high = Math.min(low + 1, sorted.length - 1);

  return sorted[low] + (rank - low) * (sorted[high] - sorted[low]);
}

// Equal but for the last digits of a double, or within what is allowed.
export function assertNear(found, want, allowed = 1e-9 * Math.abs(want)) {
  assert.ok(Math.abs(found - want) <= allowed, `${found} is not ${want}`);
}
