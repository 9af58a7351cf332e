/* check_errors.c - errors that a baseline does not have.
 * SPDX-License-Identifier: MIT
 *
 * What they are and how they are told apart: error_groups.h. */
#include "config.h"

#include "cli/check/check_stream.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/check/error_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE      "errors"
#define RULE_NEW  RULE ".new"
#define SAVED_MAX ((size_t)64 << 20)
/* Terms of CloudWatch, any of which will do: levels, names of the member that has the error, and
 * how a call ends that has no time to tell one. */
#define PATTERN                                                     \
    "?error ?err ?errorType ?ERROR ?Error ?timeout ?\"timed out\" " \
    "?fatal ?FATAL ?Fatal ?critical ?CRITICAL ?Critical "           \
    "?\"\\\"level\\\":50\" ?\"\\\"level\\\":60\" "                  \
    "?\"\\\"level\\\": 50\" ?\"\\\"level\\\": 60\""

struct judging {
    struct error_groups now, before;
    const char *baseline, *save;
};

static void
take_errors(void *state, const struct check_item *item)
{
    error_groups_take(&((struct judging *)state)->now, item);
}

static void
take_baseline(void *state, const struct check_item *item)
{
    error_groups_take(state, item);
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool
has(const struct error_groups *groups, const char *id)
{
    return error_groups_find(groups, id) != NULL;
}

static void
judge_group(struct findings *found, const struct judging *j, const struct error_group *g)
{
    bool is_known = has(&j->before, g->id);
    char subject[512], evidence[1024];

    snprintf(subject, sizeof subject, "%.4s %s%s%s", g->id, g->type,
             *g->type == '\0' || *g->message == '\0' ? "" : ": ", g->message);
    snprintf(evidence, sizeof evidence, "%s, %zu time%s, first at %s%s%s",
             is_known ? "known" : "not in the baseline", g->count, text_s(g->count), g->first,
             *g->frame == '\0' ? "" : ", thrown in ", g->frame);
    findings_put(found, &(struct finding){ .level = is_known ? FINDING_OK : FINDING_FAIL,
                                           .rule = RULE_NEW,
                                           .subject = subject,
                                           .evidence = evidence,
                                           .expected = "no error that the baseline does not have",
                                           .where = g->first,
                                           .fix = is_known ? NULL
                                                           : "mend it, or save a new baseline with "
                                                             "--save" });
}

static void
tell_unread(struct findings *found, const struct judging *j)
{
    if (j->now.unread > 0)
        findings_add(found, FINDING_UNKNOWN, RULE, "check contract tells what is wrong with them",
                     "cannot judge all: %zu report%s of errors cannot be read", j->now.unread,
                     text_s(j->now.unread));
}

static void
judge(struct findings *found, const struct judging *j)
{
    size_t gone = 0;

    for (size_t i = 0; i < j->now.count; i++)
        judge_group(found, j, &j->now.list[i]);
    for (size_t i = 0; i < j->before.count; i++)
        gone += !has(&j->now, j->before.list[i].id);
    tell_unread(found, j);
    if (j->now.items == 0)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL, "not enough data: nothing was read");
    else if (j->now.judged == 0)
        findings_add(found, FINDING_UNKNOWN, RULE, "log JSON, as check logs asks for",
                     "not enough data: none of %zu line%s is structured", j->now.items,
                     text_s(j->now.items));
    else if (j->now.count == 0)
        findings_add(found, FINDING_OK, RULE, NULL, "no error in %zu %s", j->now.items,
                     j->now.items == 1 ? "body or line" : "bodies and lines");
    if (j->before.items == 0)
        findings_put(found, &(struct finding){ .level = FINDING_UNKNOWN,
                                               .rule = RULE ".baseline",
                                               .subject = j->baseline,
                                               .evidence = "not enough data: it is empty" });
    if (gone > 0)
        findings_note(found, "of the baseline's %zu group%s, %zu did not come again",
                      j->before.count, text_s(j->before.count), gone);
    if (j->now.dropped + j->before.dropped > 0)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge all: there are more than %d groups", ERROR_GROUPS_MAX);
}

static void
print_member(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "\"%s\":", name);
    json_print_string(b, value, strlen(value));
}

static enum status
save(const struct judging *j, struct err *err)
{
    struct buf b;
    enum status st;

    buf_init(&b, SAVED_MAX);
    buf_adds(&b, "{\"" ERROR_GROUPS_MARK "\":1,\"groups\":[");
    for (size_t i = 0; i < j->now.count; i++) {
        const struct error_group *g = &j->now.list[i];

        buf_addf(&b, "%s\n{", i == 0 ? "" : ",");
        print_member(&b, "id", g->id);
        buf_addc(&b, ',');
        print_member(&b, "type", g->type);
        buf_addc(&b, ',');
        print_member(&b, "message", g->message);
        buf_addc(&b, ',');
        print_member(&b, "frame", g->frame);
        buf_addf(&b, ",\"count\":%zu}", g->count);
    }
    buf_adds(&b, "\n]}\n");
    st = check_save(j->save, &b, err);
    buf_fini(&b);
    return st;
}

static void *
open_errors(const struct check_run *run, struct err *err)
{
    struct check_run files = *run;
    struct judging *j;

    if (settings_text(run->settings, SET_BASELINE) == NULL &&
        settings_text(run->settings, SET_SAVE) == NULL) {
        err_set(err, E_USAGE,
                "check errors compares with --baseline FILE, which --save FILE writes");
        return NULL;
    }
    j = xcalloc(1, sizeof *j);
    j->baseline = settings_text(run->settings, SET_BASELINE);
    j->save = settings_text(run->settings, SET_SAVE);
    error_groups_init(&j->now);
    error_groups_init(&j->before);
    files.is_of_files = true;
    if (j->baseline != NULL)
        check_files_read(&files, RULE ".baseline", &j->baseline, 1, take_baseline, &j->before);
    return j;
}

static enum status
close_errors(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;
    enum status st = OK;

    if (j->baseline != NULL)
        judge(run->found, j);
    else if (j->now.items == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: nothing to save to %s", j->save);
    else
        findings_add(run->found, FINDING_OK, RULE, NULL, "%zu group%s of %zu error%s saved to %s",
                     j->now.count, text_s(j->now.count), j->now.errors, text_s(j->now.errors),
                     j->save);
    if (j->save != NULL && j->now.items > 0)
        st = save(j, err);
    error_groups_fini(&j->before);
    error_groups_fini(&j->now);
    free(j);
    return st;
}

const struct check_stream check_errors = { .live = CHECK_LIVE_REPORTED,
                                           .pattern = PATTERN,
                                           .open = open_errors,
                                           .take = take_errors,
                                           .close = close_errors };
