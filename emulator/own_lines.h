/* own_lines.h - the lines of our own two functions, while they are still typed data.
 * SPDX-License-Identifier: MIT
 *
 * Their lines are rendered when they are read. Two things must know of them earlier: the metrics
 * AWS/Logs, which count them, and metric filters of their groups, which need them printed. */
#ifndef OV_EMULATOR_OWN_LINES_H
#define OV_EMULATOR_OWN_LINES_H

#include "domain/error_report.h"
#include "domain/web_vitals.h"
#include "emulator/exchange.h"
#include "store/store.h"

/* Counts the lines into the exchange, and adds what filters make of them to `write`. */
void own_lines_vitals(struct exchange *x, struct store_write *write,
                      const struct vitals_post *post);
void own_lines_error(struct exchange *x, struct store_write *write,
                     const struct error_report *report);

#endif
