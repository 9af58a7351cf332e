/* digest.h - what a store holds, as lists that can be compared: errors, vitals, series, log fields.
 * SPDX-License-Identifier: MIT
 *
 * Every list is bounded and in an order of its own, not that of arrival, so that two digests are
 * compared by walking both. What did not fit, or could not be read, is said in `gaps`: who compares
 * must not take it for what is not there. */
#ifndef OV_CLI_DIGEST_H
#define OV_CLI_DIGEST_H

#include "base/err.h"
#include "base/mem.h"
#include "cli/check/check_series.h"
#include "cli/check/error_groups.h"
#include "cli/check/vital_samples.h"
#include "domain/log_shape.h"
#include "domain/pii.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_reader;

#define DIGEST_VALUES_MAX 20000 /* of one vital and route; beyond, a sample of them */

struct digest_log {
    const char *name;
    uint64_t lines, bytes;
    struct log_shape shape;
};
/* A metric alarm and a metric that it looks at. */
struct digest_watch {
    const char *alarm;
    struct series_key key;
};
struct digest_filter {
    const char *group, *name;
    const char *pattern; /* with what names the value: "{ $.level = \"ERROR\" } $.duration" */
};
/* Pages and events of an Umami website. */
struct digest_hit {
    const char *site;
    const char *kind; /* "page", "event" */
    const char *name; /* a page's with its ids folded */
    uint64_t count;
};
struct digest_finding {
    const char *kind;  /* "email" */
    const char *place; /* where it stood: source, message, field, element */
    enum pii_severity severity;
    uint64_t count;
};

struct digest {
    struct arena *arena, *scratch;
    const char *name; /* as it was given */
    bool is_fixture;

    struct error_groups errors;
    struct vital_samples vitals;
    struct check_series series;
    struct digest_log *logs; /* by name */
    struct digest_watch *watches;
    struct digest_filter *filters;   /* by group and name */
    struct digest_hit *hits;         /* by site, kind and name */
    struct digest_finding *findings; /* by kind and place */
    size_t log_count, watch_count, filter_count, hit_count, finding_count;
    size_t log_room, watch_room, filter_room, hit_room, finding_room;
    struct table hit_index, finding_index; /* of numbers */

    uint64_t lines, bytes;         /* of all logs but our own */
    uint64_t emf_lines, emf_bytes; /* among them */
    size_t alarms;
    int64_t views, visits, visitors;
    uint64_t requests, refused; /* of a fixture */
    int64_t first_ms, last_ms;  /* when lines and hits came in; both 0: none did */

    const char **gaps; /* "12 lines of the fixture are broken and were left out" */
    size_t gap_count, gap_room;
};

void digest_init(struct digest *d, const char *name);
void digest_fini(struct digest *d);
void digest_add_gap(struct digest *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* That something came in at this time: what is said about a time before it does not count. */
void digest_saw(struct digest *d, int64_t time_ms);

/* A log to add lines to; lines of one log come together, logs by their names. */
struct digest_log *digest_add_log(struct digest *d, const char *name);
/* A line that came in then; it need not end in a NUL. */
void digest_take_line(struct digest *d, struct digest_log *log, int64_t ingested_ms,
                      const char *line, size_t length);
void digest_add_hit(struct digest *d, const struct digest_hit *hit);
void digest_add_finding(struct digest *d, const struct digest_finding *finding);
/* What an alarm's definition says it looks at; the object that DescribeAlarms shows. */
void digest_add_alarm(struct digest *d, const char *name, const char *definition);
/* As the store keeps it: {"filterPattern":"...","metricTransformations":[...]}. */
void digest_add_filter(struct digest *d, const char *group, const char *name,
                       const char *definition);
/* Puts all in order; nothing may be added from then on. */
void digest_end(struct digest *d);

/* All that the store holds, from the first line to the last. Does not digest_end(). */
MUST_CHECK enum status digest_read_store(struct digest *d, struct store_reader *reader,
                                         struct err *err);

#endif
