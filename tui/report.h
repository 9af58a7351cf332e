/* report.h - a model printed: as text, as JSON, as CSV, as Markdown.
 * SPDX-License-Identifier: MIT
 *
 * The same rows the screen draws, without a screen. Text is for people and looks like the panels;
 * JSON holds every number unrounded (but differences, which are calculated here), with its unit,
 * source and age; CSV holds the tables, one after the other, an empty line between, with numbers of
 * twelve significant digits, which is more than anything here is measured with; Markdown holds
 * facts and tables for a ticket or a review. Foreign text can do nothing to a terminal in any of
 * them. */
#ifndef OV_TUI_REPORT_H
#define OV_TUI_REPORT_H

#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/view.h"

#include <stdbool.h>

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_CSV, REPORT_MD, REPORT_FORMATS };

bool report_format_parse(enum report_format *out,
                         const char *name); /* "text", "json", "csv", "md" */
/* `glyphs` are for text only. */
void report_print(struct buf *out, enum report_format format, const struct view *view,
                  const struct model *model, const struct glyphs *glyphs);

#endif
