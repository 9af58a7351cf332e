/* aws_call.h - what a handler of an AWS operation is given, and the words they share.
 * SPDX-License-Identifier: MIT
 *
 * A handler sees values: the input through awsvalue.h, the answer as a cJSON object. It does not
 * know which protocol carried them, nor that HTTP was involved, except for the few operations whose
 * contract has a header. */
#ifndef OV_EMULATOR_AWS_CALL_H
#define OV_EMULATOR_AWS_CALL_H

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"
#include "wire/awsvalue.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#define AWS_ACCOUNT "000000000000" /* nobody's: what ARNs carry */

struct emulator;
struct exchange_stream;

#define AWS_BYTES_HEADERS 12

/* An answer that is no value: an object's bytes, or none. */
struct aws_bytes {
    unsigned status;
    const char *type;  /* NULL: no body */
    const char *bytes; /* in the call's arena; NULL: a HEAD is told of them */
    uint64_t length;
    struct {
        const char *name, *value; /* likewise */
    } headers[AWS_BYTES_HEADERS];
    size_t header_count;
};

struct aws_call {
    struct emulator *em;
    struct awsvalue in;
    struct wire_error *error;
    struct arena *arena; /* lives as long as the exchange */
    struct store *store;
    struct store_reader *reader;
    int64_t now_ms;
    const char *request_id;
    const char *region;
    const char *access_key;
    const char *logs_format; /* the x-amzn-logs-format header, or NULL */
    bool is_beside;          /* see exchange_is_beside(): ids do not come from clock_uuid() */

    cJSON *out;                           /* NULL: an operation without output */
    const struct aws_bytes *bytes;        /* when set, the answer, in place of `out` */
    const struct exchange_stream *stream; /* when set, the answer, in place of `out` */
    void *stream_state;
    struct store_write *write; /* when set, the answer goes out after its commit */
    uint64_t billed;           /* see tally_operation() */
    bool has_fault;            /* something in it production would refuse or drop */
    char note[96];             /* for the Intake view, e.g. "3 data"; may stay empty */
};

/* Refuses every member that is not in `known` (which ends with NULL) by its name: what is not
 * supported is never ignored. */
MUST_CHECK enum status aws_only(const struct awsvalue *in, const char *const *known);
/* A list of at most `max` items, refused in CloudWatch's words when longer. */
MUST_CHECK enum status aws_list(const struct awsvalue *in, const char *key, enum awsvalue_need need,
                                size_t max, struct awslist *out);
/* The store failed: turns its error into the answer's. */
enum status aws_store_failed(struct aws_call *call, const struct err *err);

#endif
