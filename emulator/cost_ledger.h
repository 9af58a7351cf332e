/* cost_ledger.h - what the account has cost: the stack's bill, with what was really measured in it.
 * SPDX-License-Identifier: MIT
 *
 * The one source of Cost Explorer's, Budgets' and AWS/Billing's figures, so that they agree to the
 * last digit. All of it is simulated from the stack file (stack_bill.h) but for two lines of the
 * CloudWatch row, which are measured on every day (UTC) on which the local store has metric data of
 * its own or log lines:
 *
 *   CW:MetricMonitorUsage  the distinct series outside the AWS/ namespaces with data, counted hour
 *                          by hour; an hour of one is a 730th of a metric-month
 *   DataProcessing-Bytes   AWS/Logs IncomingBytes of all groups, in GiB
 *
 * On such a day both are what was measured, even nothing; where the stack has several lines of one
 * kind, the first carries it. Days without data keep the stack's figures. With a virtual clock the
 * rule is the same. What was measured is looked up again when something was committed since, at
 * most once a second. */
#ifndef OV_EMULATOR_COST_LEDGER_H
#define OV_EMULATOR_COST_LEDGER_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/stack_bill.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;
struct cost_ledger;

/* Remembers what was measured. */
struct cost_ledger *cost_ledger_new(void);
void cost_ledger_free(struct cost_ledger *ledger); /* NULL is fine */

/* What was measured on a day. */
struct cost_measure {
    bool is_measured;
    int64_t metric_hours, log_bytes;
};

/* The lines over some days, as of a time. Borrows the stack and the arena. */
struct cost_book {
    const struct stack *stack;
    const struct stack_bill_line *lines;
    size_t line_count;
    int64_t now_ms;
    int64_t first; /* day of measures[0] */
    const struct cost_measure *measures;
    const size_t *metric_lines, *log_lines; /* numbers of lines that a measure replaces */
    size_t metric_line_count, log_line_count;
};

/* From day `from` to before day `to`. E_NOTFOUND: there is no account (--stack off). */
MUST_CHECK enum status cost_book_open(struct cost_book *out, struct emulator *em,
                                      struct store_reader *reader, struct arena *arena,
                                      int64_t from, int64_t to, int64_t now_ms, struct err *err);
/* As stack_bill_day(), for a day of the book. */
void cost_book_day(const struct cost_book *book, int64_t day, struct stack_charge *charges);
/* All of a day, though it may not be over: what cost_book_hour() is told. */
void cost_book_whole_day(const struct cost_book *book, int64_t day, struct stack_charge *charges);
/* What of the day fell into an hour of it, 0 to 23; nothing in hours that are not over. Hours add
 * up to the day. */
void cost_book_hour(const struct cost_book *book, int64_t day, unsigned hour,
                    const struct stack_charge *of_day, struct stack_charge *charges);

/* For AWS/Billing EstimatedCharges: by how much what was measured differs, in the month up to
 * `at_ms`, from what the stack alone says of those lines. All of it is CloudWatch's. */
MUST_CHECK enum status cost_month_difference(int64_t *microusd, struct emulator *em,
                                             struct store_reader *reader, struct arena *arena,
                                             int64_t at_ms, int64_t now_ms, struct err *err);

#endif
