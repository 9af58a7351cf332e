/* ledger.h - what looking at an account has cost this month, kept between and across screens.
 * SPDX-License-Identifier: MIT
 *
 * A text file in the state directory, a line for each month and account:
 * month TAB account TAB millionths of a dollar TAB requests inside the free tier. */
#ifndef OV_TUI_LEDGER_H
#define OV_TUI_LEDGER_H

#include "base/err.h"

#include <stdint.h>

struct ledger_sum {
    int64_t microusd;
    int64_t free_calls; /* requests of which a number is free each month */
};

/* Adds `more` (may be zeroes) to the sum of that month and account and tells the new sum, which
 * holds what other processes added too. Readable by the user alone; written whole or not at all.
 * E_IO names the file. */
MUST_CHECK enum status ledger_add(const char *path, const char *month, const char *account,
                                  const struct ledger_sum *more, struct ledger_sum *total,
                                  struct err *err);

#endif
