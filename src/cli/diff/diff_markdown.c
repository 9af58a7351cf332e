/* diff_markdown.c - a diff as the comment on a pull request.
 * SPDX-License-Identifier: MIT
 *
 * Tables are those of GitHub Flavored Markdown. Whoever sends traffic chooses texts that stand
 * here, and a comment is read by people who trust it: so each of them is a code span, in which
 * nothing is a link, a mention of somebody, an issue, HTML or an image. Escaping with backslashes
 * would not do: GitHub looks for @names and #numbers in what is left when those are gone. The fence
 * of a span is longer than any run of backticks in it, and a vertical bar is escaped, which a table
 * undoes before the span is read ("Tables", GFM specification).
 *
 * A comment has a limit, beyond which it is refused as a whole. What comes first is what matters
 * most, so the rest is cut, and counted in the last sentence. */
#include "config.h"

#include "cli/diff/diff_own.h"

#include <stdio.h>
#include <string.h>

#define END_ROOM   ((size_t)4096) /* for what stands behind the rows: amounts and sentences */
#define ROWS_SHARE 3              /* a section takes at most one of so many parts of what is left */

/* --- texts ------------------------------------------------------------------------------------ */

static size_t
longest_run(const char *text)
{
    size_t longest = 0, run = 0;

    for (; *text != '\0'; text++) {
        run = *text == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void
add_code(struct buf *out, const char *text)
{
    size_t fence = longest_run(text) + 1, length = strlen(text);
    /* A span that begins and ends with a blank loses both: these are lost in the place of its own.
     */
    bool needs_blanks = length > 0 && (text[0] == '`' || text[length - 1] == '`' ||
                                       text[0] == ' ' || text[length - 1] == ' ');

    if (*text == '\0')
        return;
    for (size_t i = 0; i < fence; i++)
        buf_addc(out, '`');
    buf_adds(out, needs_blanks ? " " : "");
    for (; *text != '\0'; text++)
        buf_addf(out, "%s%c", *text == '|' ? "\\" : "", *text);
    buf_adds(out, needs_blanks ? " " : "");
    for (size_t i = 0; i < fence; i++)
        buf_addc(out, '`');
}

/* Words of ours, in which a name may stand: what means something is escaped. */
static void
add_words(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        buf_addf(out, "%s%c", strchr("\\`*_{}[]<>#|!~&@", *text) != NULL ? "\\" : "", *text);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void
add_row(struct buf *out, const struct diff_row *row)
{
    bool is_bold = row->verdict == DIFF_WORSE;

    buf_addf(out, "| %s%s%s | ", is_bold ? "**" : "", diff_verdict_name(row->verdict),
             is_bold ? "**" : "");
    add_words(out, row->change);
    buf_adds(out, " | ");
    add_code(out, row->what);
    buf_adds(out, " | ");
    add_words(out, row->before);
    buf_adds(out, " | ");
    add_words(out, row->after);
    buf_adds(out, " | ");
    add_words(out, row->note);
    if (*row->note != '\0' && *row->where != '\0')
        buf_adds(out, "<br>");
    add_code(out, row->where);
    buf_adds(out, " |\n");
}

/* The rows [from, to), all of one section, as far as they fit; how many do not. */
static size_t
add_section(struct buf *out, const struct diff *diff, size_t from, size_t to)
{
    size_t left = DIFF_COMMENT - END_ROOM > out->len ? DIFF_COMMENT - END_ROOM - out->len : 0;
    size_t end = out->len + (to == diff->count ? left : left / ROWS_SHARE);
    struct buf line;
    size_t i = from;

    buf_init(&line, 16 * DIFF_TEXT);
    buf_addf(&line,
             "\n### %s\n\n|  |  | what | A | B |  |\n| --- | --- | --- | --- | --- | --- |\n",
             diff_sections[diff->rows[from].section].title);
    for (; i < to; i++) {
        add_row(&line, &diff->rows[i]);
        if (buf_failed(&line) || out->len + line.len > end)
            break;
        buf_add(out, line.data, line.len);
        buf_clear(&line);
    }
    buf_fini(&line);
    return to - i;
}

static void
add_amounts(struct buf *out, const struct diff *diff)
{
    buf_adds(out, "\n| Amounts | A | B |  |\n| --- | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < diff->amount_count; i++) {
        const struct diff_amount *a = &diff->amounts[i];
        char before[DIFF_AMOUNT_TEXT], after[DIFF_AMOUNT_TEXT], growth[DIFF_AMOUNT_TEXT];

        diff_amount_text(before, a->before, a->quantity);
        diff_amount_text(after, a->after, a->quantity);
        diff_growth_text(growth, a);
        buf_addf(out, "| %s | %s | %s | %s |\n", a->name, before, after, growth);
    }
    buf_addc(out, '\n');
    add_words(out, diff->assumption);
    buf_addc(out, '\n');
}

void
diff_print_markdown(struct buf *out, const struct diff *diff)
{
    struct buf cut;
    size_t to;

    buf_init(&cut, END_ROOM);
    buf_adds(out, DIFF_MARK "\n## obsview diff: ");
    diff_summary_text(out, diff);
    buf_adds(out, "\n\nA is ");
    add_code(out, diff->names[0]);
    buf_adds(out, ", B is ");
    add_code(out, diff->names[1]);
    buf_adds(out, ".\n");
    for (size_t from = 0; from < diff->count; from = to) {
        const char *title = diff_sections[diff->rows[from].section].title;
        size_t left;

        for (to = from + 1; to < diff->count && diff->rows[to].section == diff->rows[from].section;
             to++)
            ;
        left = add_section(out, diff, from, to);
        if (left > 0)
            buf_addf(&cut, "%s%zu of %s", cut.len == 0 ? "" : ", ", left, title);
    }
    add_amounts(out, diff);
    if (cut.len > 0)
        buf_addf(out, "\nLeft out, since a comment has a limit: %s. `--format json` has all.\n",
                 cut.data);
    buf_fini(&cut);
}
