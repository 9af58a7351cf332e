/* intake.c - a ring of bytes with a ring of items beside it.
 * SPDX-License-Identifier: MIT
 *
 * Positions in the byte ring count upwards for ever; an item's bytes are contiguous, so the end of
 * the ring may stay unused once in a turn. Adding an item drops the oldest ones whose bytes it
 * overwrites. Headers are masked before they enter: what is not in the ring cannot leak from it. */
#include "config.h"

#include "emulator/intake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The parts of an item, in the order in which their bytes lie. */
enum part {
    PART_PEER,
    PART_METHOD,
    PART_PATH,
    PART_VERDICT,
    PART_REASON,
    PART_HEADERS,
    PART_BODY,
    PARTS
};

struct slot {
    struct intake_item item; /* its pointers are not valid here */
    uint64_t at;
    uint32_t len[PARTS];
};

struct intake {
    pthread_mutex_t lock;
    struct slot slots[INTAKE_ITEMS];
    uint64_t next_id;
    uint64_t oldest_id;
    uint64_t next_at;
    uint64_t forgotten[INTAKE_KINDS];
    char *bytes;
};

static const char *const kind_names[INTAKE_KINDS] = {
    [INTAKE_HTTP] = "http",           [INTAKE_AWS] = "aws",
    [INTAKE_EMF_TCP] = "emf-tcp",     [INTAKE_EMF_UDP] = "emf-udp",
    [INTAKE_EMF_STDIN] = "emf-stdin", [INTAKE_EMF_LOGS] = "emf-logs",
    [INTAKE_FIXTURE] = "fixture",     [INTAKE_REPLAY] = "replay",
};

const char *
intake_kind_name(enum intake_kind kind)
{
    return kind_names[kind];
}

bool
intake_kind_parse(enum intake_kind *out, const char *name)
{
    for (unsigned i = 0; i < INTAKE_KINDS; i++) {
        if (strcmp(kind_names[i], name) == 0) {
            *out = (enum intake_kind)i;
            return true;
        }
    }
    return false;
}

struct intake *
intake_new(void)
{
    struct intake *in = xcalloc(1, sizeof *in);

    pthread_mutex_init(&in->lock, NULL);
    in->next_id = 1;
    in->oldest_id = 1;
    in->bytes = xmalloc(INTAKE_BYTES);
    return in;
}

void
intake_free(struct intake *in)
{
    if (in == NULL)
        return;
    pthread_mutex_destroy(&in->lock);
    free(in->bytes);
    free(in);
}

static struct slot *
slot_of(struct intake *in, uint64_t id)
{
    return &in->slots[id % INTAKE_ITEMS];
}

static uint32_t
cut(const char *text, size_t max)
{
    return text == NULL ? 0 : (uint32_t)strnlen(text, max);
}

/* Room for `len` contiguous bytes; drops what lay there. */
static uint64_t
make_room(struct intake *in, size_t len)
{
    uint64_t at = in->next_at;
    size_t to_end = INTAKE_BYTES - (size_t)(at % INTAKE_BYTES);

    if (to_end < len)
        at += to_end;
    while (in->oldest_id < in->next_id &&
           (slot_of(in, in->oldest_id)->at + INTAKE_BYTES < at + len ||
            in->next_id - in->oldest_id >= INTAKE_ITEMS))
        in->forgotten[slot_of(in, in->oldest_id++)->item.kind]++;
    in->next_at = at + len;
    return at;
}

void
intake_add(struct intake *in, const struct intake_item *item)
{
    const char *from[PARTS] = {
        [PART_PEER] = item->peer,     [PART_METHOD] = item->method,
        [PART_PATH] = item->path,     [PART_VERDICT] = item->verdict,
        [PART_REASON] = item->reason, [PART_HEADERS] = item->headers,
        [PART_BODY] = item->body,
    };
    uint32_t len[PARTS] = {
        [PART_PEER] = cut(item->peer, 64),
        [PART_METHOD] = cut(item->method, 32),
        [PART_PATH] = cut(item->path, 2048),
        [PART_VERDICT] = cut(item->verdict, 4 * INTAKE_VERDICT_MAX),
        [PART_REASON] = cut(item->reason, 64),
        [PART_HEADERS] = (uint32_t)(item->headers_len < INTAKE_HEADERS_MAX ? item->headers_len
                                                                           : INTAKE_HEADERS_MAX),
        [PART_BODY] =
            (uint32_t)(item->body_len < INTAKE_BODY_MAX ? item->body_len : INTAKE_BODY_MAX),
    };
    size_t total = 0;
    struct slot *slot;
    char *to;

    for (unsigned i = 0; i < PARTS; i++)
        total += len[i];
    pthread_mutex_lock(&in->lock);
    {
        uint64_t at = make_room(in, total);

        slot = slot_of(in, in->next_id);
        slot->item = *item;
        slot->item.id = in->next_id++;
        slot->at = at;
        memcpy(slot->len, len, sizeof len);
        to = in->bytes + at % INTAKE_BYTES;
    }
    for (unsigned i = 0; i < PARTS; i++) {
        if (len[i] > 0)
            memcpy(to, from[i], len[i]);
        to += len[i];
    }
    pthread_mutex_unlock(&in->lock);
}

void
intake_clear(struct intake *in)
{
    pthread_mutex_lock(&in->lock);
    in->oldest_id = in->next_id;
    memset(in->forgotten, 0, sizeof in->forgotten);
    pthread_mutex_unlock(&in->lock);
}

/* Under the lock. */
static bool
is_wanted(const struct intake *in, const struct slot *slot, const struct intake_filter *filter)
{
    const char *path = in->bytes + slot->at % INTAKE_BYTES;
    size_t len = filter->path == NULL ? 0 : strlen(filter->path);

    for (unsigned i = 0; i < PART_PATH; i++)
        path += slot->len[i];
    return (filter->kinds & (1U << slot->item.kind)) != 0 && len <= slot->len[PART_PATH] &&
           (len == 0 || memcmp(path, filter->path, len) == 0);
}

/* Under the lock. */
static void
copy_out(struct intake *in, struct arena *arena, const struct slot *slot, enum intake_detail detail,
         struct intake_item *out)
{
    const char *from = in->bytes + slot->at % INTAKE_BYTES;
    const char *part[PARTS];

    for (unsigned i = 0; i < PARTS; i++) {
        char *copy = NULL;

        if (i < PART_HEADERS || detail == INTAKE_ALL ||
            (i == PART_HEADERS && detail == INTAKE_HEADERS)) {
            copy = arena_alloc(arena, (size_t)slot->len[i] + 1);
            memcpy(copy, from, slot->len[i]);
        }
        part[i] = copy;
        from += slot->len[i];
    }
    *out = slot->item;
    out->peer = part[PART_PEER];
    out->method = part[PART_METHOD];
    out->path = part[PART_PATH];
    out->verdict = part[PART_VERDICT];
    out->reason = part[PART_REASON];
    out->headers = part[PART_HEADERS];
    out->headers_len = slot->len[PART_HEADERS];
    out->body = part[PART_BODY];
    out->body_len = slot->len[PART_BODY];
}

bool
intake_next(struct intake *in, struct arena *arena, uint64_t *id,
            const struct intake_filter *filter, enum intake_detail detail, struct intake_item *out)
{
    bool found = false;
    uint64_t i;

    pthread_mutex_lock(&in->lock);
    i = *id < in->oldest_id ? in->oldest_id : *id;
    for (; i < in->next_id && !found; i++) {
        struct slot *slot = slot_of(in, i);

        if (!is_wanted(in, slot, filter))
            continue;
        copy_out(in, arena, slot, detail, out);
        *id = i;
        found = true;
    }
    pthread_mutex_unlock(&in->lock);
    return found;
}

uint64_t
intake_newest(struct intake *in, const struct intake_filter *filter, size_t count)
{
    uint64_t i;

    pthread_mutex_lock(&in->lock);
    for (i = in->next_id; i > in->oldest_id && count > 0; i--)
        count -= is_wanted(in, slot_of(in, i - 1), filter);
    pthread_mutex_unlock(&in->lock);
    return i;
}

void
intake_stats(struct intake *in, struct intake_stats *out)
{
    pthread_mutex_lock(&in->lock);
    *out = (struct intake_stats){
        .next_id = in->next_id,
        .oldest_id = in->oldest_id,
        .items = (size_t)(in->next_id - in->oldest_id),
        .bytes = in->next_id == in->oldest_id
                     ? 0
                     : (size_t)(in->next_at - slot_of(in, in->oldest_id)->at),
    };
    memcpy(out->forgotten, in->forgotten, sizeof in->forgotten);
    pthread_mutex_unlock(&in->lock);
}

static bool
is_credential(const char *name)
{
    static const char *const names[] = { "authorization",   "proxy-authorization",  "cookie",
                                         "set-cookie",      "x-amz-security-token", "x-api-key",
                                         "x-umami-api-key", "x-csrf-token" };

    /* Most names are settled by their first letter. */
    if (strchr("aApPcCsSxX", name[0]) == NULL)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* A value may come from a body, with line ends in it; a second line would be another header. */
static void
print_on_one_line(struct buf *b, const char *value, size_t len)
{
    size_t from = b->len;

    buf_add(b, value, len);
    for (size_t i = from; i < b->len; i++) {
        if (b->data[i] == '\n' || b->data[i] == '\r')
            b->data[i] = ' ';
    }
}

void
intake_print_header(struct buf *b, const char *name, const char *value)
{
    size_t name_len = strlen(name), value_len = value == NULL ? 0 : strlen(value);

    if (b->len + name_len + value_len + 3 > b->max)
        return;
    buf_add(b, name, name_len);
    buf_add(b, ": ", 2);
    if (is_credential(name))
        buf_adds(b, "***");
    else
        print_on_one_line(b, value, value_len);
    buf_addc(b, '\n');
}

void
intake_print_private(struct buf *b, const char *name, const char *value)
{
    size_t len = value == NULL ? 0 : strcspn(value, "?#");
    char *page;

    if (len == 0 || value[len] == '\0' || strcasecmp(name, "Referer") != 0) {
        intake_print_header(b, name, value);
        return;
    }
    page = xstrndup(value, len);
    intake_print_header(b, name, page);
    free(page);
}

static bool
is_secret_parameter(const char *name, size_t len)
{
    static const char *const names[] = { "token",
                                         "access_token",
                                         "X-Amz-Signature",
                                         "X-Amz-Credential",
                                         "X-Amz-Security-Token",
                                         "WebIdentityToken" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
            return true;
    }
    return false;
}

void
intake_print_path(struct buf *b, const char *path, const char *query)
{
    char separator = '?';

    buf_adds(b, path);
    while (*query != '\0') {
        size_t len = strcspn(query, "&");
        size_t name = strcspn(query, "=&");

        buf_addc(b, separator);
        if (name < len && is_secret_parameter(query, name)) {
            buf_add(b, query, name + 1);
            buf_adds(b, "***");
        } else
            buf_add(b, query, len);
        separator = '&';
        query += len;
        if (*query == '&')
            query++;
    }
}
