/* lambda_line.h - the lines the Lambda runtime itself writes, read and written.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_LAMBDA_LINE_H
#define OV_DOMAIN_LAMBDA_LINE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lambda_line_kind {
    LAMBDA_LINE_OTHER, /* what the function printed */
    LAMBDA_LINE_INIT,
    LAMBDA_LINE_START,
    LAMBDA_LINE_END,
    LAMBDA_LINE_REPORT
};

/* What a runtime puts in front of what the function logged. */
enum lambda_prefix {
    LAMBDA_PREFIX_NONE,
    LAMBDA_PREFIX_NODE,  /* console.log */
    LAMBDA_PREFIX_PYTHON /* logging */
};

struct lambda_line {
    enum lambda_line_kind kind;
    enum lambda_prefix prefix;
    char request_id[64]; /* START, END, REPORT, and lines with the runtime's prefix; else "" */
    const char *message; /* into the line: behind the prefix, else the whole line */
    size_t message_len;
    int64_t time_ms; /* from the prefix; 0 when it has none */
    char level[9];   /* from the prefix, "CRITICAL" is the longest; "" when it has none */
    /* REPORT only; NaN when absent */
    double duration_ms, billed_ms, memory_mb, used_mb, init_ms;
    bool timed_out; /* REPORT with "Status: timeout", or "Task timed out after" */
    bool failed;    /* REPORT with "Status: error" or an "Error Type" */
};

/* Reads the text format and the JSON format's platform events (platform.start, platform.report,
 * ...). */
void lambda_line_read(struct lambda_line *out, const char *line, size_t len);

/* Of a line that was read: the platform or the runtime wrote it, and no logger can give it a shape
 * (START and its kin, extensions, X-Ray, the end of a process, an error that nobody caught). */
bool lambda_line_is_the_runtimes(const struct lambda_line *line);

/* "START RequestId: ... Version: $LATEST" and its companions, as the text format writes them. */
void lambda_line_print_start(struct buf *b, const char *request_id);
void lambda_line_print_end(struct buf *b, const char *request_id);
void lambda_line_print_report(struct buf *b, const char *request_id, double duration_ms);
/* How long the three are together. */
size_t lambda_line_frame_bytes(uint32_t duration_us);

#endif
