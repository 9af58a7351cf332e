/* stack_alarms.c - the alarms of a stack file: inputs of PutMetricAlarm with names filled in.
 * SPDX-License-Identifier: MIT
 *
 * Dimensions of some services hold ids that nobody can know before the account is there
 * ("app/umami-alb/256788415a769d55"), so a file names the resource instead. What an alarm may say
 * is the emulator's affair, which this room does not know: it is asked through struct stack_world.
 */
#include "config.h"

#include "domain/stack_file.h"

#include <string.h>

#include "base/buf.h"

#define TEXT_MAX 16384 /* bytes of a text once it is filled in */

/* "${umami-tg}" in a text stands for the id of that resource. */
static const char *
with_ids(struct stack_reader *r, const struct stack_place *place, const char *text)
{
    const char *at, *end;
    struct buf b;

    if (strstr(text, "${") == NULL)
        return text;
    buf_init(&b, TEXT_MAX);
    while ((at = strstr(text, "${")) != NULL && (end = strchr(at, '}')) != NULL) {
        const char *name = arena_strndup(r->arena, at + 2, (size_t)(end - at - 2));
        const struct stack_resource *resource = stack_find(r->stack, name);

        if (resource == NULL)
            stack_fault(r, place, "there is no resource \"%.80s\"", name);
        if (++r->fills > STACK_FILLS_MAX)
            break;
        buf_add(&b, text, (size_t)(at - text));
        buf_adds(&b, resource == NULL ? "" : resource->id);
        text = end + 1;
    }
    buf_adds(&b, text);
    if (buf_failed(&b))
        stack_fault(r, place, "longer than %d bytes", TEXT_MAX);
    text = arena_strdup(r->arena, b.data);
    buf_fini(&b);
    return text;
}

/* A copy in the arena, since trees that were parsed are not changed. */
static cJSON *
copy_filled(struct stack_reader *r, const struct stack_place *place, const cJSON *from)
{
    cJSON *copy = arena_alloc(r->arena, sizeof *copy), *last = NULL;
    const cJSON *child;
    size_t index = 0;

    *copy = *from;
    copy->next = copy->prev = copy->child = NULL;
    if (cJSON_IsString(from)) {
        const char *text = with_ids(r, place, from->valuestring);

        if (text != from->valuestring)
            copy->valuestring = arena_strdup(r->arena, text);
    }
    cJSON_ArrayForEach(child, from)
    {
        const struct stack_place at = { .up = place, .key = child->string, .index = index++ };
        cJSON *made = copy_filled(r, &at, child);

        made->prev = last;
        if (last == NULL)
            copy->child = made;
        else
            last->next = made;
        last = made;
    }
    if (copy->child != NULL)
        copy->child->prev = last; /* as cJSON has it */
    return copy;
}

void
stack_read_alarms(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const struct stack_place place = { .up = NULL, .key = "alarms" };
    struct stack_items items = stack_merge(r, &place, own, under, "AlarmName", STACK_THINGS_MAX);
    cJSON *list, *last = NULL;

    if (items.count == 0)
        return;
    list = arena_alloc(r->arena, sizeof *list);
    list->type = cJSON_Array;
    for (size_t i = 0; i < items.count; i++) {
        const struct stack_item *item = &items.list[i];
        cJSON *made = copy_filled(r, &item->place, item->own != NULL ? item->own : item->under);
        struct err err = { 0 };

        if (r->world->alarm_is_good != NULL && !r->world->alarm_is_good(made, &err))
            stack_fault(r, &item->place, "%s", err.text);
        made->prev = last;
        if (last == NULL)
            list->child = made;
        else
            last->next = made;
        last = made;
    }
    list->child->prev = last;
    if (r->fills > STACK_FILLS_MAX)
        stack_fault(r, &place, "more than %d times \"${...}\"", STACK_FILLS_MAX);
    r->stack->alarms = list;
}
