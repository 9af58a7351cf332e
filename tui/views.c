/* views.c - the table of views.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"
#include "tui/views/rows.h"

#include <string.h>

const struct view *const views[] = {
    &view_overview, &view_vitals, &view_errors,  &view_analytics, &view_sessions,
    &view_lambda,   &view_aurora, &view_costs,   &view_logs,      &view_alarms,
    &view_tags,     &view_intake, &view_privacy, &view_health,    NULL,
};

const struct view *
view_find(const char *name)
{
    for (size_t i = 0; views[i] != NULL; i++) {
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    }
    return NULL;
}
