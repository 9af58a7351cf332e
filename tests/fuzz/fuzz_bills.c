/* fuzz_bills.c - what Cost Explorer and Budgets may answer, and what may lie in the cache.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says who reads the rest, a JSON value that is given as every page there is: the
 * link replaces the functions that would send requests. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aws/budgets.h"
#include "aws/cost_explorer.h"
#include "aws/cost_tags.h"
#include "base/day.h"
#include "base/json.h"
#include "domain/money.h"
#include "domain/projection.h"
#include "domain/spend.h"
#include "tui/cost_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGES_MOST 100 /* more than any job asks for */
#define NOW_MS     INT64_C(1795490423000)

/* The call under way; nothing is ever sent. */
static struct {
    aws_done *done;
    void *arg;
} pending;
static unsigned ended;

struct aws_call *__wrap_aws_call_start(struct aws_client *client, enum aws_service service,
                                       const char *operation, const cJSON *input, aws_done *done,
                                       void *arg);
struct aws_call *__wrap_aws_query_start(struct aws_client *client, enum aws_service service,
                                        const char *operation, aws_text_done *done, void *arg);
void __wrap_aws_call_count(struct aws_call *call, unsigned *arrived);

struct aws_call *
__wrap_aws_call_start(struct aws_client *client, enum aws_service service, const char *operation,
                      const cJSON *input, aws_done *done, void *arg)
{
    (void)client;
    (void)service;
    (void)operation;
    (void)input;
    assert(pending.done == NULL);
    pending.done = done;
    pending.arg = arg;
    return NULL;
}

/* STS is asked for the account, and answers before the job is known to its starter. */
static struct {
    aws_text_done *done;
    void *arg;
} account;

struct aws_call *
__wrap_aws_query_start(struct aws_client *client, enum aws_service service, const char *operation,
                       aws_text_done *done, void *arg)
{
    (void)client;
    (void)service;
    (void)operation;
    account.done = done;
    account.arg = arg;
    return NULL;
}

void
__wrap_aws_call_count(struct aws_call *call, unsigned *arrived)
{
    (void)call;
    ++*arrived;
}

static void
check_text(const char *text)
{
    assert(text != NULL && strlen(text) < ((size_t)1 << 30));
}

/* Whatever the rows are, sums and forecasts of them have to come to an end within their bounds. */
static void
check_sums(const struct bill_row *rows, size_t count)
{
    struct arena *arena = arena_new();
    int64_t now = day_of_ms(NOW_MS), from = day_month(now, -1);
    struct projection *projection = arena_alloc(arena, sizeof *projection);
    struct spend_month month;
    struct spend_part *parts;
    size_t part_count;

    spend_month(&month, rows, count, from, now, now);
    assert(month.day_count <= SPEND_DAYS_MAX);
    (void)spend_passes(&month, 120 * MONEY_USD);
    parts = spend_split(arena, &part_count, rows, count, 0, from, now, now);
    assert(part_count >= 1 && part_count <= SPEND_PARTS_MAX);
    projection_compare(projection, parts, part_count);
    assert(projection->count <= PROJECTION_LINES);
    arena_free(arena);
}

static void
check_rows(const struct bill_row *rows, size_t count)
{
    assert(count <= COST_EXPLORER_ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < BILL_KEYS; k++)
            check_text(rows[i].keys[k]);
        assert(rows[i].microusd >= -MONEY_MAX && rows[i].microusd <= MONEY_MAX);
    }
    if (count <= 2000) /* else a fuzzer would only be slow */
        check_sums(rows, count);
}

static void
on_usage(void *arg, const struct bill_row *rows, size_t count, bool partial, unsigned requests,
         const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(requests >= 1 && requests <= 3);
    if (err == NULL)
        check_rows(rows, count);
}

static void
on_tags(void *arg, const struct bill_tag *tags, size_t count, bool partial, unsigned requests,
        const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= COST_TAGS_MAX && requests >= 1 && requests <= 3);
    for (size_t i = 0; err == NULL && i < count; i++)
        check_text(tags[i].key);
}

static void
on_budgets(void *arg, const struct bill_budget *budgets, size_t count, bool partial,
           const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= BUDGETS_MAX);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(budgets[i].name);
        for (size_t k = 0; k < budgets[i].filter_count; k++)
            check_text(budgets[i].filters[k].value);
        for (size_t k = 0; k < budgets[i].notification_count; k++)
            assert(budgets[i].notifications[k].mark_microusd >= 0);
    }
}

static void
read_cache(enum ask_kind kind, const char *text, size_t len)
{
    static const struct cost_cache cache = { "/nowhere", "123456789012", "q" };
    struct answer *answer = answer_new("x", kind);
    int64_t got_ms, cost;
    struct err err;

    if (cost_cache_parse(answer, &cache, text, len, NOW_MS, &got_ms, &cost, &err) == OK) {
        assert(got_ms > 0 && cost >= 0);
        check_rows(answer->costs, answer->cost_count);
        for (size_t i = 0; i < answer->cost_tag_count; i++)
            check_text(answer->cost_tags[i].key);
    }
    answer_unref(answer);
}

static void
start(uint8_t who, struct arena *arena)
{
    static const struct cost_question question = {
        20000, 20060, { "Component", "Function" }, "Project", "UserMetrics"
    };

    switch (who % 3) {
    case 0:
        cost_explorer_usage(NULL, arena, &question, on_usage, NULL);
        break;
    case 1:
        cost_tags_list(NULL, arena, on_tags, NULL);
        break;
    default:
        budgets_list(NULL, arena, on_budgets, NULL);
        account.done(account.arg, "<Account>123456789012</Account>", NULL);
    }
}

static void
answer_all(uint8_t who, const cJSON *answer)
{
    struct arena *arena = arena_new();
    unsigned pages = 0;

    ended = 0;
    start(who, arena);
    while (pending.done != NULL) {
        aws_done *done = pending.done;

        pending.done = NULL;
        assert(++pages < PAGES_MOST);
        done(pending.arg, answer, NULL);
    }
    assert(ended == 1);
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *answer = NULL;

    if (size == 0)
        return 0;
    read_cache(data[0] % 2 == 0 ? ASK_COSTS : ASK_COST_TAGS, (const char *)data + 1, size - 1);
    if (json_parse(&answer, (const char *)data + 1, size - 1, NULL) == OK && cJSON_IsObject(answer))
        answer_all(data[0], answer);
    cJSON_Delete(answer);
    return 0;
}
