/* emf.h - CloudWatch Embedded Metric Format: one log line in, metric data and faults out.
 * SPDX-License-Identifier: MIT
 *
 * Format: "Specification: Embedded metric format", Amazon CloudWatch User Guide. A document is
 * dropped in the smallest unit that is wrong (metric, dimension set, directive, document), and each
 * drop is a fault that names the place, the rule and the mend: on AWS none of this is visible. */
#ifndef OV_DOMAIN_EMF_H
#define OV_DOMAIN_EMF_H

#include "base/mem.h"
#include "domain/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum emf_kind {
    EMF_PLAIN,    /* an ordinary log line; a fault tells of a document that is hidden in it */
    EMF_DOCUMENT, /* metric data came of it, faults may be there too; or it has no metrics at all */
    EMF_INVALID,  /* a rule is broken and nothing came of it: counts as EMFValidationErrors */
    EMF_MALFORMED /* meant as EMF, but not JSON or not the shape: counts as EMFParsingErrors */
};

struct emf_fault {
    const char *rule;    /* stable id, e.g. "dimension-target-missing" */
    const char *pointer; /* JSON pointer (RFC 6901) */
    const char *text;    /* what is wrong */
    const char *fix;     /* what to do */
};

struct emf_result {
    enum emf_kind kind;
    const struct metric_datum *data;
    size_t datum_count;
    const struct emf_fault *faults;
    size_t fault_count;
    const char *log_group;  /* _aws.LogGroupName, or NULL */
    const char *log_stream; /* _aws.LogStreamName, or NULL */
    int64_t time_ms;        /* _aws.Timestamp, or 0 */
    double value_count;     /* values extracted, over all metrics (not multiplied by sets) */
};

/* `line` may carry Lambda's "timestamp TAB request id TAB level TAB" prefix. `now_ms` judges the
 * time window. The result points into `arena`. Never fails: whatever the bytes are, there is a
 * verdict. */
void emf_read(struct emf_result *out, struct arena *arena, const char *line, size_t len,
              int64_t now_ms);

/* Whether a line is where a document begins that was printed over several lines, in JSON or in a
 * language's own notation. Whether these are one event, nobody can tell from lines. */
bool emf_begins_over_lines(const char *line, size_t len);

#endif
