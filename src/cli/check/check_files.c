/* check_files.c - files and standard input as items: fixtures, logs, documents.
 * SPDX-License-Identifier: MIT
 *
 * What a file is, its first line tells. A fixture is read event by event; its lines without the
 * first are no log in which nothing is wrong. JSON that does not end on
 * its first line is one value: a list is its elements, what `aws logs filter-log-events` or
 * `get-log-events` printed is its messages, another value is an item. Anything else is a log, line
 * by line; what `aws logs tail` and `sam logs` write before each message is theirs and not the
 * function's, so it is stepped over.
 *
 * Standard input is first written to a file without a name, so that it, too, may be read twice. */
#include "config.h"

#include "cli/check/check_stream.h"

#include "base/json.h"
#include "base/text.h"
#include "fixture/fixture.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define READ_BYTES ((size_t)1 << 20)
#define LINE_MAX_  ((size_t)32 << 20)
#define WHOLE_MAX  ((size_t)64 << 20) /* of JSON over several lines */
#define WHERE_MAX  512

struct reading {
    const struct check_run *run;
    const char *rule;
    const char *name; /* for a person */
    const char *path; /* to open */
    check_take *take;
    void *state;
};

/* What a fixture's reader says begins with the path, which the subject has under its own name, and
 * goes on with "line 3, column 7: ", which is a place for those who annotate it. */
static void
cannot_judge(const struct reading *r, const char *why)
{
    static const char line[] = "line ";
    size_t length = strlen(r->path);
    char where[WHERE_MAX] = "";

    if (strncmp(why, r->path, length) == 0 && strncmp(why + length, ": ", 2) == 0)
        why += length + 2;
    if (strncmp(why, line, sizeof line - 1) == 0)
        snprintf(where, sizeof where, "%.480s:%zu", r->name,
                 (size_t)strtoul(why + sizeof line - 1, NULL, 10));
    findings_put(r->run->found, &(struct finding){ .level = FINDING_UNKNOWN,
                                                   .rule = r->rule,
                                                   .subject = r->name,
                                                   .evidence = why,
                                                   .where = where });
}

/* --- one item --------------------------------------------------------------------------------- */

/* "2026-11-28T19:10:00.123000+00:00 2026/11/28/[$LATEST]0a1b {...}", as tail prints it; sam puts
 * the stream first. 0: there is nothing of the kind. */
static size_t
viewer_prefix(const char *line, size_t length)
{
    const char *end = line + length, *at = line;
    bool has_stream = false;

    for (int word = 0; word < 2; word++) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        bool is_time, is_stream;

        if (blank == NULL)
            return 0;
        is_time = blank - at > 19 && isdigit((unsigned char)at[0]) && at[4] == '-' && at[10] == 'T';
        is_stream = isdigit((unsigned char)at[0]) && blank - at > 12 && at[4] == '/' &&
                    memmem(at, (size_t)(blank - at), "/[", 2) != NULL;
        if (!is_time && !is_stream)
            return 0;
        has_stream |= is_stream;
        at = blank + 1;
    }
    return has_stream ? (size_t)(at - line) : 0;
}

static void
take_line(const struct reading *r, size_t number, const char *line, size_t length, int64_t time_ms)
{
    size_t prefix = length > 0 && isdigit((unsigned char)*line) ? viewer_prefix(line, length) : 0;
    char where[WHERE_MAX];

    snprintf(where, sizeof where, "%.480s:%zu", r->name, number);
    r->take(r->state, &(struct check_item){ .kind = CHECK_LINE,
                                            .where = where,
                                            .time_ms = time_ms,
                                            .text = line + prefix,
                                            .length = length - prefix });
}

/* --- fixtures --------------------------------------------------------------------------------- */

/* PutLogEvents: what was logged, line by line. */
static void
take_logged(const struct reading *r, const struct fixture_event *e)
{
    const cJSON *event;

    cJSON_ArrayForEach(event, json_get(e->body, "logEvents"))
    {
        const char *message = json_get_string(event, "message", "");

        take_line(r, e->line_number, message, strlen(message), json_get_int(event, "timestamp", 0));
    }
}

static void
take_request(const struct reading *r, const struct fixture_event *e, int64_t start_ms,
             const char *where)
{
    struct buf body;

    buf_init(&body, FIXTURE_LINE_MAX);
    if (e->body != NULL)
        fixture_print_body(&body, e->body, 0);
    r->take(r->state, &(struct check_item){ .kind = CHECK_REQUEST,
                                            .where = where,
                                            .time_ms = start_ms + e->t_ms,
                                            .text = body.data,
                                            .length = body.len,
                                            .method = e->method,
                                            .path = e->path,
                                            .event = e->json,
                                            .status = e->expect_status });
    buf_fini(&body);
}

static void
take_event(const struct reading *r, const struct fixture_event *e, int64_t start_ms)
{
    char where[WHERE_MAX];

    snprintf(where, sizeof where, "%.480s:%zu", r->name, e->line_number);
    if (e->source == FIXTURE_HTTP && cJSON_IsArray(json_get(e->body, "logEvents")))
        take_logged(r, e);
    else if (e->source == FIXTURE_HTTP)
        take_request(r, e, start_ms, where);
    else if (e->line != NULL)
        r->take(r->state, &(struct check_item){ .kind = CHECK_LINE,
                                                .where = where,
                                                .time_ms = start_ms + e->t_ms,
                                                .event = e->json,
                                                .text = e->line,
                                                .length = e->line_length });
}

static void
read_fixture(const struct reading *r)
{
    struct fixture_event event;
    struct err err = { 0 };
    struct fixture *f;
    enum status st;

    if (fixture_open(&f, r->path, &err) != OK) {
        cannot_judge(r, err.text);
        return;
    }
    while ((st = fixture_next(f, &event, &err)) == OK || st == E_INVALID) {
        if (st == E_INVALID) {
            cannot_judge(r, err.text);
            continue;
        }
        take_event(r, &event, fixture_start_ms(f));
        fixture_event_fini(&event);
    }
    if (st != E_NOTFOUND)
        cannot_judge(r, err.text);
    fixture_close(f);
}

const cJSON *
check_replaced(const struct check_item *item)
{
    const cJSON *replaced = json_get(item->event, "replaced");

    return cJSON_IsObject(replaced) ? replaced : NULL;
}

/* --- JSON over several lines ------------------------------------------------------------------ */

/* "events" of a log command: each with the message that was logged. */
static const cJSON *
logged_events(const cJSON *whole)
{
    const cJSON *events = json_get(whole, "events");

    return cJSON_IsArray(events) && cJSON_IsString(json_get(events->child, "message")) ? events
                                                                                       : NULL;
}

static void
take_value(const struct reading *r, size_t number, const cJSON *value)
{
    const char *message = json_get_string(value, "message", NULL);
    struct buf text;

    if (message != NULL && json_get(value, "logStreamName") != NULL) {
        take_line(r, number, message, strlen(message), json_get_int(value, "timestamp", 0));
        return;
    }
    buf_init(&text, WHOLE_MAX);
    json_print(&text, value);
    take_line(r, number, text.data, text.len, 0);
    buf_fini(&text);
}

/* false: it is no JSON. */
static bool
take_whole(const struct reading *r, const struct buf *text)
{
    const cJSON *value, *list;
    cJSON *whole = NULL;
    size_t number = 0;

    if (json_parse(&whole, text->data, text->len, NULL) != OK)
        return false;
    list = cJSON_IsArray(whole) ? whole : logged_events(whole);
    if (list == NULL) {
        take_line(r, 1, text->data, text->len, 0); /* as it stands: its size is judged, too */
    } else {
        cJSON_ArrayForEach(value, list)
        {
            const char *message = json_get_string(value, "message", NULL);

            number++;
            if (list != whole && message != NULL)
                take_line(r, number, message, strlen(message), json_get_int(value, "timestamp", 0));
            else
                take_value(r, number, value);
        }
    }
    cJSON_Delete(whole);
    return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

struct lines {
    gzFile file;
    struct buf text;
    size_t number;
    bool is_ended, is_failed;
};

static void
read_more(struct lines *l)
{
    char *room = buf_room(&l->text, READ_BYTES);
    int got = room == NULL ? 0 : gzread(l->file, room, READ_BYTES);

    if (got > 0)
        buf_grown(&l->text, (size_t)got);
    l->is_failed |= got < 0;
    l->is_ended = got <= 0;
}

/* Takes the lines that are whole, and what is left at the end. */
static void
take_lines(const struct reading *r, struct lines *l)
{
    char *at = l->text.data, *end = at + l->text.len;

    while (at < end) {
        char *newline = memchr(at, '\n', (size_t)(end - at));

        if (newline == NULL && !l->is_ended)
            break;
        if (newline == NULL)
            newline = end;
        *newline = '\0'; /* the one behind the text is there already */
        l->number++;
        if (newline > at)
            take_line(r, l->number, at, (size_t)(newline - at), 0);
        at = newline + 1;
    }
    buf_consume(&l->text, at > end ? l->text.len : (size_t)(at - l->text.data));
}

static bool
is_json_over_lines(const struct buf *text)
{
    const char *at = text->data + strspn(text->data, " \t\r\n");
    const char *end = text->data + text->len;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    cJSON *first = NULL;
    bool is_whole;

    if ((*at != '{' && *at != '[') || newline == NULL)
        return *at == '[' ||
               (*at == '{' && memmem(at, (size_t)(end - at), "\"events\"", 8) != NULL);
    is_whole = json_parse(&first, at, (size_t)(newline - at), NULL) == OK;
    cJSON_Delete(first);
    return !is_whole;
}

static void
read_log(const struct reading *r, struct lines *l)
{
    if (is_json_over_lines(&l->text)) {
        while (!l->is_ended && l->text.len < WHOLE_MAX - READ_BYTES)
            read_more(l);
        if (take_whole(r, &l->text))
            return;
    }
    while (!l->is_ended) {
        take_lines(r, l);
        if (l->text.len > LINE_MAX_) {
            cannot_judge(r, "a line is longer than 32 MiB");
            return;
        }
        read_more(l);
    }
    take_lines(r, l);
    if (l->is_failed)
        cannot_judge(r, "cannot be read to its end");
}

static void
read_file(const struct reading *r)
{
    struct lines l = { .file = gzopen(r->path, "rbe") };
    bool is_fixture;

    if (l.file == NULL) {
        struct err err = { 0 };

        err_errno(&err, errno, "cannot be opened");
        cannot_judge(r, err.text);
        return;
    }
    gzbuffer(l.file, READ_BYTES);
    buf_init(&l.text, WHOLE_MAX);
    read_more(&l);
    buf_consume(&l.text, text_mark(l.text.data, l.text.len));
    is_fixture =
        fixture_begins(l.text.data, l.text.len) || fixture_begins_headless(l.text.data, l.text.len);
    if (!is_fixture)
        read_log(r, &l);
    buf_fini(&l.text);
    gzclose(l.file);
    if (is_fixture)
        read_fixture(r);
}

/* --- standard input --------------------------------------------------------------------------- */

static bool
spool(FILE *to, int fd)
{
    static char bytes[65536];
    ssize_t got;

    do {
        got = read(fd, bytes, sizeof bytes);
        if (got > 0 && fwrite(bytes, 1, (size_t)got, to) != (size_t)got)
            return false;
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0 && fflush(to) == 0;
}

static void
read_spooled(struct reading *r, FILE *file)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    r->path = path;
    read_file(r);
}

static void
read_input(struct reading *r, int fd)
{
    FILE *file = tmpfile();

    if (file == NULL || !spool(file, fd))
        cannot_judge(r, fd == STDIN_FILENO ? "standard input cannot be read" : "cannot be read");
    else
        read_spooled(r, file);
    if (file != NULL)
        fclose(file);
}

/* What is no file cannot be read twice, to see what it is and then to judge it. */
static void
read_pipe(struct reading *r)
{
    const int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct err err = { 0 };

    if (fd >= 0) {
        read_input(r, fd);
        close(fd);
        return;
    }
    err_errno(&err, errno, "cannot be opened");
    cannot_judge(r, err.text);
}

void
check_files_read_bytes(const struct check_run *run, const char *rule, const char *name,
                       const void *bytes, size_t length, check_take *take, void *state)
{
    struct reading r = {
        .run = run, .rule = rule, .name = name, .path = name, .take = take, .state = state
    };
    FILE *file = tmpfile();

    if (file == NULL || fwrite(bytes, 1, length, file) != length || fflush(file) != 0)
        cannot_judge(&r, "cannot be kept for reading");
    else
        read_spooled(&r, file);
    if (file != NULL)
        fclose(file);
}

static void
read_named(struct reading *r)
{
    struct stat about;
    const bool is_there = stat(r->path, &about) == 0;

    if (strcmp(r->path, "-") == 0)
        read_input(r, STDIN_FILENO);
    else if (is_there && S_ISDIR(about.st_mode))
        cannot_judge(r, "is a directory: name the files in it");
    else if (is_there && !S_ISREG(about.st_mode))
        read_pipe(r);
    else
        read_file(r);
}

void
check_files_read(const struct check_run *run, const char *rule, const char *const *paths,
                 size_t count, check_take *take, void *state)
{
    struct reading r = { .run = run, .rule = rule, .take = take, .state = state };

    for (size_t i = 0; i < count; i++) {
        r.name = r.path = paths[i];
        read_named(&r);
    }
}

/* --- what is kept ----------------------------------------------------------------------------- */

enum status
check_save(const char *path, const struct buf *text, struct err *err)
{
    char *beside = xasprintf("%s.part", path);
    FILE *file = fopen(beside, "we");
    bool is_written = file != NULL && fwrite(text->data, 1, text->len, file) == text->len;

    if (file != NULL)
        is_written &= fclose(file) == 0;
    if (is_written)
        is_written = rename(beside, path) == 0;
    if (!is_written)
        err_errno(err, errno, "cannot write %s", path);
    free(beside);
    return is_written ? OK : E_IO;
}
