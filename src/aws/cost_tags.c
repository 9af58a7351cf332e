/* cost_tags.c - ListCostAllocationTags.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/cost_tags.h"

#include "aws/answer.h"
#include "aws/listing.h"
#include "base/iso8601.h"
#include "base/json.h"

#include <string.h>

#define OPERATION "ListCostAllocationTags"
#define PAGE      1000 /* keys; the API allows so many and gives a hundred unasked */
#define PAGES_MAX 3    /* each of them is paid for */

static enum status
read_tag(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
         struct err *err)
{
    struct bill_tag *tag = out;
    const char *status = json_get_string(item, "Status", NULL);

    (void)verdict;
    tag->key = answer_text(arena, item, "TagKey", NULL);
    if (tag->key == NULL)
        return err_set(err, E_INVALID, OPERATION ": a tag without TagKey");
    if (status == NULL)
        return err_set(err, E_INVALID, OPERATION ": %.60s: no Status, expected Active or Inactive",
                       tag->key);
    tag->is_active = strcmp(status, "Active") == 0;
    tag->is_generated = strcmp(json_get_string(item, "Type", ""), "AWSGenerated") == 0;
    tag->changed_ms = answer_time_ms(item, "LastUpdatedDate");
    tag->used_ms = answer_time_ms(item, "LastUsedDate");
    return OK;
}

static void
finish(const struct listing_end *end)
{
    cost_tags_done *done = (cost_tags_done *)end->done;

    done(end->arg, end->items, end->count, end->partial, end->arrived, end->err);
}

static cJSON *
make_input(void)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddNumberToObject(input, "MaxResults", PAGE);
    return input;
}

struct listing *
cost_tags_list(struct aws_client *client, struct arena *arena, cost_tags_done *done, void *arg)
{
    return listing_start(client, arena,
                         &(struct listing_request){ .service = AWS_COST_EXPLORER,
                                                    .operation = OPERATION,
                                                    .token = "NextToken",
                                                    .member = "CostAllocationTags",
                                                    .pages_max = PAGES_MAX,
                                                    .items_max = COST_TAGS_MAX,
                                                    .item_size = sizeof(struct bill_tag),
                                                    .input = make_input(),
                                                    .read = read_tag,
                                                    .finish = finish,
                                                    .done = (void (*)(void))done,
                                                    .arg = arg });
}

static void
add_time(cJSON *tag, const char *name, int64_t ms)
{
    char text[ISO8601_TEXT];

    if (ms == 0)
        return;
    iso8601_format_s(ms, text);
    cJSON_AddStringToObject(tag, name, text);
}

void
cost_tags_tell(const struct aws_client *client, const struct bill_tag *tags, size_t count)
{
    cJSON *answer, *list;

    if (!aws_client_hears(client))
        return;
    answer = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(answer, "CostAllocationTags");
    for (size_t i = 0; i < count; i++) {
        cJSON *tag = cJSON_CreateObject();

        cJSON_AddStringToObject(tag, "TagKey", tags[i].key);
        cJSON_AddStringToObject(tag, "Type", tags[i].is_generated ? "AWSGenerated" : "UserDefined");
        cJSON_AddStringToObject(tag, "Status", tags[i].is_active ? "Active" : "Inactive");
        add_time(tag, "LastUpdatedDate", tags[i].changed_ms);
        add_time(tag, "LastUsedDate", tags[i].used_ms);
        cJSON_AddItemToArray(list, tag);
    }
    aws_client_tell(client, AWS_COST_EXPLORER, OPERATION, make_input(), answer);
}
