/* diff_own.h - between the files of a diff.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_DIFF_OWN_H
#define OV_CLI_DIFF_OWN_H

#include "cli/diff/diff.h"

struct series_key;

struct diffing {
    struct diff *out;
    const struct digest *a, *b; /* before, after */
    const struct diff_options *options;
};

/* Copies and cleans; NULLs become "". */
void diff_add(struct diffing *d, const struct diff_row *row);
/* In the diff's arena: "1 time", "3 times". */
const char *diff_times(struct diffing *d, uint64_t count);
/* Whether it means something that none of `others` things is one that `seen` out of `all` were:
 * with the same share at least three were to be expected, and by chance none comes in one case of
 * twenty ("rule of three"). */
bool diff_is_telling(uint64_t seen, uint64_t all, uint64_t others);
/* "Shop Orders {region=eu, service=cart}" */
const char *diff_series_text(struct arena *arena, const struct series_key *key);

void diff_vitals(struct diffing *d);
void diff_metrics(struct diffing *d);
void diff_alarms(struct diffing *d);
void diff_logs(struct diffing *d);

void diff_print_markdown(struct buf *out, const struct diff *diff);
/* "1,204", "24.1 kB", "$0.30", "20 min"; "?" for NaN. */
#define DIFF_AMOUNT_TEXT 64
void diff_amount_text(char text[DIFF_AMOUNT_TEXT], double amount, enum diff_quantity quantity);
/* "+31 %", "" */
void diff_growth_text(char text[DIFF_AMOUNT_TEXT], const struct diff_amount *amount);
/* "2 worse, 1 not judged, 5 changed" */
void diff_summary_text(struct buf *out, const struct diff *diff);

#endif
