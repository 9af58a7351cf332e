/* rows.h - one row for each view; their files hold its layout.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_ROWS_H
#define OV_TUI_VIEWS_ROWS_H

#include "tui/view.h"

extern const struct view view_overview;
extern const struct view view_vitals;
extern const struct view view_errors;
extern const struct view view_analytics;
extern const struct view view_sessions;
extern const struct view view_lambda;
extern const struct view view_costs;
extern const struct view view_aurora;
extern const struct view view_logs;
extern const struct view view_alarms;
extern const struct view view_intake;
extern const struct view view_privacy;
extern const struct view view_health;
extern const struct view view_tags;

/* Without a tab: it is printed. */
extern const struct view view_review;
extern const struct view view_rehearsal;

#endif
