/* api_stack.c - which account is emulated, what of it is made up, and what goes wrong in it.
 * SPDX-License-Identifier: MIT
 *
 * AWS's own answers cannot say that a figure is simulated; a screen that shows one asks here. */
#include "config.h"

#include "emulator/api.h"

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "domain/stack.h"
#include "emulator/exchange_own.h"
#include "emulator/metric_source.h"
#include "emulator/parts.h"

#define ANSWER_MAX     ((size_t)4 << 20)
#define NAMESPACES_MAX 64

static void
add_time(cJSON *to, const char *key, int64_t time_ms)
{
    char text[ISO8601_TEXT];

    iso8601_format_ms(time_ms, text);
    cJSON_AddStringToObject(to, key, text);
}

static void
add_account(cJSON *to, const struct stack *stack, const char *path)
{
    size_t listed = 0;

    for (size_t i = 0; i < stack->resource_count; i++)
        listed += stack->resources[i].is_listed;
    cJSON_AddStringToObject(to, "name", stack->name);
    if (path != NULL)
        cJSON_AddStringToObject(to, "file", path);
    else
        cJSON_AddNullToObject(to, "file");
    cJSON_AddStringToObject(to, "account", stack->account);
    cJSON_AddStringToObject(to, "region", stack->region);
    cJSON_AddStringToObject(to, "environment", stack->environment);
    add_time(to, "since", stack->since_ms);
    cJSON_AddNumberToObject(to, "resources", (double)stack->resource_count);
    cJSON_AddNumberToObject(to, "listed", (double)listed);
}

static void
add_incidents(cJSON *to, const struct stack *stack, int64_t now_ms)
{
    cJSON *list = cJSON_AddArrayToObject(to, "incidents");

    for (size_t i = 0; stack != NULL && i < stack->incident_count; i++) {
        const struct stack_incident *incident = &stack->incidents[i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "name", incident->name);
        cJSON_AddStringToObject(item, "text", incident->text);
        add_time(item, "from", incident->from_ms);
        add_time(item, "to", incident->to_ms);
        cJSON_AddBoolToObject(item, "active",
                              now_ms >= incident->from_ms && now_ms < incident->to_ms);
        cJSON_AddItemToArray(list, item);
    }
}

static void
add_origins(cJSON *to, const struct stack *stack)
{
    cJSON *simulated = cJSON_AddArrayToObject(to, "simulated");
    cJSON *measured = cJSON_AddArrayToObject(to, "measured");
    const char *names[NAMESPACES_MAX];
    size_t count = stack == NULL ? 0 : metric_source_namespaces(stack, names, NAMESPACES_MAX);

    for (size_t i = 0; i < count && i < NAMESPACES_MAX; i++)
        cJSON_AddItemToArray(simulated, cJSON_CreateString(names[i]));
    for (size_t i = 0; stack != NULL; i++) {
        struct metric_source_measured one = metric_source_measured(i);
        cJSON *item;

        if (one.metric == NULL)
            break;
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "namespace", one.namespace_name);
        cJSON_AddStringToObject(item, "metric", one.metric);
        cJSON_AddItemToArray(measured, item);
    }
}

void
api_stack(struct exchange *x)
{
    struct emulator *em = exchange_emulator(x);
    const struct stack *stack = emulator_stack(em);
    cJSON *answer = cJSON_CreateObject();
    struct buf b;

    x->is_unseen = true;
    if (stack != NULL)
        add_account(answer, stack, emulator_options(em)->stack_path);
    else
        cJSON_AddNullToObject(answer, "name");
    add_incidents(answer, stack, clock_now_ms(emulator_clock(em)));
    add_origins(answer, stack);
    buf_init(&b, ANSWER_MAX);
    json_print(&b, answer);
    cJSON_Delete(answer);
    exchange_set_header(x, "Cache-Control", "no-store");
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}
