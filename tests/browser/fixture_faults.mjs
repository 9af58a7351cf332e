// Faults to plant into a recording of the sample app: one each, as small as it can be, and what must be said of it.
// SPDX-License-Identifier: MIT
//
// plant(events) changes the events of a fixture (the first is its header) and gives the index of the one, or ones, at
// fault; tells(place, ...) is given where they stand, "FILE:LINE", and gives by check which rules find what: the rule,
// and a text that its subject or evidence must have.
import { appended, message, text, uint } from './openreplay_batch.mjs';

// Good up to the first, poor past the second (web.dev, 2024).
const THRESHOLDS = { LCP: [2500, 4000], FCP: [1800, 3000], TTFB: [800, 1800], INP: [200, 500], CLS: [0.1, 0.25] };
const DIRECTIVE = '/_aws/CloudWatchMetrics/0';
const SET_INPUT_VALUE = 18;

export const FAULTS = [
  {
    name: 'a unit that CloudWatch does not know, so that it would drop the metric',
    plant: (events) => changeDocument(events, ({ Metrics }) => (Metrics.find(({ Name }) => Name === 'Duration').Unit = 'ms')),
    tells: (place) => ({ emf: [['emf.unit-unknown', `${place} ${DIRECTIVE}/Metrics/`]] }),
  },
  {
    name: 'a metric that lost a dimension',
    plant: (events) => changeDocument(events, (directive, document) => delete document.functionName),
    tells: (place) => ({ emf: [['emf.dimension-target-missing', `${place} ${DIRECTIVE}/Dimensions/1/0`]] }),
  },
  {
    name: 'a document that a logger put a prefix before',
    plant: (events) => changeLine(events, isDocument, (line) => `[INFO] ${line}`),
    tells: (place) => ({ emf: [['emf.document-behind-text', place]], logs: [['logs.plain', place]] }),
  },
  {
    name: 'a metric whose name is in another style',
    plant: (events) =>
      changeDocument(
        events,
        ({ Metrics }, document) => {
          Metrics.find(({ Name }) => Name === 'Candidates').Name = 'candidate_count';
          document.candidate_count = document.Candidates;
        },
        'Candidates',
      ),
    tells: (place) => ({ naming: [['naming.metric-case', 'candidate_count']] }),
  },
  {
    name: 'request ids as a dimension',
    plant: (events) => {
      const some = indexes(events, isDocument).slice(0, 6);

      for (const index of some) {
        changeAt(events, index, (document) => {
          const [{ Namespace }] = document._aws.CloudWatchMetrics;

          document._aws.CloudWatchMetrics.push({ Namespace, Dimensions: [['requestId']], Metrics: [{ Name: 'Invocations' }] });
        });
      }
      return some;
    },
    tells: () => ({ cardinality: [['cardinality.ids', 'requestId']] }),
  },
  {
    name: 'log lines without the id of their request',
    plant: (events) => changeStructured(events, (line) => delete line.requestId),
    tells: (place) => ({ logs: [['logs.request-missing', place]] }),
  },
  {
    name: "a customer's telephone number in a log line",
    plant: (events) => changeStructured(events, (line) => (line.context = { callback: '(212) 555-0187' })),
    tells: (place) => ({ logs: [['logs.pii.phone', place]], pii: [['pii.phone', `${place}.context.callback`]] }),
  },
  {
    name: 'an e-mail address that somebody typed, recorded in clear',
    plant: (events) => {
      const index = events.findIndex(({ request }) => request?.path.startsWith('/ingest/v1/web/i'));
      const { body } = events[index].request;

      body.base64 = appended(body.base64, message(SET_INPUT_VALUE, uint(77), text('w.quintrell@mail.test'), uint(0)));
      return index;
    },
    tells: () => ({ pii: [['pii.email', 'SetInputValue.value']] }),
  },
  {
    name: 'a route that is slower than it was',
    plant: (events) => slowDown(events, 'LCP', '/products/123'),
    tells: () => ({ vitals: [['vitals.regression', 'LCP /products/:id']] }),
  },
  {
    name: 'a rating that is not that of its value',
    plant: (events) => {
      const [index] = indexes(events, isVitals);
      const [metric] = bodyOf(events[index]).metrics;

      return change(events, index, (body) => (body.metrics[0].rating = metric.rating === 'poor' ? 'good' : 'poor'));
    },
    tells: (place) => ({ contract: [['contract.rating', `${place} POST /metrics/web-vitals metrics[].rating`]] }),
  },
  {
    name: 'an event whose name is longer than Umami keeps',
    plant: (events) => {
      const index = events.findIndex((event) => event.request?.path === '/api/send' && bodyOf(event).payload.name === 'order');

      return change(events, index, (body) => (body.payload.name = 'order '.repeat(9)));
    },
    tells: (place) => ({ contract: [['contract.schema', `${place} POST /api/send`]] }),
  },
  {
    name: 'an error that nobody has seen before',
    plant: (events) => {
      const index = events.findLastIndex(({ request }) => request?.path === '/errors/report');
      const again = structuredClone(events[index]);

      events.splice(index + 1, 0, again);
      return change(events, index + 1, ({ error }) => {
        Object.assign(error, { type: 'CurrencyError', message: 'no rate for this currency', stack: 'CurrencyError: no rate for this currency' });
      });
    },
    tells: (place) => ({ errors: [['errors.new', `first at ${place}`]] }),
  },
];

// Vitals of routes whose p75 is beyond what is good, as "NAME ROUTE".
export function slowVitals(events) {
  const samples = new Map();

  for (const { name, value, url } of events.filter(isVitals).flatMap((event) => bodyOf(event).metrics)) {
    const subject = `${name} ${new URL(url).pathname.replace(/\d+/, ':id')}`;

    samples.set(subject, [...(samples.get(subject) ?? []), value]);
  }
  return [...samples].filter(([subject, values]) => quantile(values, 0.75) > THRESHOLDS[subject.split(' ')[0]][0]).map(([subject]) => subject);
}

// Between the two nearest ranks.
function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)];

  return below + (rank - Math.floor(rank)) * (sorted[Math.ceil(rank)] - below);
}

// All values of a vital on a page become a little more than the largest there was.
function slowDown(events, name, path) {
  const bodies = indexes(events, isVitals);
  const isOne = (metric) => metric.name === name && new URL(metric.url).pathname === path;
  const most = Math.max(...bodies.flatMap((index) => bodyOf(events[index]).metrics.filter(isOne)).map(({ value }) => value));

  for (const index of bodies) {
    change(events, index, ({ metrics }) => {
      for (const metric of metrics.filter(isOne)) {
        metric.value = 1.1 * most + metric.value / 10;
        metric.rating = rate(name, metric.value);
      }
    });
  }
  return bodies;
}

function rate(name, value) {
  const [good, poor] = THRESHOLDS[name];

  return value <= good ? 'good' : value > poor ? 'poor' : 'needs-improvement';
}

/* --- events ------------------------------------------------------------------------------------------------------- */

function indexes(events, isOne) {
  return events.flatMap((event, index) => (isOne(event) ? [index] : []));
}

function isVitals({ request }) {
  return request?.path === '/metrics/web-vitals';
}

function isDocument({ line }) {
  return typeof line === 'string' && line.startsWith('{') && line.includes('"CloudWatchMetrics"');
}

function isStructured({ line }) {
  return typeof line === 'string' && line.startsWith('{') && line.includes('"level":"INFO"');
}

// A body as the player sends it: JSON, also when its form made it a string.
function bodyOf({ request: { body } }) {
  return typeof body === 'string' ? JSON.parse(body) : body;
}

function change(events, index, edit) {
  const body = bodyOf(events[index]);

  edit(body);
  events[index].request.body = body;
  return index;
}

function changeLine(events, isOne, edit) {
  const index = events.findIndex(isOne);

  events[index].line = edit(events[index].line);
  return index;
}

function changeAt(events, index, edit) {
  const json = JSON.parse(events[index].line);

  edit(json);
  events[index].line = JSON.stringify(json);
  return index;
}

function changeStructured(events, edit) {
  return changeAt(events, events.findIndex(isStructured), edit);
}

function changeDocument(events, edit, has = 'Duration') {
  const index = events.findIndex((event) => isDocument(event) && event.line.includes(`"${has}"`));

  return changeAt(events, index, (document) => edit(document._aws.CloudWatchMetrics[0], document));
}
