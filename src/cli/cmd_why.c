/* cmd_why.c - follows one id or one metric through every door.
 * SPDX-License-Identifier: MIT
 *
 * Each door is asked over the wire that anybody may use: the emulator's intake and links, and of
 * AWS's services those that a screen reads too. What only an emulator keeps is said to be unknown
 * on an account. Nothing that is asked here is charged by the request, but those to CloudWatch
 * count towards the million a month that are free, and so are counted. A door is a why_*.c. */
#include "config.h"

#include "cli/why/why_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/watching.h"

#define DAY_MS       INT64_C(86400000)
#define NEEDLE_LEAST 6

/* NAMESPACE/NAME[,DIM=VALUE...]: a namespace may have slashes, the last one is before the name. */
static enum status
read_metric(struct why *a, struct err *err)
{
    size_t head = strcspn(a->id, ",");
    char *text = arena_strndup(a->arena, a->id, head), *slash = strrchr(text, '/');
    const char *at = a->id + head;

    if (slash == NULL || slash == text || slash[1] == '\0')
        return OK; /* an id, then */
    *slash = '\0';
    a->namespace_name = text;
    a->metric = a->needle = slash + 1;
    while (*at == ',') {
        size_t len = strcspn(++at, ",");
        char *pair = arena_strndup(a->arena, at, len), *equals = strchr(pair, '=');

        if (equals == NULL || equals == pair || a->dim_count == WHY_DIMS_MAX)
            return err_set(
                err, E_USAGE,
                "%.80s: expected NAMESPACE/NAME,DIMENSION=VALUE with up to %d dimensions", a->id,
                WHY_DIMS_MAX);
        *equals = '\0';
        a->dims[a->dim_count][0] = pair;
        a->dims[a->dim_count++][1] = equals + 1;
        at += len;
    }
    return OK;
}

/* E_IO and the like when nobody answered anything. */
static enum status
look(struct why *a)
{
    why_look_for_report(a);
    why_look_for_hit(a);
    why_look_for_group(a);
    if (a->stored_ms != 0)
        why_look_for_failures(a);
    if (a->metric != NULL)
        why_look_for_series(a);
    if (a->metric != NULL)
        why_look_for_filters(a);
    why_look_into_intake(a);
    if (!a->is_short)
        why_look_into_logs(a);
    if (a->answers == 0)
        return a->err.code;
    if (a->metric == NULL)
        why_look_for_links(a);
    why_look_for_alarms(a);
    return OK;
}

static int
print(const struct why *a)
{
    struct buf b;

    buf_init(&b, WHY_TEXT_MAX);
    if (strcmp(settings_text(a->s, SET_FORMAT), "json") == 0)
        tale_print_json(&b, a->tale);
    else
        tale_print_text(&b, a->tale);
    fwrite(b.data, 1, b.len, stdout);
    buf_fini(&b);
    if (!a->target.is_emulator)
        fprintf(
            stderr,
            "obsview: %" PRId64 " request%s to CloudWatch, of a million a month that are free\n",
            aws_client_free_calls(a->client), text_s((uint64_t)aws_client_free_calls(a->client)));
    return tale_is_known(a->tale) ? EXIT_OK : EXIT_FINDING;
}

static int64_t
span_of(const struct settings *s)
{
    return strcmp(settings_origin(s, SET_RANGE), "default") == 0 ? DAY_MS : watching_span_ms(s);
}

static enum status
begin(struct why *a, struct invocation *inv, struct err *err)
{
    enum status st;

    a->arena = arena_new();
    a->s = inv->settings;
    a->span_ms = span_of(inv->settings);
    if (inv->argument_count == 0 || *inv->arguments[0] == '\0' || strlen(inv->arguments[0]) > 512)
        return err_set(err, E_USAGE,
                       "why: expected an id of an error or a group of errors, hit, session, visit, "
                       "recording or request, or a "
                       "metric as NAMESPACE/NAME");
    a->id = a->needle = inv->arguments[0];
    st = read_metric(a, err);
    a->is_short = strlen(a->needle) < NEEDLE_LEAST && a->metric == NULL;
    if (st == OK)
        st = watching_target(&a->target, inv->settings, NULL, err);
    if (st != OK)
        return st;
    a->net = net_new();
    a->client = aws_client_new(a->net, &a->target);
    a->tale = tale_new(a->id, a->metric != NULL ? "metric" : a->is_short ? "request" : "id");
    return watching_now(&a->now_ms, inv->settings, err);
}

static void
end(struct why *a)
{
    tale_free(a->tale);
    aws_client_free(a->client);
    if (a->net != NULL) {
        net_free(a->net);
        aws_target_fini(&a->target);
    }
    arena_free(a->arena);
}

int
cmd_why(struct invocation *inv)
{
    struct why a = { .span_ms = 0 };
    struct err err = { 0 };
    enum status st = begin(&a, inv, &err);
    int code;

    if (st == OK) {
        st = look(&a);
        err = a.err;
    }
    code = st == OK ? print(&a) : command_fail(&err);
    end(&a);
    return code;
}
