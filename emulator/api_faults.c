/* api_faults.c - GET and POST /_obsview/faults.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/api.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/exchange_own.h"
#include "emulator/faults.h"
#include "emulator/parts.h"

#define ANSWER_MAX ((size_t)64 << 10)

static const char hint[] = "say {\"path\":\"/ingest/v1/web/i\",\"status\":401,\"count\":1}; "
                           "\"method\" is optional, a count of 0 removes it";

static void
answer(struct exchange *x)
{
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"success\":true,\"faults\":");
    faults_print(&b, emulator_faults(x->em));
    buf_addc(&b, '}');
    exchange_set_header(x, "Cache-Control", "no-store");
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

static bool
is_method(const char *text)
{
    static const char *const methods[] = { "",    "GET",    "HEAD",  "POST",
                                           "PUT", "DELETE", "PATCH", "OPTIONS" };

    for (size_t i = 0; text != NULL && i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(text, methods[i]) == 0)
            return true;
    }
    return false;
}

static bool
is_whole(const cJSON *number, double low, double high)
{
    return cJSON_IsNumber(number) && number->valuedouble >= low && number->valuedouble <= high &&
           number->valuedouble == (double)(int64_t)number->valuedouble;
}

/* NULL: it was read; else what is wrong. */
static const char *
read_fault(const cJSON *body, struct fault *out)
{
    const cJSON *method = json_get(body, "method"), *count = json_get(body, "count");
    const char *path = json_get_string(body, "path", "");
    bool any = method == NULL || cJSON_IsNull(method);

    *out = (struct fault){ .count = 1 };
    if (path[0] != '/' || strlen(path) > FAULT_PATH_MAX || strpbrk(path, "?#") != NULL)
        return "path: expected the path of a request, without its query";
    if (strncmp(path, "/_obsview/", 10) == 0)
        return "path: what is below /_obsview/ does not fail on purpose";
    if (!is_whole(json_get(body, "status"), 400, 599))
        return "status: expected a number from 400 to 599";
    if (count != NULL && !is_whole(count, 0, FAULT_COUNT_MAX))
        return "count: expected a whole number up to 1000000";
    if (!any && (!cJSON_IsString(method) || !is_method(method->valuestring)))
        return "method: expected GET, POST or another method";
    snprintf(out->path, sizeof out->path, "%s", path);
    snprintf(out->method, sizeof out->method, "%s", any ? "" : method->valuestring);
    out->status = (unsigned)json_get(body, "status")->valuedouble;
    if (count != NULL)
        out->count = (uint64_t)count->valuedouble;
    return NULL;
}

void
api_faults(struct exchange *x)
{
    x->is_unseen = true;
    answer(x);
}

void
api_set_fault(struct exchange *x)
{
    const cJSON *body = NULL;
    const char *wrong, *text;
    struct err err = { 0 };
    struct fault fault;
    size_t len;

    x->is_unseen = true;
    text = exchange_body(x, &len);
    if (json_parse_in(&body, x->arena, text, len, &err) != OK)
        wrong = err.text;
    else
        wrong = read_fault(body, &fault);
    if (wrong == NULL && faults_set(emulator_faults(x->em), &fault, &err) != OK)
        wrong = err.text;
    if (wrong != NULL)
        exchange_refuse(x, REFUSAL_ANSWERED, 400, hint, "%s", wrong);
    else
        answer(x);
}
