/* judged.c - runs a check over items as the command does, without a command line or a source.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define DIMENSIONS_MAX 8

static const char *const level_names[FINDING_LEVELS] = { "ok", "warn", "fail", "unknown" };

static void
set_flag(struct judged *j, const char *name, const char *value)
{
    bool took;

    if (settings_set_flag(j->settings, name, value, &took, &j->err) != OK)
        fail_msg("--%s: %s", name, j->err.text);
}

void
judged_init(struct judged *j, const char *const *flags)
{
    *j = (struct judged){ .settings = settings_new() };
    findings_init(&j->found);
    price_list_builtin(&j->prices);
    for (; flags != NULL && *flags != NULL; flags += 2)
        set_flag(j, flags[0], flags[1]);
    j->run = (struct check_run){ .found = &j->found,
                                 .settings = j->settings,
                                 .prices = &j->prices,
                                 .now_ms = JUDGED_NOW,
                                 .source = "the test",
                                 .is_of_files = true };
}

void
judged_fini(struct judged *j)
{
    for (size_t i = 0; i < j->fd_count; i++)
        close(j->fds[i]);
    findings_fini(&j->found);
    settings_free(j->settings);
}

const char *
judged_file(struct judged *j, const char *text)
{
    int fd = memfd_create("baseline", MFD_CLOEXEC);
    char path[64];

    assert_true(fd >= 0 && j->fd_count < sizeof j->fds / sizeof j->fds[0]);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    j->fds[j->fd_count++] = fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return arena_strdup(j->found.arena, path);
}

bool
judged_open(struct judged *j, const struct check_stream *stream)
{
    j->stream = stream;
    j->state = stream->open(&j->run, &j->err);
    return j->state != NULL;
}

void
judged_line_at(struct judged *j, const char *text, int64_t time_ms)
{
    j->stream->take(j->state, &(struct check_item){ .kind = CHECK_LINE,
                                                    .where = "a.log:1",
                                                    .time_ms = time_ms,
                                                    .text = text,
                                                    .length = strlen(text) });
}

void
judged_line(struct judged *j, const char *text)
{
    judged_line_at(j, text, 0);
}

void
judged_request(struct judged *j, const char *method, const char *path, const char *body,
               unsigned status)
{
    j->stream->take(j->state, &(struct check_item){ .kind = CHECK_REQUEST,
                                                    .where = "event 1",
                                                    .time_ms = JUDGED_NOW,
                                                    .text = body,
                                                    .length = strlen(body),
                                                    .method = method,
                                                    .path = path,
                                                    .status = status });
}

void
judged_post(struct judged *j, const char *path, const char *body)
{
    judged_request(j, "POST", path, body, 0);
}

void
judged_series(struct judged *j, const char *namespace_name, const char *metric,
              const char *const *dims)
{
    struct dimension list[DIMENSIONS_MAX];
    struct series_key key = { .namespace_name = namespace_name, .metric = metric };

    for (; dims != NULL && dims[2 * key.dims.count] != NULL; key.dims.count++)
        list[key.dims.count] =
            (struct dimension){ dims[2 * key.dims.count], dims[2 * key.dims.count + 1] };
    key.dims.dims = list;
    j->stream->take(
        j->state, &(struct check_item){
                      .kind = CHECK_SERIES, .where = namespace_name, .text = "", .series = &key });
}

void
judged_close(struct judged *j)
{
    if (j->stream->close(j->state, &j->run, &j->err) != OK)
        fail_msg("%s", j->err.text);
}

const struct finding *
judged_nth(const struct judged *j, const char *rule, size_t n)
{
    for (size_t i = 0; i < j->found.count; i++) {
        if (strcmp(j->found.items[i].rule, rule) == 0 && n-- == 0)
            return &j->found.items[i];
    }
    fail_msg("no finding of rule %s", rule);
    return NULL;
}

size_t
judged_count(const struct judged *j, const char *rule)
{
    size_t count = 0;

    for (size_t i = 0; i < j->found.count; i++)
        count += strcmp(j->found.items[i].rule, rule) == 0;
    return count;
}

char *
judged_told(const struct judged *j)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < j->found.count; i++) {
        const struct finding *f = &j->found.items[i];

        if (f->level != FINDING_OK)
            buf_addf(&b, "%s %s\n", level_names[f->level], f->rule);
    }
    return buf_take(&b, NULL);
}

void
judged_lines(struct judged *j, const struct check_stream *stream, const char *const *flags,
             const char *const *lines)
{
    judged_init(j, flags);
    assert_true(judged_open(j, stream));
    for (; *lines != NULL; lines++)
        judged_line(j, *lines);
    judged_close(j);
}

char *
judged_nested(size_t depth)
{
    char *text = xcalloc(2 * depth + 1, 1);

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return text;
}
