/* reviews.c - lines of a small file, the last one about a thing counting.
 * SPDX-License-Identifier: MIT
 *
 * Lines are only ever added, in one write() under a lock, so a process that is killed leaves a
 * whole file. Looks would make it grow for ever: from FILE_LONG bytes on, whoever adds a line
 * writes those that count into a new file first. */
#include "config.h"

#include "tui/reviews.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

#define FILE_MAX    ((size_t)4 << 20)
#define FILE_LONG   ((off_t)256 << 10)
#define REVIEWS_MAX 5000 /* sessions; older ones are forgotten */
#define LOOKS_MAX   64   /* environments */
#define FIELDS      6
#define NAME_TEXT   64

struct look {
    const char *environment;
    int64_t time_ms;
};

struct reviews {
    struct arena *arena;
    struct review items[REVIEWS_MAX];
    size_t count;
    struct look looks[LOOKS_MAX];
    size_t look_count;
};

bool
review_is_session(const char *text)
{
    static const char of_ids[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:";
    size_t len = strlen(text);

    return len > 0 && len <= REVIEW_SESSION && text[strspn(text, of_ids)] == '\0';
}

/* --- reading ---------------------------------------------------------------------------------- */

static struct review *
slot_of(struct reviews *r, const char *environment, const char *session)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->items[i].session, session) == 0 &&
            strcmp(r->items[i].environment, environment) == 0)
            return &r->items[i];
    }
    if (r->count == REVIEWS_MAX) {
        memmove(&r->items[0], &r->items[1], (REVIEWS_MAX - 1) * sizeof r->items[0]);
        r->count--;
    }
    return &r->items[r->count++];
}

static void
take_review(struct reviews *r, char *fields[FIELDS])
{
    int64_t time_ms;

    if (!review_is_session(fields[2]) || !text_parse_int(&time_ms, fields[3]) || time_ms <= 0)
        return;
    *slot_of(r, fields[1], fields[2]) = (struct review){ .environment = fields[1],
                                                         .session = fields[2],
                                                         .time_ms = time_ms,
                                                         .by = fields[4],
                                                         .note = fields[5] };
}

static void
take_look(struct reviews *r, char *fields[FIELDS])
{
    int64_t time_ms;
    size_t i = 0;

    if (!text_parse_int(&time_ms, fields[2]) || time_ms <= 0)
        return;
    while (i < r->look_count && strcmp(r->looks[i].environment, fields[1]) != 0)
        i++;
    if (i == LOOKS_MAX)
        return;
    if (i == r->look_count)
        r->looks[r->look_count++] = (struct look){ .environment = fields[1] };
    if (time_ms > r->looks[i].time_ms)
        r->looks[i].time_ms = time_ms;
}

static void
take_line(struct reviews *r, char *line)
{
    char *fields[FIELDS] = { NULL };
    size_t count = 0;

    while (count < FIELDS && line != NULL)
        fields[count++] = strsep(&line, "\t");
    if (count == FIELDS && strcmp(fields[0], "review") == 0)
        take_review(r, fields);
    else if (count == 3 && strcmp(fields[0], "look") == 0)
        take_look(r, fields);
}

static int
newest_first(const void *a, const void *b)
{
    const struct review *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms > y->time_ms ? -1 : 1;
    return strcmp(x->session, y->session);
}

enum status
reviews_load(struct reviews **out, const char *path, struct err *err)
{
    struct reviews *r;
    struct buf text;
    char *rest, *line;
    enum status st = OK;

    buf_init(&text, FILE_MAX);
    if (access(path, F_OK) == 0)
        st = buf_read_file(&text, path, err);
    if (st == OK) {
        r = xcalloc(1, sizeof *r);
        r->arena = arena_new();
        rest = text.len == 0 ? NULL : arena_strndup(r->arena, text.data, text.len);
        while ((line = strsep(&rest, "\n")) != NULL)
            take_line(r, line);
        qsort(r->items, r->count, sizeof r->items[0], newest_first);
        *out = r;
    }
    buf_fini(&text);
    return st;
}

void
reviews_free(struct reviews *r)
{
    if (r == NULL)
        return;
    arena_free(r->arena);
    free(r);
}

size_t
reviews_count(const struct reviews *r)
{
    return r == NULL ? 0 : r->count;
}

const struct review *
reviews_at(const struct reviews *r, size_t i)
{
    return &r->items[i];
}

const struct review *
reviews_find(const struct reviews *r, const char *environment, const char *session)
{
    for (size_t i = 0; i < reviews_count(r); i++) {
        if (strcmp(r->items[i].session, session) == 0 &&
            strcmp(r->items[i].environment, environment) == 0)
            return &r->items[i];
    }
    return NULL;
}

int64_t
reviews_last_look_ms(const struct reviews *r, const char *environment)
{
    for (size_t i = 0; r != NULL && i < r->look_count; i++) {
        if (strcmp(r->looks[i].environment, environment) == 0)
            return r->looks[i].time_ms;
    }
    return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* What stands between tabs: no control characters, and whole characters when it is cut. */
static void
add_field(struct buf *b, const char *text, size_t most)
{
    size_t len = text == NULL ? 0 : strnlen(text, most);
    size_t valid = text_utf8_end(text == NULL ? "" : text, len);

    buf_addc(b, '\t');
    for (size_t i = 0; i < valid; i++)
        buf_addc(b, (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i]);
}

static void
print_review(struct buf *b, const struct review *review)
{
    buf_adds(b, "review");
    add_field(b, review->environment, NAME_TEXT);
    add_field(b, review->session, REVIEW_SESSION);
    buf_addf(b, "\t%" PRId64, review->time_ms);
    add_field(b, review->by, NAME_TEXT);
    add_field(b, review->note, REVIEW_NOTE);
    buf_addc(b, '\n');
}

static void
print_look(struct buf *b, const char *environment, int64_t time_ms)
{
    buf_adds(b, "look");
    add_field(b, environment, NAME_TEXT);
    buf_addf(b, "\t%" PRId64 "\n", time_ms);
}

static enum status
write_all(int fd, const struct buf *text, const char *path, struct err *err)
{
    if (write(fd, text->data, text->len) != (ssize_t)text->len)
        return err_errno(err, errno, "cannot write %s", path);
    return OK;
}

/* The lines that count, in a new file in the place of the old one. */
static enum status
shorten(const char *path, struct err *err)
{
    char *fresh = xasprintf("%s.new", path);
    struct reviews *r = NULL;
    struct buf text;
    enum status st = reviews_load(&r, path, err);
    int fd = st == OK ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

    buf_init(&text, FILE_MAX);
    for (size_t i = reviews_count(r); i > 0; i--)
        print_review(&text, &r->items[i - 1]);
    for (size_t i = 0; r != NULL && i < r->look_count; i++)
        print_look(&text, r->looks[i].environment, r->looks[i].time_ms);
    if (st == OK && fd < 0)
        st = err_errno(err, errno, "cannot write %s", fresh);
    if (st == OK)
        st = write_all(fd, &text, fresh, err);
    if (st == OK && rename(fresh, path) != 0)
        st = err_errno(err, errno, "cannot write %s", path);
    if (fd >= 0)
        close(fd);
    buf_fini(&text);
    reviews_free(r);
    free(fresh);
    return st;
}

static enum status
append_locked(const char *path, const struct buf *line, struct err *err)
{
    struct stat at;
    enum status st = OK;
    int fd;

    if (stat(path, &at) == 0 && at.st_size > FILE_LONG)
        st = shorten(path, err);
    if (st != OK)
        return st;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, errno, "cannot write %s", path);
    st = write_all(fd, line, path, err);
    close(fd);
    return st;
}

static enum status
append(const char *path, const struct buf *line, struct err *err)
{
    char *lock = xasprintf("%s.lock", path);
    enum status st;
    int fd;

    (void)path_make_directories(path, NULL); /* what comes of it, opening the file says */
    fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        st = err_errno(err, errno, "cannot lock %s", lock);
    else
        st = append_locked(path, line, err);
    if (fd >= 0)
        close(fd);
    free(lock);
    return st;
}

/* Of the password file; a person without an entry there is known by number. */
static const char *
user_name(char room[NAME_TEXT])
{
    const struct passwd *user = getpwuid(getuid());

    if (user != NULL && user->pw_name != NULL && *user->pw_name != '\0')
        return user->pw_name;
    snprintf(room, NAME_TEXT, "user %ld", (long)getuid());
    return room;
}

enum status
reviews_add(const char *path, const struct review *review, struct err *err)
{
    struct review copy = *review;
    char room[NAME_TEXT];
    struct buf line;
    enum status st;

    if (!review_is_session(review->session))
        return err_set(err, E_INVALID, "\"%.40s\" is no session's id", review->session);
    if (copy.by == NULL)
        copy.by = user_name(room);
    buf_init(&line, 4096);
    print_review(&line, &copy);
    st = append(path, &line, err);
    buf_fini(&line);
    return st;
}

enum status
reviews_look(const char *path, const char *environment, int64_t time_ms, struct err *err)
{
    struct buf line;
    enum status st;

    buf_init(&line, 4096);
    print_look(&line, environment, time_ms);
    st = append(path, &line, err);
    buf_fini(&line);
    return st;
}
