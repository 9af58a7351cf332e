/* why_ask.c - one question at a time, to the services of an account or to an emulator.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <string.h>

#include "base/clock.h"
#include "cli/sending.h"
#include "wire/percent.h"

#define DEADLINE_NS (UINT64_C(60) * 1000000000)
#define ANSWER_MAX  ((size_t)20 << 20)

static void
on_answer(void *arg, const cJSON *answer, const struct err *err)
{
    struct why *a = arg;

    a->is_done = true;
    a->answer = answer == NULL ? NULL : cJSON_Duplicate(answer, true);
    if (err != NULL)
        a->err = *err;
}

cJSON *
why_ask_aws(struct why *a, enum aws_service service, const char *operation, const char *input)
{
    uint64_t end = mono_ns() + DEADLINE_NS;
    cJSON *value = cJSON_Parse(input), *answer;
    struct aws_call *call;

    a->is_done = false;
    a->answer = NULL;
    a->err = (struct err){ .code = OK };
    call = aws_call_start(a->client, service, operation, value, on_answer, a);
    while (!a->is_done && mono_ns() < end)
        net_run(a->net, 200);
    if (!a->is_done) {
        aws_call_cancel(call);
        err_set(&a->err, E_IO, "%s: no answer", operation);
    }
    cJSON_Delete(value);
    answer = a->answer;
    a->answer = NULL;
    a->answers += answer != NULL;
    if (answer == NULL)
        tale_add(a->tale, TALE_UNKNOWN, 0, "%s: %s", operation, a->err.text);
    return answer;
}

cJSON *
why_ask_emulator(struct why *a, const char *path)
{
    cJSON *json = NULL;
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    a->err = (struct err){ .code = OK };
    if (sending_get(a->target.urls[AWS_CLOUDWATCH], path, a->s, &b, &a->err) == OK &&
        json_parse(&json, b.data, b.len, &a->err) != OK)
        json = NULL;
    a->answers += json != NULL;
    buf_fini(&b);
    return json;
}

const char *
why_quoted(struct why *a, const char *text)
{
    const char *out;
    struct buf b;

    buf_init(&b, WHY_TEXT_MAX);
    json_print_string(&b, text, strlen(text));
    out = arena_strndup(a->arena, b.data, b.len);
    buf_fini(&b);
    return out;
}

const char *
why_escaped(struct why *a, const char *text)
{
    const char *out;
    struct buf b;

    buf_init(&b, WHY_TEXT_MAX);
    percent_encode(&b, text, strlen(text), false);
    out = arena_strndup(a->arena, b.data == NULL ? "" : b.data, b.len);
    buf_fini(&b);
    return out;
}
