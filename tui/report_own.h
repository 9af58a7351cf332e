/* report_own.h - what the files of report share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_REPORT_OWN_H
#define OV_TUI_REPORT_OWN_H

#include "base/buf.h"
#include "tui/view.h"

void report_print_md(struct buf *out, const struct view *view, const struct model *model);

#endif
