/* s3_objects.c - objects made of the bodies of a session.
 * SPDX-License-Identifier: MIT
 *
 * Two memories, both bounded. `made` has, of each session whose packed files were made, their sizes
 * and ETags, and of the last ones the bytes. `marks` has places in obsview.full where a body
 * begins: a client that follows a session asks for what is behind the place it read last, which is
 * found there without reading all that is before it. A session is known by number and start, and
 * by how many bodies it had: what was made of fewer is made again. */
#include "config.h"

#include "emulator/s3_objects.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "emulator/s3_mob.h"
#include "wire/sigv4.h"

#define MADE_MAX   1024
#define KEPT_MAX   ((size_t)32 * 1024 * 1024) /* bytes of files */
#define MARKS_MAX  512
#define STEP_BYTES ((size_t)2 * 1024 * 1024) /* of bodies at a time: well below 50 ms */
#define PACKED     3

struct file {
    size_t size; /* 0: there is none */
    char etag[S3_ETAG_TEXT];
    char *bytes; /* NULL: no longer kept */
};

struct made {
    uint64_t session, bodies;
    int64_t start_ms;
    uint64_t used; /* when; 0: free */
    struct file files[PACKED];
};

struct mark {
    uint64_t session;
    int64_t start_ms;
    uint64_t used;
    uint64_t number; /* of the body, or of any that comes */
    uint64_t at;     /* where its line begins */
};

struct s3_objects {
    pthread_mutex_t lock;
    uint64_t uses;
    size_t kept;
    struct made made[MADE_MAX];
    struct mark marks[MARKS_MAX];
};

struct s3_objects *
s3_objects_new(void)
{
    struct s3_objects *objects = xcalloc(1, sizeof *objects);

    pthread_mutex_init(&objects->lock, NULL);
    return objects;
}

static void
drop_bytes(struct s3_objects *objects, struct made *made)
{
    for (int i = 0; i < PACKED; i++) {
        if (made->files[i].bytes != NULL)
            objects->kept -= made->files[i].size;
        free(made->files[i].bytes);
        made->files[i].bytes = NULL;
    }
}

void
s3_objects_free(struct s3_objects *objects)
{
    if (objects == NULL)
        return;
    for (size_t i = 0; i < MADE_MAX; i++)
        drop_bytes(objects, &objects->made[i]);
    pthread_mutex_destroy(&objects->lock);
    free(objects);
}

static void
make_etag(char etag[S3_ETAG_TEXT], const void *bytes, size_t len)
{
    char hex[SIGV4_HEX_TEXT];

    sigv4_sha256(bytes, len, hex);
    snprintf(etag, S3_ETAG_TEXT, "\"%.32s-1\"", hex); /* the dash: no MD5, clients need not check */
}

/* --- packed files --- */

/* Under the lock; NULL: not known. */
static struct made *
find_made(struct s3_objects *objects, const struct recording *r)
{
    for (size_t i = 0; i < MADE_MAX; i++) {
        struct made *made = &objects->made[i];

        if (made->used > 0 && made->session == r->start.session && made->bodies == r->bodies &&
            made->start_ms == r->start.time_ms) {
            made->used = ++objects->uses;
            return made;
        }
    }
    return NULL;
}

/* The one that was used least recently, of those that have bytes or of all. */
static struct made *
oldest(struct s3_objects *objects, bool with_bytes, const struct made *but)
{
    struct made *found = NULL;

    for (size_t i = 0; i < MADE_MAX; i++) {
        struct made *made = &objects->made[i];
        bool has = false;

        for (int f = 0; f < PACKED; f++)
            has |= made->files[f].bytes != NULL;
        if (made != but && (has || !with_bytes) && (found == NULL || made->used < found->used))
            found = made;
    }
    return found;
}

static void
keep_within_bounds(struct s3_objects *objects, struct made *newest)
{
    while (objects->kept > KEPT_MAX) {
        struct made *victim = oldest(objects, true, newest);

        if (victim == NULL)
            return; /* one session alone is larger, and somebody wants to read it now */
        drop_bytes(objects, victim);
    }
}

static void
remember(struct s3_objects *objects, const struct recording *r, struct s3_mob *mob)
{
    struct made made = { .session = r->start.session,
                         .bodies = r->bodies,
                         .start_ms = r->start.time_ms };
    struct made *slot;

    for (int i = 0; i < PACKED; i++) {
        const struct buf *packed = s3_mob_end(mob, (enum recording_file)i);

        if (packed == NULL)
            continue;
        made.files[i].size = packed->len;
        made.files[i].bytes = memcpy(xmalloc(packed->len), packed->data, packed->len);
        make_etag(made.files[i].etag, packed->data, packed->len);
    }
    pthread_mutex_lock(&objects->lock);
    slot = find_made(objects, r); /* somebody was as quick */
    if (slot == NULL)
        slot = oldest(objects, false, NULL);
    drop_bytes(objects, slot);
    made.used = ++objects->uses;
    *slot = made;
    for (int i = 0; i < PACKED; i++)
        objects->kept += made.files[i].bytes == NULL ? 0 : made.files[i].size;
    keep_within_bounds(objects, slot);
    pthread_mutex_unlock(&objects->lock);
}

static enum status
gone(const struct recording *r, struct err *err)
{
    return err_set(err, E_NOTFOUND, "session %llu has been removed",
                   (unsigned long long)r->start.session);
}

static enum status
make(struct s3_objects *objects, struct store_reader *reader, const struct recording *r,
     struct err *err)
{
    struct s3_mob *mob = s3_mob_new(S3_PACKED_MAX);
    uint64_t from = 0, left = r->bodies;
    enum status st = OK;

    do {
        struct arena *arena = arena_new();
        struct recording_part *parts = NULL;
        size_t count = 0;

        st = left == 0 ? OK
                       : store_read_recording(reader, arena, r->start.session, from, STEP_BYTES,
                                              &parts, &count, &from, err);
        for (size_t i = 0; i < count && left > 0; i++, left--)
            s3_mob_add(mob, parts[i].body.first_ms, parts[i].body.bytes, parts[i].body.length);
        arena_free(arena);
    } while (st == OK && left > 0 && from != 0);
    if (st == OK && left > 0)
        st = gone(r, err);
    if (st == OK)
        remember(objects, r, mob);
    s3_mob_free(mob);
    return st;
}

/* Copies what is asked of a file, if it is known (and its bytes are, when they are asked). */
static bool
recall(struct s3_objects *objects, const struct recording *r, enum recording_file file,
       struct s3_object *out, uint64_t from, char *to, size_t length)
{
    struct made *made;
    bool is_there;

    pthread_mutex_lock(&objects->lock);
    made = find_made(objects, r);
    is_there = made != NULL && (to == NULL || made->files[file].bytes != NULL);
    if (is_there && to != NULL)
        is_there = from + length <= made->files[file].size;
    if (is_there && to != NULL)
        memcpy(to, made->files[file].bytes + from, length);
    if (is_there && out != NULL) {
        out->size = made->files[file].size;
        memcpy(out->etag, made->files[file].etag, sizeof out->etag);
    }
    pthread_mutex_unlock(&objects->lock);
    return is_there;
}

/* --- obsview.full --- */

static void
describe_full(const struct recording *r, struct s3_object *out)
{
    char text[256];

    out->size = recording_full_size(r->bodies, r->raw_bytes);
    snprintf(text, sizeof text, "%llu %lld %llu %llu %.100s", (unsigned long long)r->start.session,
             (long long)r->start.time_ms, (unsigned long long)r->bodies,
             (unsigned long long)r->raw_bytes, r->start.user_id == NULL ? "" : r->start.user_id);
    make_etag(out->etag, text, strlen(text));
}

/* The place nearest before `from` where a body begins. */
static void
find_mark(struct s3_objects *objects, const struct recording *r, uint64_t from, uint64_t *number,
          uint64_t *at)
{
    struct mark *best = NULL;

    *number = 0;
    *at = RECORDING_HEAD_BYTES;
    pthread_mutex_lock(&objects->lock);
    for (size_t i = 0; i < MARKS_MAX; i++) {
        struct mark *mark = &objects->marks[i];

        if (mark->used > 0 && mark->session == r->start.session &&
            mark->start_ms == r->start.time_ms && mark->at <= from &&
            (best == NULL || mark->at > best->at))
            best = mark;
    }
    if (best != NULL) {
        best->used = ++objects->uses;
        *number = best->number;
        *at = best->at;
    }
    pthread_mutex_unlock(&objects->lock);
}

static void
set_mark(struct s3_objects *objects, const struct recording *r, uint64_t number, uint64_t at)
{
    struct mark *slot = &objects->marks[0];

    pthread_mutex_lock(&objects->lock);
    for (size_t i = 0; i < MARKS_MAX; i++) {
        struct mark *mark = &objects->marks[i];

        if (mark->used > 0 && mark->session == r->start.session && mark->at == at) {
            slot = mark;
            break;
        }
        if (mark->used < slot->used)
            slot = mark;
    }
    *slot = (struct mark){ .session = r->start.session,
                           .start_ms = r->start.time_ms,
                           .used = ++objects->uses,
                           .number = number,
                           .at = at };
    pthread_mutex_unlock(&objects->lock);
}

/* A stretch of an object being filled from its pieces, which come one behind the other. */
struct window {
    uint64_t from, end;
    char *to;
    uint64_t at; /* of the next piece */
};

static void
put_piece(struct window *w, const void *bytes, size_t length)
{
    uint64_t begin = w->at > w->from ? w->at : w->from;
    uint64_t end = w->at + length < w->end ? w->at + length : w->end;

    if (begin < end)
        memcpy(w->to + (begin - w->from), (const char *)bytes + (begin - w->at),
               (size_t)(end - begin));
    w->at += length;
}

static void
put_head(struct window *w, const struct recording_start *start)
{
    char line[RECORDING_HEAD_BYTES];

    recording_head_write(line, &(struct recording_head){ .session = start->session,
                                                         .start_ms = start->time_ms,
                                                         .user_uuid = start->user_uuid,
                                                         .project_key = start->project_key,
                                                         .tracker_version = start->tracker_version,
                                                         .user_agent = start->user_agent,
                                                         .user_id = start->user_id,
                                                         .timezone = start->timezone,
                                                         .referrer = start->referrer,
                                                         .width = start->width,
                                                         .height = start->height });
    put_piece(w, line, sizeof line);
}

static void
put_body(struct window *w, const struct recording_part *part)
{
    char line[RECORDING_LINE_BYTES];

    recording_line_write(line, &(struct recording_line){ .number = part->number,
                                                         .received_ms = part->body.received_ms,
                                                         .stream = part->body.stream,
                                                         .length = part->body.length,
                                                         .fault = part->body.fault.kind,
                                                         .fault_at = part->body.fault.offset });
    put_piece(w, line, sizeof line);
    put_piece(w, part->body.bytes, part->body.length);
}

/* Bodies from `number` on until the window is full; sets a mark where it stopped. */
static enum status
fill(struct s3_objects *objects, struct store_reader *reader, const struct recording *r,
     struct window *w, uint64_t number, struct err *err)
{
    enum status st = OK;
    bool is_last = false;

    while (st == OK && w->at < w->end && !is_last) {
        struct arena *arena = arena_new();
        struct recording_part *parts = NULL;
        uint64_t next = 0;
        size_t count = 0;

        st = store_read_recording(reader, arena, r->start.session, number, STEP_BYTES, &parts,
                                  &count, &next, err);
        for (size_t i = 0; st == OK && i < count && w->at < w->end; i++) {
            put_body(w, &parts[i]);
            number = parts[i].number + 1;
        }
        is_last = next == 0;
        arena_free(arena);
    }
    if (st == OK && w->at < w->end)
        return gone(r, err);
    if (st == OK && number > 0)
        set_mark(objects, r, number, w->at);
    return st;
}

static enum status
read_full(struct s3_objects *objects, struct store_reader *reader, const struct recording *r,
          uint64_t from, char *to, size_t length, struct err *err)
{
    struct window w = { .from = from, .end = from + length, .to = to };
    uint64_t number, at;

    put_head(&w, &r->start);
    if (w.at >= w.end)
        return OK;
    find_mark(objects, r, from, &number, &at);
    w.at = at;
    return fill(objects, reader, r, &w, number, err);
}

/* --- both --- */

enum status
s3_objects_find(struct s3_objects *objects, struct store_reader *reader, const struct recording *r,
                enum recording_file file, struct s3_object *out, struct err *err)
{
    enum status st = OK;

    *out = (struct s3_object){ .modified_ms = r->last_received_ms > 0 ? r->last_received_ms
                                                                      : r->start.time_ms };
    if (file == RECORDING_FULL) {
        describe_full(r, out);
        return OK;
    }
    while (st == OK && !recall(objects, r, file, out, 0, NULL, 0))
        st = make(objects, reader, r, err);
    return st;
}

bool
s3_objects_know(struct s3_objects *objects, const struct recording *r)
{
    return recall(objects, r, RECORDING_BEGIN, NULL, 0, NULL, 0);
}

enum status
s3_objects_read(struct s3_objects *objects, struct store_reader *reader, const struct recording *r,
                enum recording_file file, uint64_t from, char *to, size_t length, struct err *err)
{
    enum status st = OK;

    if (file == RECORDING_FULL)
        return read_full(objects, reader, r, from, to, length, err);
    if (recall(objects, r, file, NULL, from, to, length))
        return OK;
    st = make(objects, reader, r, err);
    if (st == OK && !recall(objects, r, file, NULL, from, to, length))
        st = err_set(err, E_BUSY, "the files of this session are larger than what is kept of them");
    return st;
}
