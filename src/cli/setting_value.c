/* setting_value.c - the types of settings, and how their values are written.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/setting_value.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool
setting_parse_bool(const char *text, bool *out)
{
    static const char *const words[][2] = {
        { "off", "on" }, { "no", "yes" }, { "false", "true" }, { "0", "1" }
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int v = 0; v < 2; v++) {
            if (strcmp(text, words[i][v]) == 0) {
                *out = v == 1;
                return true;
            }
        }
    }
    return false;
}

/* "10" */
static bool
parse_count(const char *text, int64_t *out)
{
    return text_parse_int(out, text) && *out >= 0;
}

/* "1048576", "64MiB", "1GiB" */
static bool
parse_bytes(const char *text, int64_t *out)
{
    static const struct {
        const char *suffix;
        int64_t factor;
    } units[] = { { "GiB", (int64_t)1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "", 1 } };
    char digits[24];

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t len = strlen(text), tail = strlen(units[i].suffix);

        if (len <= tail || len - tail >= sizeof digits ||
            strcmp(text + len - tail, units[i].suffix) != 0)
            continue;
        memcpy(digits, text, len - tail);
        digits[len - tail] = '\0';
        if (!text_parse_int(out, digits) || *out <= 0 || *out > INT64_MAX / units[i].factor)
            return false;
        *out *= units[i].factor;
        return true;
    }
    return false;
}

/* "3", "2.50", "off" */
static bool
parse_usd(const char *text, int64_t *out)
{
    double usd;

    *out = -1;
    if (strcmp(text, "off") == 0)
        return true;
    if (!text_parse_double(&usd, text) || !(usd >= 0 && usd <= 1e6))
        return false;
    *out = (int64_t)(usd * 1e6 + 0.5);
    return true;
}

/* "500ms", "10s", "2m", an hour at most. */
static bool
parse_wait(const char *text, int64_t *out_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
    size_t digits = strspn(text, "0123456789");
    char number[16];

    if (digits == 0 || digits >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].unit) != 0 || !text_parse_int(out_ms, number) ||
            *out_ms > 3600000 / units[i].ms)
            continue;
        *out_ms *= units[i].ms;
        return true;
    }
    return false;
}

static const struct {
    bool (*parse)(const char *text, int64_t *out); /* NULL: it is no number */
    const char *expected;
} types[] = {
    [TYPE_TEXT] = { NULL, NULL },
    [TYPE_BOOL] = { NULL, "on or off" },
    [TYPE_INT] = { parse_count, "a whole number" },
    [TYPE_BYTES] = { parse_bytes, "a size such as 64MiB or 1GiB" },
    [TYPE_LIST] = { NULL, NULL },
    [TYPE_CHOICE] = { NULL, NULL },
    [TYPE_USD] = { parse_usd, "dollars such as 2.50, or off" },
    [TYPE_PAIRS] = { NULL, "NAME=VALUE" },
    [TYPE_TEXTS] = { NULL, NULL },
    [TYPE_SPAN] = { parse_wait, "a span such as 500ms, 10s or 2m" },
};

bool
setting_parse_number(int64_t *out, enum setting_type type, const char *text)
{
    return types[type].parse != NULL && types[type].parse(text, out);
}

static enum status
check_choice(const struct setting_info *info, const char *value, struct err *err)
{
    char known[160] = "";

    for (const char *const *c = info->choices; *c != NULL; c++) {
        if (strcmp(*c, value) == 0)
            return OK;
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
                 known[0] == '\0' ? "" : ", ", *c);
    }
    return err_set(err, E_USAGE, "%s: expected one of %s, got \"%s\"", info->key, known, value);
}

/* A flag gives one pair, whose value may have lines; a variable or a file one a line. */
static bool
are_pairs(const char *value, bool is_flag)
{
    do {
        size_t length = is_flag ? strlen(value) : strcspn(value, "\n");

        if (length > 0 && (value[0] == '=' || memchr(value, '=', length) == NULL))
            return false;
        value += length;
    } while (*value++ != '\0');
    return true;
}

enum status
setting_value_check(const struct setting_info *info, const char *value, bool is_flag,
                    struct err *err)
{
    bool is_well = true, ignored;
    int64_t number;

    if (info->type == TYPE_CHOICE)
        return check_choice(info, value, err);
    if (types[info->type].parse != NULL)
        is_well = types[info->type].parse(value, &number);
    else if (info->type == TYPE_BOOL)
        is_well = setting_parse_bool(value, &ignored);
    else if (info->type == TYPE_PAIRS)
        is_well = are_pairs(value, is_flag);
    if (is_well)
        return OK;
    return err_set(err, E_USAGE, "%s: expected %s, got \"%s\"", info->key,
                   types[info->type].expected, value);
}
