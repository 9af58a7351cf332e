/* cmd_diff.c - what a change did to the telemetry: two recordings, or two stores, side by side.
 * SPDX-License-Identifier: MIT
 *
 * One side is read and let go of before the other one is begun, so that memory holds one store and
 * two digests. */
#include "config.h"

#include "cli/command.h"
#include "cli/diff/diff.h"
#include "cli/diff/digest_file.h"
#include "cli/watching.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_MAX ((size_t)256 << 20)

/* For people on a terminal, else what `gh pr comment --body-file -` takes. */
static enum status
read_format(enum diff_format *out, const struct settings *s, struct err *err)
{
    const char *name = settings_text(s, SET_FORMAT);

    if (strcmp(settings_origin(s, SET_FORMAT), "default") == 0)
        *out = isatty(STDOUT_FILENO) != 0 ? DIFF_TEXT_FORMAT : DIFF_MARKDOWN_FORMAT;
    else if (strcmp(name, "text") == 0)
        *out = DIFF_TEXT_FORMAT;
    else if (strcmp(name, "json") == 0)
        *out = DIFF_JSON_FORMAT;
    else if (strcmp(name, "md") == 0)
        *out = DIFF_MARKDOWN_FORMAT;
    else
        return err_set(err, E_USAGE, "--format %s: expected text, json or md for diff", name);
    return OK;
}

/* Whatever a variable or the file say of --db, fixtures are played in memory. */
static enum status
play_in_memory(struct settings *s, struct err *err)
{
    bool took;

    return settings_set_flag(s, "db", ":memory:", &took, err);
}

static enum status
show(const struct diff *diff, enum diff_format format, struct err *err)
{
    enum status st = OK;
    struct buf b;

    buf_init(&b, SHOWN_MAX);
    diff_print(&b, diff, format);
    if (buf_failed(&b))
        st = err_set(err, E_LIMIT, "the answer has more than %zu bytes", SHOWN_MAX);
    else if (fwrite(b.data, 1, b.len, stdout) != b.len || fflush(stdout) != 0)
        st = err_errno(err, errno, "cannot write the answer");
    buf_fini(&b);
    return st;
}

/* As `obsview check`: what was found counts more than what could not be judged. */
static int
exit_code(const struct diff *diff)
{
    if (diff->verdicts[DIFF_WORSE] > 0)
        return EXIT_FINDING;
    return diff->verdicts[DIFF_UNKNOWN] > 0 ? EXIT_UNREACHABLE : EXIT_OK;
}

static enum status
compare(const struct invocation *inv, enum diff_format format, int *code, struct err *err)
{
    struct price_list prices;
    struct diff_options options = { .prices = &prices };
    const int64_t least = settings_int(inv->settings, SET_LEAST);
    struct digest *sides[2] = { NULL, NULL };
    struct diff diff;
    enum status st = watching_prices(&prices, inv->settings, err);

    options.least = least < 2 ? 2 : (size_t)least;
    for (size_t i = 0; st == OK && i < 2; i++)
        st = digest_open(&sides[i], inv->settings, inv->arguments[i], err);
    if (st == OK) {
        diff_make(&diff, sides[0], sides[1], &options);
        *code = exit_code(&diff);
        st = show(&diff, format, err);
        diff_fini(&diff);
    }
    digest_free(sides[1]);
    digest_free(sides[0]);
    return st;
}

int
cmd_diff(struct invocation *inv)
{
    struct err err = { .code = OK };
    enum diff_format format = DIFF_TEXT_FORMAT;
    enum status st = read_format(&format, inv->settings, &err);
    int code = EXIT_OK;

    if (st == OK && inv->argument_count != 2)
        st = err_set(&err, E_USAGE, "expected obsview diff A B, each " DIGEST_EXPECTED);
    if (st == OK)
        st = play_in_memory(inv->settings, &err);
    if (st == OK)
        st = compare(inv, format, &code, &err);
    return st == OK ? code : command_fail(&err);
}
