/* cmd_sessions.c - recorded sessions, as the recordings bucket has them.
 * SPDX-License-Identifier: MIT
 *
 * Everything is read over S3, so the same words work on an emulator and on a bucket of AWS. A list
 * costs one request for a few hundred sessions; what only the bodies tell (pages, errors, device)
 * is read where reading is free, beside an emulator. */
#include "config.h"

#include "aws/recordings.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/watching.h"
#include "domain/openreplay_story.h"
#include "domain/openreplay_token.h"
#include "tui/format.h"
#include "tui/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_S 120
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define READ_MAX   ((uint64_t)8 * 1024 * 1024) /* of a session whose bodies a list looks into */

struct asker {
    struct settings *settings;
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    const char *bucket;
    struct arena *arena;
    struct s3_use use;
    bool is_done;
    struct err err;
};

/* --- one question at a time --- */

static enum status
asker_init(struct asker *a, struct settings *s, struct err *err)
{
    enum status st;

    *a = (struct asker){ .settings = s, .bucket = settings_text(s, SET_RECORDINGS_BUCKET) };
    st = watching_target(&a->target, s, NULL, err);
    if (st != OK)
        return st;
    a->net = net_new();
    a->client = aws_client_new(a->net, &a->target);
    a->arena = arena_new();
    return OK;
}

/* Tells what asking has cost, where it costs. */
static void
asker_fini(struct asker *a)
{
    int64_t cost = s3_cost_microusd(&a->target.prices, &a->use);

    if (cost > 0)
        command_say(stderr, "obsview: %u lists and %u reads of s3://%s, about %.6f USD",
                    a->use.lists, a->use.gets, a->bucket, (double)cost / 1e6);
    aws_client_free(a->client);
    net_free(a->net);
    aws_target_fini(&a->target);
    arena_free(a->arena);
}

static enum status
finish(struct asker *a, struct err *err)
{
    uint64_t end = mono_ns() + DEADLINE_S * 1000000000ULL;

    a->err = (struct err){ .code = OK };
    while (!a->is_done && mono_ns() < end)
        net_run(a->net, 200);
    if (!a->is_done)
        return err_set(err, E_IO, "no answer within %d s", DEADLINE_S);
    a->is_done = false;
    if (a->err.code == OK)
        return OK;
    *err = a->err;
    return err->code;
}

static void
note_end(struct asker *a, const struct err *err)
{
    a->is_done = true;
    a->err = err == NULL ? (struct err){ .code = OK } : *err;
}

/* --- a session, told --- */

struct telling {
    struct asker *asker;
    struct openreplay_story *story;
    struct recording_head head;
    bool has_head;
    int64_t last_received_ms;
};

static void
on_head(void *arg, const struct recording_head *head)
{
    struct telling *t = arg;
    struct arena *arena = t->asker->arena;

    t->head = *head;
    t->has_head = true;
    t->head.user_agent = arena_strdup(arena, head->user_agent);
    t->head.user_id = arena_strdup(arena, head->user_id);
    t->head.tracker_version = arena_strdup(arena, head->tracker_version);
    t->head.timezone = arena_strdup(arena, head->timezone);
}

static void
on_body(void *arg, const struct recording_line *line, const void *bytes, size_t length)
{
    struct telling *t = arg;

    /* a body's fault is counted by the story; what is before it is told all the same */
    (void)openreplay_story_take(t->story, bytes, length, line == NULL);
    if (line != NULL)
        t->last_received_ms = line->received_ms;
}

static void
on_read(void *arg, struct recordings_place place, const struct err *err)
{
    struct telling *t = arg;

    (void)place;
    note_end(t->asker, err);
}

/* The story lives in the asker's arena; openreplay_story_free() it. */
static enum status
tell(struct telling *t, struct asker *a, uint64_t session, bool reveal, struct err *err)
{
    const struct recordings_sink sink = { .head = on_head, .body = on_body, .arg = t };
    struct recordings_job *job;
    enum status st;

    *t = (struct telling){ .asker = a };
    t->story = openreplay_story_new(a->arena, 0, reveal);
    job = recordings_read(a->client, a->bucket, session, (struct recordings_place){ .at = 0 },
                          &a->use, &sink, on_read, t);
    st = finish(a, err);
    if (st == E_IO && a->err.code == OK)
        recordings_cancel(job);
    return st;
}

/* --- ls --- */

struct session_row {
    uint64_t session;
    int64_t start_ms, last_ms;
    uint64_t size;
    bool is_read; /* the rest is known */
    struct openreplay_summary summary;
    char device[RECORDING_DEVICE_TEXT];
    const char *user_id;
};

struct session_rows {
    struct asker *asker;
    struct session_row *list;
    size_t count, room;
    bool partial;
};

static struct session_row *
row_of(struct session_rows *rows, uint64_t session)
{
    if (rows->count > 0 && rows->list[rows->count - 1].session == session)
        return &rows->list[rows->count - 1]; /* keys come in order */
    rows->list = arena_grow(rows->asker->arena, rows->list, rows->count, &rows->room, 64,
                            sizeof *rows->list);
    rows->list[rows->count] = (struct session_row){ .session = session,
                                                    .start_ms = openreplay_session_ms(session),
                                                    .user_id = "" };
    return &rows->list[rows->count++];
}

static void
on_keys(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    struct session_rows *rows = arg;
    enum recording_file file;
    uint64_t session;

    for (size_t i = 0; i < count; i++) {
        struct session_row *row;

        if (!recording_key_read(&session, &file, keys[i].key))
            continue;
        row = row_of(rows, session);
        if (file == RECORDING_FULL || row->size == 0) /* which has it all */
            row->size = keys[i].size;
        else
            row->size += keys[i].size;
        if (keys[i].modified_ms > row->last_ms)
            row->last_ms = keys[i].modified_ms;
    }
    rows->partial = partial;
    note_end(rows->asker, err);
}

static enum status
read_details(struct asker *a, struct session_row *row, struct err *err)
{
    struct telling t;
    size_t count;
    enum status st = tell(&t, a, row->session, false, err);

    if (st == OK) {
        (void)openreplay_story_lines(t.story, &count);
        openreplay_story_summary(t.story, &row->summary);
        row->is_read = true;
        if (t.has_head) {
            row->start_ms = t.head.start_ms;
            recording_device(row->device, t.head.user_agent);
        }
    }
    openreplay_story_free(t.story);
    return st;
}

static void
print_rows(const struct session_rows *rows, FILE *to)
{
    fprintf(to, "%-20s  %-19s  %-19s  %7s  %5s  %6s  %9s  %s\n", "SESSION", "START", "LAST BATCH",
            "LENGTH", "PAGES", "ERRORS", "BYTES", "DEVICE");
    for (size_t i = rows->count; i-- > 0;) {
        const struct session_row *row = &rows->list[i];
        char start[ISO8601_TEXT], last[ISO8601_TEXT], length[FORMAT_TEXT], pages[16], errors[16];

        iso8601_format_s(row->start_ms, start);
        iso8601_format_s(row->last_ms, last);
        format_span(length, row->last_ms > row->start_ms ? row->last_ms - row->start_ms : 0);
        snprintf(pages, sizeof pages, "%u", row->summary.pages);
        snprintf(errors, sizeof errors, "%u", row->summary.errors);
        fprintf(to, "%-20" PRIu64 "  %.19s  %.19s  %7s  %5s  %6s  %9" PRIu64 "  %s\n", row->session,
                start, last, length, row->is_read ? pages : "-", row->is_read ? errors : "-",
                row->size, row->is_read ? row->device : "-");
    }
}

static cJSON *
row_json(const struct session_row *row)
{
    cJSON *out = cJSON_CreateObject();
    char text[ISO8601_TEXT], id[24];

    snprintf(id, sizeof id, "%" PRIu64, row->session);
    cJSON_AddStringToObject(out, "session", id);
    iso8601_format_ms(row->start_ms, text);
    cJSON_AddStringToObject(out, "start", text);
    iso8601_format_ms(row->last_ms, text);
    cJSON_AddStringToObject(out, "lastBatch", text);
    cJSON_AddNumberToObject(out, "bytes", (double)row->size);
    if (!row->is_read)
        return out;
    cJSON_AddNumberToObject(out, "pages", row->summary.pages);
    cJSON_AddNumberToObject(out, "clicks", row->summary.clicks);
    cJSON_AddNumberToObject(out, "errors", row->summary.errors);
    cJSON_AddNumberToObject(out, "failedRequests", row->summary.failed_requests);
    cJSON_AddNumberToObject(out, "faults", row->summary.faults);
    cJSON_AddStringToObject(out, "device", row->device);
    return out;
}

static void
print_json(const cJSON *value, FILE *to)
{
    struct buf b;

    buf_init(&b, OUTPUT_MAX);
    json_print(&b, value);
    fwrite(b.data, 1, b.len, to);
    fputc('\n', to);
    buf_fini(&b);
}

static bool
wants_json(const struct settings *s)
{
    return strcmp(settings_text(s, SET_FORMAT), "json") == 0;
}

static enum status
list_sessions(struct asker *a, struct session_rows *rows, struct err *err)
{
    struct s3_job *job = s3_list(
        a->client, a->arena,
        &(struct s3_list_request){
            .bucket = a->bucket, .prefix = "", .delimiter = "", .after = "", .max = S3_KEYS_MAX },
        &a->use, on_keys, rows);
    enum status st = finish(a, err);

    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    return st;
}

static enum status
run_ls(struct asker *a, const char *id, struct err *err)
{
    struct session_rows rows = { .asker = a };
    enum status st = list_sessions(a, &rows, err);

    (void)id;
    for (size_t i = 0; st == OK && a->target.is_emulator && i < rows.count; i++) {
        if (rows.list[i].size <= READ_MAX)
            st = read_details(a, &rows.list[i], err);
        if (st == E_NOTFOUND)
            st = OK; /* it has gone meanwhile */
    }
    if (st != OK)
        return st;
    if (wants_json(a->settings)) {
        cJSON *out = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(out, "sessions");

        for (size_t i = rows.count; i-- > 0;)
            cJSON_AddItemToArray(list, row_json(&rows.list[i]));
        cJSON_AddBoolToObject(out, "partial", rows.partial);
        print_json(out, stdout);
        cJSON_Delete(out);
    } else {
        print_rows(&rows, stdout);
    }
    if (rows.partial)
        fprintf(stderr, "obsview: the bucket has more sessions; these are the first %zu\n",
                rows.count);
    if (!a->target.is_emulator && rows.count > 0)
        fprintf(stderr, "obsview: pages, errors and device: obsview sessions show ID\n");
    return OK;
}

/* --- show --- */

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
print_story(const struct telling *t, uint64_t session, const struct openreplay_line *lines,
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
    fprintf(to, "%u pages, %u clicks, %u errors, %u failed requests, %u issues, %u tabs\n",
            sum.pages, sum.clicks, sum.errors, sum.failed_requests, sum.issues, sum.tabs);
    if (sum.faults > 0)
        fprintf(to, "%u bodies could not be read to their end\n", sum.faults);
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
print_story_json(const struct telling *t, uint64_t session, const struct openreplay_line *lines,
                 size_t count)
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
    out = row_json(&row);
    cJSON_DeleteItemFromObject(out, "bytes");
    cJSON_AddBoolToObject(out, "hasAnalytics", row.summary.has_analytics);
    list = cJSON_AddArrayToObject(out, "lines");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, line_json(&lines[i]));
    print_json(out, stdout);
    cJSON_Delete(out);
}

static enum status
read_id(uint64_t *session, const char *id, struct err *err)
{
    if (!recording_session_read(session, id, strlen(id)))
        return err_set(err, E_USAGE,
                       "\"%.60s\" is not the number of a session; see obsview sessions ls", id);
    return OK;
}

static enum status
run_show(struct asker *a, const char *id, struct err *err)
{
    const struct openreplay_line *lines;
    struct telling t;
    uint64_t session;
    size_t count;
    pid_t pager;
    FILE *to;
    enum status st = read_id(&session, id, err);

    if (st != OK)
        return st;
    st = tell(&t, a, session, settings_bool(a->settings, SET_REVEAL), err);
    if (st == OK) {
        lines = openreplay_story_lines(t.story, &count);
        if (wants_json(a->settings)) {
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

/* --- export --- */

struct copying {
    struct asker *asker;
    int fd;
    char *path;
    struct err err;
};

static bool
on_bytes(void *arg, const char *bytes, size_t length)
{
    struct copying *c = arg;

    while (length > 0) {
        ssize_t n = write(c->fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(&c->err, errno, "cannot write %s", c->path);
            return false;
        }
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

static void
on_copied(void *arg, uint64_t size, const struct err *err)
{
    struct copying *c = arg;

    (void)size;
    note_end(c->asker, err != NULL ? err : c->err.code != OK ? &c->err : NULL);
}

/* A recording may hold what people typed: nobody else may read it. */
static enum status
copy_key(struct asker *a, const char *key, const char *path, struct err *err)
{
    struct copying c = { .asker = a, .path = xstrdup(path) };
    struct s3_job *job;
    enum status st;

    c.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (c.fd < 0) {
        st = err_errno(err, errno, "cannot write %s", path);
        free(c.path);
        return st;
    }
    job = s3_read(a->client,
                  &(struct s3_read_request){ .bucket = a->bucket,
                                             .key = key,
                                             .is_growing = strstr(key, "/obsview.full") != NULL },
                  &a->use, on_bytes, on_copied, &c);
    st = finish(a, err);
    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    if (close(c.fd) != 0 && st == OK)
        st = err_errno(err, errno, "cannot write %s", path);
    if (st == OK)
        command_say(stdout, "%s", path);
    free(c.path);
    return st;
}

struct found {
    struct asker *asker;
    const struct s3_key *keys;
    size_t count;
};

static void
on_found(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    struct found *found = arg;

    (void)partial;
    found->keys = keys;
    found->count = count;
    note_end(found->asker, err);
}

static enum status
find_files(struct asker *a, uint64_t session, struct found *found, struct err *err)
{
    const char *prefix = arena_printf(a->arena, "%" PRIu64 "/", session);
    struct s3_job *job;
    enum status st;

    *found = (struct found){ .asker = a };
    job = s3_list(
        a->client, a->arena,
        &(struct s3_list_request){
            .bucket = a->bucket, .prefix = prefix, .delimiter = "", .after = "", .max = 100 },
        &a->use, on_found, found);
    st = finish(a, err);
    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    if (st == OK && found->count == 0)
        st = err_set(err, E_NOTFOUND, "there is no session %" PRIu64 " in s3://%s", session,
                     a->bucket);
    return st;
}

static enum status
make_directory(const char *path, struct err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_errno(err, errno, "cannot make the directory %s", path);
    return OK;
}

/* All files of the bucket go into DIR/ID; a name that is no directory takes obsview.full. */
static enum status
run_export(struct asker *a, const char *id, struct err *err)
{
    const char *output = settings_text(a->settings, SET_OUTPUT);
    struct found found;
    struct stat at;
    uint64_t session;
    const char *directory;
    enum status st = read_id(&session, id, err);

    if (st == OK)
        st = find_files(a, session, &found, err);
    if (st != OK)
        return st;
    if (output != NULL && output[strlen(output) - 1] != '/' &&
        (stat(output, &at) != 0 || !S_ISDIR(at.st_mode))) {
        char key[RECORDING_KEY_TEXT];

        recording_key(key, session, RECORDING_FULL);
        return copy_key(a, key, output, err);
    }
    if (output != NULL)
        st = make_directory(output, err);
    directory = arena_printf(a->arena, "%s/%" PRIu64, output == NULL ? "." : output, session);
    if (st == OK)
        st = make_directory(directory, err);
    for (size_t i = 0; st == OK && i < found.count; i++) {
        enum recording_file file;
        uint64_t whose;

        if (recording_key_read(&whose, &file, found.keys[i].key)) /* nobody's "../" gets through */
            st = copy_key(a, found.keys[i].key,
                          arena_printf(a->arena, "%s/%s", directory, recording_file_name(file)),
                          err);
    }
    return st;
}

/* --- rm --- */

static void
on_deleted(void *arg, const struct err *err)
{
    note_end(arg, err);
}

static bool
is_confirmed(uint64_t session)
{
    char line[16] = "";

    fprintf(stderr, "remove session %" PRIu64 " with all it recorded? [y/N] ", session);
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

static enum status
run_rm(struct asker *a, const char *id, struct err *err)
{
    const char *keys[RECORDING_FILES];
    char texts[RECORDING_FILES][RECORDING_KEY_TEXT];
    struct found found;
    struct s3_job *job;
    uint64_t session;
    enum status st = read_id(&session, id, err);

    if (st == OK && !a->target.is_emulator)
        st = err_set(err, E_USAGE,
                     "sessions are removed from an emulator alone; a bucket of AWS "
                     "has its lifecycle rule");
    if (st == OK)
        st = find_files(a, session, &found, err);
    if (st != OK)
        return st;
    if (!settings_bool(a->settings, SET_YES) && !is_confirmed(session))
        return err_set(err, E_USAGE, "session %" PRIu64 " was not removed (--yes: without asking)",
                       session);
    for (int f = 0; f < RECORDING_FILES; f++) {
        recording_key(texts[f], session, (enum recording_file)f);
        keys[f] = texts[f];
    }
    job = s3_delete(a->client, a->bucket, keys, RECORDING_FILES, on_deleted, a);
    st = finish(a, err);
    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    if (st == OK)
        printf("removed session %" PRIu64 "\n", session);
    return st;
}

/* --- the command --- */

static const struct {
    const char *verb;
    bool takes_id;
    enum status (*run)(struct asker *a, const char *id, struct err *err);
} verbs[] = {
    { "ls", false, run_ls },
    { "show", true, run_show },
    { "export", true, run_export },
    { "rm", true, run_rm },
};

int
cmd_sessions(struct invocation *inv)
{
    const char *verb = inv->argument_count > 0 ? inv->arguments[0] : "";
    const char *id = inv->argument_count > 1 ? inv->arguments[1] : NULL;
    struct err err = { 0 };
    struct asker a;
    enum status st;
    size_t i = 0;

    while (i < sizeof verbs / sizeof verbs[0] && strcmp(verbs[i].verb, verb) != 0)
        i++;
    if (i == sizeof verbs / sizeof verbs[0])
        err_set(&err, E_USAGE, "sessions: expected ls, show, export or rm, got \"%s\"", verb);
    else if (verbs[i].takes_id != (id != NULL))
        err_set(&err, E_USAGE,
                verbs[i].takes_id ? "sessions %s: which session? see obsview sessions ls"
                                  : "sessions %s takes no session",
                verb);
    if (err.code != OK)
        return command_fail(&err);
    st = asker_init(&a, inv->settings, &err);
    if (st != OK)
        return command_fail(&err);
    st = verbs[i].run(&a, id, &err);
    asker_fini(&a);
    return st == OK ? EXIT_OK : command_fail(&err);
}
