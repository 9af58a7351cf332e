/* tally.h - what was accepted and refused, per route, and what came in by the EMF doors.
 * SPDX-License-Identifier: MIT
 *
 * Counting is one relaxed atomic addition; any thread may. */
#ifndef OV_EMULATOR_TALLY_H
#define OV_EMULATOR_TALLY_H

#include "base/buf.h"
#include "emulator/refusal.h"

#include <stddef.h>
#include <stdint.h>

struct tally;

enum tally_emf {
    TALLY_EMF_LINES,     /* lines of any kind */
    TALLY_EMF_DOCUMENTS, /* metric data came of them */
    TALLY_EMF_FAULTY,    /* documents with at least one fault, whether or not data came of them */
    TALLY_EMF_PLAIN,     /* ordinary log lines */
    TALLY_EMF_VALUES,
    TALLY_EMF_KINDS
};

struct tally *tally_new(void);
void tally_free(struct tally *tally); /* NULL is fine */

/* `row` is what route_row() says. */
void tally_request(struct tally *tally, unsigned row, enum refusal_reason refusal);
void tally_emf(struct tally *tally, enum tally_emf what, uint64_t count);
/* One AWS operation was done; `row` is its place in aws_operations. `billed` is what AWS charges
 * for where it is not the request: the metrics of a GetMetricData. */
void tally_operation(struct tally *tally, size_t row, uint64_t billed);

/* "routes":[{"route":"POST /metrics/web-vitals","accepted":12,"refused":{"rate":3}}],
 * "operations":[{"service":"monitoring","operation":"GetMetricData","calls":2,"billed":14}],
 * "emf":{"lines":...}: members for an object that the caller opens and closes. */
void tally_print(struct buf *b, const struct tally *tally);

#endif
