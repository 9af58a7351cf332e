/* diff_print.c - a diff for a terminal and for programs; Markdown is in diff_markdown.c.
 * SPDX-License-Identifier: MIT
 *
 * Texts of a diff are fit for a terminal already. */
#include "config.h"

#include "base/json.h"
#include "cli/diff/diff_own.h"
#include "domain/money.h"
#include "tui/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROWS_SHOWN  200  /* of a section, in text */
#define TIMES_LEAST 1000 /* percent; above, times are easier to read */

void
diff_amount_text(char text[DIFF_AMOUNT_TEXT], double amount, enum diff_quantity quantity)
{
    static const struct {
        double ms;
        const char *unit;
    } units[] = { { 86400e3, "d" }, { 3600e3, "h" }, { 60e3, "min" }, { 1e3, "s" } };
    char number[MONEY_TEXT > FORMAT_TEXT ? MONEY_TEXT : FORMAT_TEXT];
    size_t u = 0;

    if (isnan(amount)) {
        snprintf(text, DIFF_AMOUNT_TEXT, "?");
    } else if (quantity == DIFF_USD) {
        money_format(number, (int64_t)amount, 2);
        snprintf(text, DIFF_AMOUNT_TEXT, "$%s", number);
    } else if (quantity == DIFF_SPAN) {
        while (u < 3 && amount < 2 * units[u].ms)
            u++;
        snprintf(text, DIFF_AMOUNT_TEXT, "%.*f %s", u == 3 ? 1 : 0, amount / units[u].ms,
                 units[u].unit);
    } else {
        format_quantity(number, amount, quantity == DIFF_BYTES ? QUANTITY_BYTES : QUANTITY_COUNT);
        snprintf(text, DIFF_AMOUNT_TEXT, "%s", number);
    }
}

void
diff_growth_text(char text[DIFF_AMOUNT_TEXT], const struct diff_amount *a)
{
    double growth;

    *text = '\0';
    if (isnan(a->before) || isnan(a->after) || !(a->before != a->after))
        return;
    growth = 100 * (a->after - a->before) / a->before;
    if (!(a->before > 0))
        snprintf(text, DIFF_AMOUNT_TEXT, "new");
    else if (growth >= TIMES_LEAST)
        snprintf(text, DIFF_AMOUNT_TEXT, "%.0f times", a->after / a->before);
    else if (growth < -99 && a->after > 0)
        snprintf(text, DIFF_AMOUNT_TEXT, "%+.2f %%", fmax(growth, -99.99)); /* not all of it */
    else
        snprintf(text, DIFF_AMOUNT_TEXT, "%+.*f %%", fabs(growth) < 10 ? 1 : 0, growth);
}

void
diff_summary_text(struct buf *out, const struct diff *diff)
{
    bool is_first = true;

    if (diff_is_empty(diff)) {
        buf_adds(out, "no difference");
        return;
    }
    for (size_t v = 0; v < DIFF_VERDICTS; v++) {
        if (diff->verdicts[v] == 0)
            continue;
        buf_addf(out, "%s%zu %s", is_first ? "" : ", ", diff->verdicts[v],
                 diff_verdict_name((enum diff_verdict)v));
        is_first = false;
    }
    if (is_first)
        buf_adds(out, "amounts alone differ");
}

/* --- text ------------------------------------------------------------------------------------- */

static void
add_row(struct buf *out, const struct diff_row *row)
{
    buf_addf(out, "  %-10s  %s: %s\n", diff_verdict_name(row->verdict), row->change, row->what);
    if (*row->before != '\0' || *row->after != '\0')
        buf_addf(out, "              %s -> %s\n", row->before, row->after);
    if (*row->note != '\0' || *row->where != '\0')
        buf_addf(out, "              %s%s%s\n", row->note,
                 *row->note == '\0' || *row->where == '\0' ? "" : "; ", row->where);
}

/* The rows of a section, the worst first; a screen is not read beyond some. */
static size_t
print_section(struct buf *out, const struct diff *diff, size_t from)
{
    const enum diff_section section = diff->rows[from].section;
    size_t to = from;

    buf_addf(out, "\n%s\n", diff_sections[section].title);
    for (; to < diff->count && diff->rows[to].section == section; to++) {
        if (to - from < ROWS_SHOWN)
            add_row(out, &diff->rows[to]);
    }
    if (to - from > ROWS_SHOWN)
        buf_addf(out, "  and %zu more; --format json has all\n", to - from - ROWS_SHOWN);
    return to;
}

static void
print_text(struct buf *out, const struct diff *diff)
{
    buf_addf(out, "A %s\nB %s\n", diff->names[0], diff->names[1]);
    diff_summary_text(out, diff);
    buf_addc(out, '\n');
    for (size_t i = 0; i < diff->count;)
        i = print_section(out, diff, i);
    buf_addf(out, "\n%-26s %14s %14s\n", "Amounts", "A", "B");
    for (size_t i = 0; i < diff->amount_count; i++) {
        const struct diff_amount *a = &diff->amounts[i];
        char before[DIFF_AMOUNT_TEXT], after[DIFF_AMOUNT_TEXT], growth[DIFF_AMOUNT_TEXT];

        diff_amount_text(before, a->before, a->quantity);
        diff_amount_text(after, a->after, a->quantity);
        diff_growth_text(growth, a);
        buf_addf(out, "  %-24s %14s %14s%s%s\n", a->name, before, after,
                 *growth == '\0' ? "" : "  ", growth);
    }
    buf_addf(out, "%s\n", diff->assumption);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void
add_member(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, ",\"%s\":", name);
    json_print_string(out, value, strlen(value));
}

static void
print_json(struct buf *out, const struct diff *diff)
{
    buf_adds(out, "{\"a\":");
    json_print_string(out, diff->names[0], strlen(diff->names[0]));
    add_member(out, "b", diff->names[1]);
    buf_adds(out, ",\"counts\":{");
    for (size_t v = 0; v < DIFF_VERDICTS; v++)
        buf_addf(out, "%s\"%s\":%zu", v == 0 ? "" : ",", diff_verdict_name((enum diff_verdict)v),
                 diff->verdicts[v]);
    buf_adds(out, "},\"rows\":[");
    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_row *row = &diff->rows[i];

        buf_addf(out, "%s\n{\"section\":\"%s\",\"verdict\":\"%s\"", i == 0 ? "" : ",",
                 diff_sections[row->section].name, diff_verdict_name(row->verdict));
        add_member(out, "change", row->change);
        add_member(out, "what", row->what);
        add_member(out, "before", row->before);
        add_member(out, "after", row->after);
        add_member(out, "note", row->note);
        add_member(out, "where", row->where);
        buf_addf(out, "%s%s}", row->details == NULL ? "" : ",",
                 row->details == NULL ? "" : row->details);
    }
    buf_adds(out, "\n],\"amounts\":{");
    for (size_t i = 0; i < diff->amount_count; i++) {
        static const char *const units[] = { [DIFF_COUNT] = "count",
                                             [DIFF_BYTES] = "bytes",
                                             [DIFF_USD] = "microusd",
                                             [DIFF_SPAN] = "ms" };
        const struct diff_amount *a = &diff->amounts[i];

        buf_addf(out, "%s\n\"%s\":{\"unit\":\"%s\",\"before\":", i == 0 ? "" : ",", a->key,
                 units[a->quantity]);
        json_print_number(out, a->before);
        buf_adds(out, ",\"after\":");
        json_print_number(out, a->after);
        buf_addc(out, '}');
    }
    buf_adds(out, "\n}");
    add_member(out, "assumption", diff->assumption);
    buf_adds(out, "}\n");
}

void
diff_print(struct buf *out, const struct diff *diff, enum diff_format format)
{
    if (format == DIFF_JSON_FORMAT)
        print_json(out, diff);
    else if (format == DIFF_MARKDOWN_FORMAT)
        diff_print_markdown(out, diff);
    else
        print_text(out, diff);
}
