/* setting_value.h - the value of a setting as text: is it one, and which.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_SETTING_VALUE_H
#define OV_CLI_SETTING_VALUE_H

#include "cli/settings.h"

/* E_USAGE names the setting and what was expected. `is_flag`: not of a variable or a file. */
MUST_CHECK enum status setting_value_check(const struct setting_info *info, const char *value,
                                           bool is_flag, struct err *err);
bool setting_parse_bool(const char *text, bool *out);
/* Of a type that is counted: TYPE_INT, TYPE_BYTES, TYPE_USD (millionths, -1: off), TYPE_SPAN (ms).
 */
bool setting_parse_number(int64_t *out, enum setting_type type, const char *text);

#endif
