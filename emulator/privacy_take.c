/* privacy_take.c - takes in the texts of requests and the lines of logs, which wait in the queue.
 * SPDX-License-Identifier: MIT
 *
 * Who hands in a request pays for a look at each text; only what may hold something is copied. */
#include "config.h"

#include "emulator/privacy_own.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/pack.h"
#include "store/store.h"

#define ITEM_BYTES  ((size_t)256 << 10) /* of one item; the rest of it is not searched */
#define LINES_BYTES ((size_t)128 << 10) /* of lines in one item, and the one that goes beyond */
#define LINES_ITEM  ((size_t)2 << 20)
#define JSON_TEXTS  256
#define JSON_PATH   200

static void
push(struct privacy *p, struct privacy_load *load)
{
    if (load == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    privacy_queue_push(&p->queue, load);
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

/* What is gathered of a request: nothing at all of most of them. */
struct taking {
    const struct privacy *p;
    const struct privacy_item *from;
    struct privacy_load *item; /* NULL until a text is worth a search */
};

static struct privacy_load *
begin_item(const struct privacy_item *from)
{
    struct privacy_load *item = xcalloc(1, sizeof *item);
    struct buf *b = &item->bytes;

    buf_init(b, ITEM_BYTES);
    pack_text(b, from->source);
    pack_text(b, from->message);
    pack_text(b, from->session == NULL ? "" : from->session);
    pack_text(b, from->page == NULL ? "" : from->page);
    pack_signed(b, from->time_ms);
    pack_u8(b, from->is_scrubbed);
    return item;
}

/* Most texts have not even a digit too many, or came before: that spares them the way. */
static bool
is_worth(const struct privacy *p, const struct privacy_text *text)
{
    size_t len = text->text == NULL ? 0 : strlen(text->text);

    return !scrubber_knows_clean(p->scrubber, text->reading, text->text, len);
}

static void
add_text(struct taking *t, const struct privacy_text *text)
{
    struct buf *b;

    if (t->item == NULL)
        t->item = begin_item(t->from);
    b = &t->item->bytes;
    pack_u8(b, (uint8_t)text->reading);
    pack_u8(b, (uint8_t)text->way);
    pack_text(b, text->field);
    pack_text(b, text->text);
}

bool
privacy_take(struct privacy *p, const struct privacy_item *from)
{
    struct taking taking = { .p = p, .from = from };

    for (size_t i = 0; i < from->count; i++) {
        if (is_worth(p, &from->texts[i]))
            add_text(&taking, &from->texts[i]);
    }
    push(p, taking.item);
    return taking.item != NULL;
}

/* A member below others, named only when something is to be told of it. */
struct path {
    const struct path *above; /* NULL: the first one */
    const char *name;         /* NULL: an item of an array */
};

static void
print_path(struct buf *b, const struct path *path)
{
    if (path->above != NULL)
        print_path(b, path->above);
    if (path->name == NULL)
        buf_adds(b, "[]");
    else
        buf_addf(b, "%s%s", path->above == NULL ? "" : ".", path->name);
}

static bool
is_address(const struct path *path)
{
    return path->name != NULL &&
           (strcmp(path->name, "url") == 0 || strcmp(path->name, "referrer") == 0);
}

static void
add_string(struct taking *t, const struct path *path, const char *string)
{
    struct privacy_text text = { .text = string,
                                 .reading = is_address(path) ? PII_URL : PII_JSON,
                                 .way = is_address(path) ? PII_WAY_URL : PII_WAY_PAYLOAD };
    struct buf name;

    if (!is_worth(t->p, &text))
        return;
    buf_init(&name, PRIVACY_LINE_MAX);
    print_path(&name, path);
    if (name.len > JSON_PATH)
        name.data[JSON_PATH] = '\0';
    text.field = buf_failed(&name) ? "a member with a long name" : name.data;
    add_text(t, &text);
    buf_fini(&name);
}

/* Depth is bounded by the parser. */
static void
add_json(struct taking *t, const struct path *path, const cJSON *value, size_t *left)
{
    const cJSON *child;

    if (cJSON_IsString(value) && *left > 0) {
        (*left)--;
        add_string(t, path, value->valuestring);
    }
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
        return;
    cJSON_ArrayForEach(child, value)
    {
        add_json(t, &(struct path){ path, cJSON_IsArray(value) ? NULL : child->string }, child,
                 left);
    }
}

void
privacy_take_json(struct privacy *p, const struct privacy_item *from, const char *field,
                  const cJSON *value)
{
    struct taking taking = { .p = p, .from = from };
    size_t left = JSON_TEXTS;

    add_json(&taking, &(struct path){ NULL, field }, value, &left);
    push(p, taking.item);
}

static struct privacy_load *
begin_lines_item(const char *group)
{
    struct privacy_load *item = xcalloc(1, sizeof *item);

    buf_init(&item->bytes, LINES_ITEM);
    pack_text(&item->bytes, group);
    return item;
}

/* Without room for lines they are not even looked at. */
static bool
have_lines_room(struct privacy *p, size_t count)
{
    bool has;

    pthread_mutex_lock(&p->lock);
    has = privacy_queue_takes_lines(&p->queue, count);
    pthread_mutex_unlock(&p->lock);
    return has;
}

void
privacy_take_lines(struct privacy *p, const char *group, const struct log_event *events,
                   size_t count)
{
    struct privacy_load *item = NULL;

    if (!have_lines_room(p, count))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!pii_is_suspect(p->scanner, events[i].message, events[i].message_len))
            continue;
        if (item == NULL)
            item = begin_lines_item(group);
        item->lines++;
        pack_signed(&item->bytes, events[i].time_ms);
        pack_blob(&item->bytes, events[i].message, events[i].message_len);
        if (item->bytes.len < LINES_BYTES)
            continue;
        push(p, item);
        item = NULL;
    }
    push(p, item);
}
