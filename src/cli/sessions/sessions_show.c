/* sessions_show.c - one session, line by line.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/sessions/sessions_own.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/iso8601.h"
#include "base/text.h"
#include "tui/format.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

/* Standard output, or a pager in front of it; close_output() in any case. */
static FILE *
open_output(pid_t *pager)
{
    const char *program = getenv("PAGER");
    int ends[2];

    *pager = 0;
    if (isatty(STDOUT_FILENO) == 0 || (program != NULL && *program == '\0') || pipe(ends) != 0)
        return stdout;
    *pager = fork();
    if (*pager == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", program == NULL ? "less" : program, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    if (*pager > 0) {
        signal(SIGPIPE, SIG_IGN); /* who leaves the pager early has seen enough */
        return fdopen(ends[1], "w");
    }
    close(ends[1]);
    *pager = 0;
    return stdout;
}

static void
close_output(FILE *to, pid_t pager)
{
    int status;

    if (to == stdout)
        return;
    fclose(to);
    while (waitpid(pager, &status, 0) < 0 && errno == EINTR)
        continue;
}

static void
put_clean(FILE *to, const char *text)
{
    struct buf clean;

    buf_init(&clean, OUTPUT_MAX);
    text_clean(&clean, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    fwrite(clean.data, 1, clean.len, to);
    buf_fini(&clean);
}

static void
print_story(const struct session_told *t, uint64_t session, const struct openreplay_line *lines,
            size_t count, FILE *to)
{
    static const char marks[] = { ' ', '!', 'X' };
    struct openreplay_summary sum;
    char text[ISO8601_TEXT], device[RECORDING_DEVICE_TEXT] = "";

    openreplay_story_summary(t->story, &sum);
    if (t->has_head)
        recording_device(device, t->head.user_agent);
    iso8601_format_s(t->has_head ? t->head.start_ms : sum.first_ms, text);
    fprintf(to, "session %" PRIu64 "  %s  %s\n", session, text, device);
    fprintf(to, "%u page%s, %u click%s, %u error%s, %u failed request%s, %u issue%s, %u tab%s\n",
            sum.pages, text_s(sum.pages), sum.clicks, text_s(sum.clicks), sum.errors,
            text_s(sum.errors), sum.failed_requests, text_s(sum.failed_requests), sum.issues,
            text_s(sum.issues), sum.tabs, text_s(sum.tabs));
    if (sum.faults > 0)
        fprintf(to, "%u bod%s could not be read to %s end\n", sum.faults,
                sum.faults == 1 ? "y" : "ies", sum.faults == 1 ? "its" : "their");
    if (!sum.has_analytics)
        fprintf(to, "errors, vitals, events and inputs are not in these files\n");
    fputc('\n', to);
    for (size_t i = 0; i < count; i++) {
        int64_t off = lines[i].time_ms - sum.first_ms;

        fprintf(to, "%3" PRId64 ":%02d.%03d %c %-10s ", off / 60000, (int)(off / 1000 % 60),
                (int)(off % 1000), marks[lines[i].severity], openreplay_kind_name(lines[i].kind));
        put_clean(to, lines[i].text);
        if (lines[i].repeated > 1)
            fprintf(to, " (%u times)", lines[i].repeated);
        fputc('\n', to);
    }
}

static cJSON *
line_json(const struct openreplay_line *line)
{
    static const char *const severities[] = { "info", "warning", "failure" };
    cJSON *out = cJSON_CreateObject();
    char text[ISO8601_TEXT];

    iso8601_format_ms(line->time_ms, text);
    cJSON_AddStringToObject(out, "time", text);
    cJSON_AddStringToObject(out, "kind", openreplay_kind_name(line->kind));
    cJSON_AddStringToObject(out, "severity", severities[line->severity]);
    cJSON_AddStringToObject(out, "text", line->text == NULL ? "" : line->text);
    cJSON_AddStringToObject(out, "tab", line->tab == NULL ? "" : line->tab);
    cJSON_AddStringToObject(out, "page", line->page == NULL ? "" : line->page);
    if (line->element != NULL)
        cJSON_AddStringToObject(out, "element", line->element);
    if (line->status != 0)
        cJSON_AddNumberToObject(out, "status", line->status);
    cJSON_AddNumberToObject(out, "repeated", line->repeated);
    return out;
}

static void
print_story_json(const struct session_told *t, uint64_t session,
                 const struct openreplay_line *lines, size_t count)
{
    struct session_row row = { .session = session,
                               .is_read = true,
                               .last_ms = t->last_received_ms };
    cJSON *out, *list;

    openreplay_story_summary(t->story, &row.summary);
    row.start_ms = t->has_head ? t->head.start_ms : row.summary.first_ms;
    if (!t->has_head)
        row.last_ms = row.summary.last_ms;
    if (t->has_head)
        recording_device(row.device, t->head.user_agent);
    out = session_row_json(&row);
    cJSON_DeleteItemFromObject(out, "bytes");
    cJSON_AddBoolToObject(out, "hasAnalytics", row.summary.has_analytics);
    list = cJSON_AddArrayToObject(out, "lines");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, line_json(&lines[i]));
    sessions_print_json(out);
    cJSON_Delete(out);
}

enum status
sessions_show(struct sessions *a, const char *id, struct err *err)
{
    const struct openreplay_line *lines;
    struct session_told t;
    uint64_t session;
    size_t count;
    pid_t pager;
    FILE *to;
    enum status st = sessions_read_id(&session, id, err);

    if (st != OK)
        return st;
    st = session_tell(&t, a, session, settings_bool(a->settings, SET_REVEAL), err);
    if (st == OK) {
        lines = openreplay_story_lines(t.story, &count);
        if (sessions_want_json(a->settings)) {
            print_story_json(&t, session, lines, count);
        } else {
            to = open_output(&pager);
            print_story(&t, session, lines, count, to);
            close_output(to, pager);
        }
    }
    openreplay_story_free(t.story);
    return st;
}
