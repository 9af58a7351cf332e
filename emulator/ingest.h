/* ingest.h - log lines in: kept as they are, and the EMF among them made metric data.
 * SPDX-License-Identifier: MIT
 *
 * Every door ends here: the EMF sockets, a function's output, PutLogEvents. What CloudWatch would
 * drop without a word stays a log line, counts in AWS/Logs EMFValidationErrors or EMFParsingErrors
 * and stands in the intake with pointer, rule and fix. */
#ifndef OV_EMULATOR_INGEST_H
#define OV_EMULATOR_INGEST_H

#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/intake.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ingest {
    struct emulator *em;
    enum intake_kind kind;
    const char *peer;   /* shown in the intake; NULL: unknown */
    const char *group;  /* where the lines go ... */
    const char *stream; /* ... */
    bool by_document; /* ... unless a document names another place, as the CloudWatch agent does */
    bool emf_only;    /* a line that is not EMF is a fault: the agent drops those */
    int64_t now_ms;   /* time of ingestion */
};

struct ingest_result {
    size_t lines;
    size_t documents; /* lines that gave metric data */
    size_t faulty;    /* documents with a fault, whether or not data came of them */
    size_t plain;
    double values;
};

/* Adds lines, metric data, and AWS/Logs IncomingBytes and IncomingLogEvents to `write`. Works in
 * `arena`, keeps nothing; *out is filled. */
void ingest_log_lines(struct store_write *write, struct arena *arena, const struct ingest *in,
                      const struct log_event *events, size_t count, struct ingest_result *out);

/* A line too long to be kept: `start` is its beginning. */
void ingest_overlong(struct store_write *write, const struct ingest *in, const char *start,
                     size_t len, size_t max);

#endif
