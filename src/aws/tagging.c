/* tagging.c - GetResources, in pages of a hundred.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is filtered at the server: a resource that lacks its Project is what we look for. */
#include "config.h"

#include "aws/tagging.h"

#include "aws/answer.h"
#include "aws/listing.h"
#include "base/json.h"
#include "domain/arn.h"

#define OPERATION  "GetResources"
#define PAGE_ITEMS 100                                      /* the most there may be */
#define PAGES_MAX  (2 * TAGGING_RESOURCES_MAX / PAGE_ITEMS) /* pages need not be full */

static enum status
read_tags(struct arena *arena, struct tagged_resource *r, const cJSON *list, struct err *err)
{
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    struct resource_tag *tags;
    const cJSON *item;

    if (count > TAGGING_TAGS_MAX)
        return err_set(err, E_LIMIT, OPERATION ": %d tags on one resource, expected %d at most",
                       count, TAGGING_TAGS_MAX);
    tags = arena_alloc(arena, ((size_t)count + 1) * sizeof *tags);
    r->tags = tags;
    if (count == 0)
        return OK;
    cJSON_ArrayForEach(item, list)
    {
        struct resource_tag *tag = &tags[r->tag_count];

        tag->key = answer_text(arena, item, "Key", NULL);
        tag->value = answer_text(arena, item, "Value", "");
        if (tag->key == NULL)
            return err_set(err, E_INVALID, OPERATION ": a tag without Key on %s", r->arn);
        r->tag_count++;
    }
    return OK;
}

static enum status
read_resource(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
              struct err *err)
{
    struct tagged_resource *r = out;
    char type[ARN_TYPE_TEXT];

    (void)verdict;
    r->arn = answer_text(arena, item, "ResourceARN", NULL);
    if (r->arn == NULL)
        return err_set(err, E_INVALID, OPERATION ": a resource without ResourceARN");
    arn_read(type, &r->name, r->arn);
    r->type = arena_strdup(arena, type);
    return read_tags(arena, r, json_get(item, "Tags"), err);
}

static void
finish(const struct listing_end *end)
{
    tagging_done *done = (tagging_done *)end->done;

    done(end->arg, end->items, end->count, end->partial, end->err);
}

struct listing *
tagging_list(struct aws_client *client, struct arena *arena, tagging_done *done, void *arg)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddNumberToObject(input, "ResourcesPerPage", PAGE_ITEMS);
    return listing_start(client, arena,
                         &(struct listing_request){ .service = AWS_TAGGING,
                                                    .operation = OPERATION,
                                                    .token = "PaginationToken",
                                                    .member = "ResourceTagMappingList",
                                                    .pages_max = PAGES_MAX,
                                                    .items_max = TAGGING_RESOURCES_MAX,
                                                    .item_size = sizeof(struct tagged_resource),
                                                    .input = input,
                                                    .read = read_resource,
                                                    .finish = finish,
                                                    .done = (void (*)(void))done,
                                                    .arg = arg });
}
