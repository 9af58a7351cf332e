/* check_pii_files.c - recordings and logs that lie in files, searched for personal data.
 * SPDX-License-Identifier: MIT
 *
 * What a file is, its first bytes tell, not its name: zstd or gzip is undone; then a body of the
 * tracker begins with BatchMetadata, a file of a bucket with seven bytes of 0xff or, in the oldest
 * layout, with nothing of its own; a text is a log, unless it is a fixture. A directory is one
 * session: a capture of HTTP requests (index.jsonl says which body went where), bodies alone, or a
 * session of a bucket (dom.mobs goes on in dom.mobe, in mid-message even). Directories below are
 * sessions of their own.
 *
 * What cannot be read to its end is not clean: it is told as unknown. */
#include "config.h"

#include "cli/check/check_pii_search.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "fixture/fixture.h"
#include "wire/inflate.h"
#include "wire/zstd.h"

#define FILE_MOST  ((size_t)256 << 20)
#define PLAIN_MOST ((size_t)512 << 20) /* inflated */
#define DEPTH_MAX  4
#define WHERE_MAX  512
#define BATCH_PATH "/v1/web/i"

/* --- bytes ------------------------------------------------------------------------------------ */

/* Appends what the bytes are without their compression. */
static enum status
unpack(struct buf *out, const struct buf *raw, struct err *err)
{
    if (zstd_is(raw->data, raw->len))
        return zstd_open(out, raw->data, raw->len, err);
    if (raw->len > 2 && memcmp(raw->data, "\x1f\x8b", 2) == 0)
        return inflate_body(out, "gzip", raw->data, raw->len, err);
    buf_add(out, raw->data, raw->len);
    return buf_failed(out) ? err_set(err, E_LIMIT, "more than %zu bytes", PLAIN_MOST) : OK;
}

static bool
is_body(const char *bytes, size_t length)
{
    return length > 2 && (unsigned char)bytes[0] == OPENREPLAY_BATCH_METADATA && bytes[1] >= 1 &&
           bytes[1] <= 5;
}

static bool
is_bucket_file(const char *bytes, size_t length)
{
    return length > 8 && memcmp(bytes, "\xff\xff\xff\xff\xff\xff\xff", 7) == 0;
}

static bool
is_text(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && i < 512; i++) {
        if ((unsigned char)bytes[i] < 0x20 && memchr("\t\r\n\f\x1b", bytes[i], 5) == NULL)
            return false;
    }
    return length > 0;
}

/* --- logs ------------------------------------------------------------------------------------- */

static void
look_log(struct pii_search *s, const char *path, const struct buf *bytes)
{
    char where[WHERE_MAX];
    const struct pii_origin origin = { .source = "log", .message = where };
    const char *at = bytes->data, *end = bytes->data + bytes->len;
    unsigned unjudged = 0;
    size_t number = 0;

    s->where = where;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline == NULL ? (size_t)(end - at) : (size_t)(newline - at);

        snprintf(where, sizeof where, "%.480s:%zu", path, ++number);
        if (strspn(at, " \t\r") < length) /* else it is blank, and nothing to be searched */
            unjudged += !pii_search_line(s, &origin, at, length);
        at += length + 1;
    }
    s->where = NULL;
    if (unjudged > 0)
        pii_search_unjudged(s, path, "texts that need more work than they are worth");
}

/* --- files ------------------------------------------------------------------------------------ */

static enum status
read_all(struct buf *out, const char *path, struct err *err)
{
    char *room;
    ssize_t n;

    if (strcmp(path, "-") != 0)
        return buf_read_file(out, path, err);
    do {
        room = buf_room(out, 65536);
        n = room == NULL ? 0 : read(STDIN_FILENO, room, 65536);
        if (n > 0)
            buf_grown(out, (size_t)n);
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        return err_errno(err, errno, "cannot read standard input");
    return buf_failed(out) ? err_set(err, E_LIMIT, "more than %zu bytes", FILE_MOST) : OK;
}

/* Appends a file as it reads without its compression; a sentence when that cannot be. */
static bool
load(struct pii_search *s, struct buf *plain, const char *path)
{
    struct err err = { .code = OK };
    struct buf raw;
    bool is_loaded;

    buf_init(&raw, FILE_MOST);
    is_loaded = read_all(&raw, path, &err) == OK && unpack(plain, &raw, &err) == OK;
    if (!is_loaded)
        pii_search_unjudged(s, path, err.text);
    buf_fini(&raw);
    return is_loaded;
}

/* One that is read line by line and may be larger than memory. */
static bool
is_fixture_file(const char *path)
{
    struct stat about; /* a pipe can be read once only */
    const bool is_file = stat(path, &about) == 0 && S_ISREG(about.st_mode);
    gzFile file = is_file ? gzopen(path, "rbe") : NULL;
    char start[4096];
    int got = file == NULL ? 0 : gzread(file, start, sizeof start);

    if (file != NULL)
        gzclose(file);
    return got > 0 && fixture_begins(start, (size_t)got);
}

/* A file that was named; its session is one of its own. */
static void
look_file(struct pii_search *s, const char *path)
{
    struct buf plain;

    if (is_fixture_file(path)) {
        check_pii_fixture(s, path, NULL);
        return;
    }
    buf_init(&plain, PLAIN_MOST);
    if (load(s, &plain, path)) {
        buf_consume(&plain, text_mark(plain.data, plain.len));
        if (fixture_begins(plain.data, plain.len)) {
            check_pii_fixture(s, path, &plain);
        } else if (is_text(plain.data, plain.len)) {
            look_log(s, path, &plain);
        } else if (plain.len > 0) {
            pii_search_begin_session(s, path);
            pii_search_body(s, path, plain.data, plain.len, !is_body(plain.data, plain.len));
            pii_search_end_session(s);
        }
    }
    buf_fini(&plain);
}

/* --- directories ------------------------------------------------------------------------------ */

static bool
ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);

    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static bool
is_there(const char *directory, const char *name)
{
    char *path = xasprintf("%s/%s", directory, name);
    bool exists = access(path, F_OK) == 0;

    free(path);
    return exists;
}

/* A request of the index that brought a batch: its body's name; NULL: it is another one. */
static const char *
batch_body(const cJSON *request)
{
    const char *path = json_get_string(request, "path", "");
    const char *place = strstr(path, BATCH_PATH);

    if (place == NULL || (place[strlen(BATCH_PATH)] != '\0' && place[strlen(BATCH_PATH)] != '?'))
        return NULL;
    return json_get_string(request, "body", NULL);
}

struct index {
    struct arena *arena;
    const char *bodies; /* "\n003-i.bin\n004-i.bin\n"; NULL: there is no index */
    const char *session;
};

static void
read_index_line(struct index *index, struct buf *bodies, const char *line, size_t length)
{
    const cJSON *request = NULL;
    const char *body;
    struct err err;

    if (json_parse_in(&request, index->arena, line, length, &err) != OK)
        return;
    body = batch_body(request);
    if (body != NULL)
        buf_addf(bodies, "%s\n", body);
    index->session = json_get_string(json_get(request, "response"), "sessionID", index->session);
}

static void
read_index(struct pii_search *s, struct index *index, const char *directory)
{
    char *path = xasprintf("%s/index.jsonl", directory);
    struct buf text, bodies;

    *index = (struct index){ .arena = arena_new() };
    buf_init(&text, PLAIN_MOST);
    buf_init(&bodies, PLAIN_MOST);
    if (access(path, F_OK) == 0 && load(s, &text, path)) {
        char *rest = text.data, *line;

        buf_addc(&bodies, '\n');
        while ((line = strsep(&rest, "\n")) != NULL)
            read_index_line(index, &bodies, line, strlen(line));
        index->bodies = arena_strdup(index->arena, bodies.data);
    }
    buf_fini(&bodies);
    buf_fini(&text);
    free(path);
}

static bool
is_listed(const struct index *index, const char *name)
{
    char *wanted = xasprintf("\n%s\n", name);
    bool is_in = strstr(index->bodies, wanted) != NULL;

    free(wanted);
    return is_in;
}

/* One file of a session; what is no recording is another file that lies there. */
static void
look_member(struct pii_search *s, const char *directory, const char *name,
            const struct index *index)
{
    bool has_full = is_there(directory, "obsview.full");
    char *path;
    struct buf plain;

    if (*name == '.' || (has_full && strcmp(name, "obsview.full") != 0) ||
        strcmp(name, "dom.mobe") == 0 || (index->bodies != NULL && !is_listed(index, name)))
        return;
    path = xasprintf("%s/%s", directory, name);
    buf_init(&plain, PLAIN_MOST);
    if (load(s, &plain, path)) {
        if (strcmp(name, "dom.mobs") == 0 && is_there(directory, "dom.mobe")) {
            char *rest = xasprintf("%s/dom.mobe", directory);

            (void)load(s, &plain, rest);
            free(rest);
        }
        if (is_body(plain.data, plain.len) || is_bucket_file(plain.data, plain.len) ||
            index->bodies != NULL || ends_with(name, ".mobs") || ends_with(name, ".mob"))
            pii_search_body(s, path, plain.data, plain.len, !is_body(plain.data, plain.len));
    }
    buf_fini(&plain);
    free(path);
}

static void look_path(struct pii_search *s, const char *path, unsigned depth);

static void
look_below(struct pii_search *s, const char *directory, struct dirent **entries, int count,
           unsigned depth)
{
    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", directory, entries[i]->d_name);
        struct stat at;

        if (*entries[i]->d_name != '.' && stat(path, &at) == 0 && S_ISDIR(at.st_mode))
            look_path(s, path, depth + 1);
        free(path);
    }
}

static void
look_members(struct pii_search *s, const char *directory, struct dirent **entries, int count)
{
    const char *slash = strrchr(directory, '/');
    struct index index;

    read_index(s, &index, directory);
    pii_search_begin_session(s, index.session != NULL               ? index.session
                                : slash != NULL && slash[1] != '\0' ? slash + 1
                                                                    : directory);
    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", directory, entries[i]->d_name);
        struct stat at;

        if (stat(path, &at) == 0 && S_ISREG(at.st_mode))
            look_member(s, directory, entries[i]->d_name, &index);
        free(path);
    }
    pii_search_end_session(s);
    arena_free(index.arena);
}

static void
look_path(struct pii_search *s, const char *path, unsigned depth)
{
    struct dirent **entries = NULL;
    struct stat at;
    int count;

    if (strcmp(path, "-") == 0 || (stat(path, &at) == 0 && !S_ISDIR(at.st_mode))) {
        look_file(s, path);
        return;
    }
    count = depth > DEPTH_MAX ? -1 : scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        struct err err = { .code = OK };

        if (depth > DEPTH_MAX)
            err_set(&err, E_LIMIT, "more than %d directories in each other", DEPTH_MAX);
        else
            err_errno(&err, errno, "cannot be read");
        pii_search_unjudged(s, path, err.text);
        return;
    }
    look_members(s, path, entries, count);
    look_below(s, path, entries, count, depth);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

void
check_pii_files(struct pii_search *s, const char *path)
{
    look_path(s, path, 0);
}
