/* cmd_await.c - waits for something to arrive at an emulator, for tests.
 * SPDX-License-Identifier: MIT
 *
 * Asks for all of it each time: the intake is in memory and small, and what counts is that a wait
 * that ends for nothing can say what came instead, be it something else of the kind, or requests
 * that were refused. With --count 0 nothing may come: then it is the end of the time that is
 * waited for, and the last question is asked behind it. */
#include "config.h"

#include "cli/command.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/sending.h"
#include "cli/start.h"
#include "domain/sighting.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX ((size_t)20 << 20)
#define PAUSE_MS   25
#define LEAST_MS   1000 /* for an answer, however little time there is */
#define MOST_MS    10000
#define REFUSED    "/_obsview/events?type=request&where=fault=true&since=%" PRId64
#define SHOWN      5     /* of what was refused */
#define MATCHES    10    /* that are shown when it fails */
#define COUNT_MAX  10000 /* that an emulator tells of at a time */

struct awaiting {
    struct settings *s;
    const char *type;
    char *emulator, *path;
    cJSON *answer; /* the last one */
};

static void
add_escaped(struct buf *b, const char *text)
{
    static const char plain[] =
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL)
            buf_addc(b, *text);
        else
            buf_addf(b, "%%%02X", (unsigned char)*text);
    }
}

/* What is wrong with the command line should be said at once, and not by a server. */
static enum status
check_line(const struct invocation *inv, struct err *err)
{
    const char *type = inv->argument_count > 0 ? inv->arguments[0] : "";
    const char *const *where = settings_list(inv->settings, SET_WHERE);
    struct sighting_conditions conditions = { .count = 0 };
    enum sighting_type parsed;
    enum status st = OK;

    if (!sighting_type_parse(&parsed, type))
        return err_set(err, E_USAGE,
                       "await: expected vital, error, hit, metric or request, got \"%.80s\"", type);
    if (settings_int(inv->settings, SET_COUNT) > COUNT_MAX)
        return err_set(err, E_USAGE, "--count: at most %d can be awaited at a time", COUNT_MAX);
    for (; st == OK && where != NULL && *where != NULL; where++)
        st = sighting_conditions_add(&conditions, *where, err);
    if (st == OK)
        st = sighting_conditions_check(&conditions, parsed, err);
    sighting_conditions_fini(&conditions);
    if (st == OK)
        return OK;
    err_context(err, "--where");
    return err->code = E_USAGE;
}

static char *
path_of(const struct awaiting *a)
{
    const char *where = settings_text(a->s, SET_WHERE);
    struct buf b;
    size_t length;

    buf_init(&b, 65536);
    buf_addf(&b, "/_obsview/events?type=%s&since=%" PRId64, a->type, settings_int(a->s, SET_SINCE));
    if (where != NULL) {
        buf_adds(&b, "&where=");
        add_escaped(&b, where);
    }
    return buf_take(&b, &length);
}

static enum status
ask(const struct awaiting *a, const char *path, int64_t within_ms, cJSON **answer, struct err *err)
{
    enum status st;
    struct buf text;

    *answer = NULL;
    within_ms = within_ms < LEAST_MS ? LEAST_MS : within_ms > MOST_MS ? MOST_MS : within_ms;
    buf_init(&text, ANSWER_MAX);
    st = sending_get_within((int)within_ms, a->emulator, path, a->s, &text, err);
    if (st == OK)
        st = json_parse(answer, text.data, text.len, err);
    buf_fini(&text);
    return st;
}

static int64_t
mono_ms(void)
{
    return (int64_t)(mono_ns() / 1000000);
}

static int64_t
matched(const struct awaiting *a)
{
    return cJSON_GetArraySize(json_get(a->answer, "events"));
}

static void
print_lines(FILE *to, const char *lead, const cJSON *list)
{
    const cJSON *item;
    struct buf b, clean;

    cJSON_ArrayForEach(item, list)
    {
        buf_init(&b, ANSWER_MAX);
        buf_init(&clean, ANSWER_MAX);
        json_print(&b, item);
        text_clean(&clean, b.data, b.len);
        fprintf(to, "%s%s\n", lead, clean.data);
        buf_fini(&clean);
        buf_fini(&b);
    }
}

/* The newest ones, and how many there are besides. */
static void
print_last(const char *lead, const cJSON *list, int most)
{
    const int count = cJSON_GetArraySize(list);
    cJSON *last = cJSON_CreateArray();

    for (int i = count > most ? count - most : 0; i < count; i++)
        cJSON_AddItemReferenceToArray(last, cJSON_GetArrayItem(list, i));
    if (count > most)
        fprintf(stderr, "%s%d more, before\n", lead, count - most);
    print_lines(stderr, lead, last);
    cJSON_Delete(last);
}

/* Questions such as ours are nothing that anybody waits for. */
static void
remove_own(cJSON *requests)
{
    for (int i = cJSON_GetArraySize(requests) - 1; i >= 0; i--) {
        const cJSON *fields = json_get(cJSON_GetArrayItem(requests, i), "fields");

        if (strncmp(json_get_string(fields, "path", ""), "/_obsview/", 10) == 0)
            cJSON_DeleteItemFromArray(requests, i);
    }
}

/* What is looked for may have come, and been refused or dropped. */
static void
tell_refused(const struct awaiting *a)
{
    char *path = xasprintf(REFUSED, settings_int(a->s, SET_SINCE));
    cJSON *answer;

    if (strcmp(a->type, "request") != 0 && ask(a, path, 0, &answer, NULL) == OK) {
        cJSON *refused = cJSON_GetObjectItem(answer, "events");

        remove_own(refused);
        print_last("  refused: ", refused, SHOWN);
        cJSON_Delete(answer);
    }
    free(path);
}

/* " where name=LCP and route=/" */
static void
print_wanted(struct buf *b, const struct awaiting *a)
{
    const char *const *where = settings_list(a->s, SET_WHERE);

    for (size_t i = 0; where != NULL && where[i] != NULL; i++)
        buf_addf(b, " %s %s", i == 0 ? "where" : "and", where[i]);
}

static int64_t
cut(const struct awaiting *a)
{
    return json_get_int(a->answer, "cut", 0);
}

static void
tell_cut(const struct awaiting *a)
{
    if (cut(a) > 0)
        fprintf(stderr,
                "  not read: %" PRId64 " too long to be kept whole (--since leaves out what is "
                "older than %" PRId64 ")\n",
                cut(a), json_get_int(a->answer, "next", 0));
}

static void
tell_failure(const struct awaiting *a, int64_t wanted)
{
    int64_t others = json_get_int(a->answer, "others", 0);
    struct buf b;

    buf_init(&b, 65536);
    print_wanted(&b, a);
    if (wanted == 0)
        command_say(stderr, "obsview: no %s%s was to come for %s: %" PRId64 " came", a->type,
                    b.data, settings_text(a->s, SET_TIMEOUT), matched(a));
    else
        command_say(stderr,
                    "obsview: waited %s for %" PRId64 " %s%s: %" PRId64 " came, and %" PRId64
                    " that %s not match",
                    settings_text(a->s, SET_TIMEOUT), wanted, a->type, b.data, matched(a), others,
                    others == 1 ? "does" : "do");
    buf_fini(&b);
    print_last("  matches: ", json_get(a->answer, "events"), MATCHES);
    if (wanted == 0)
        return;
    print_lines(stderr, "  does not: ", json_get(a->answer, "newestOthers"));
    tell_cut(a);
    tell_refused(a);
}

/* The time is over. What was not read may have been what was to stay away. */
static enum status
judge_end(const struct awaiting *a, int64_t wanted, struct err *err)
{
    if (wanted > 0)
        return E_NOTFOUND;
    if (cut(a) == 0)
        return OK;
    return err_set(err, E_LIMIT,
                   "cannot judge: %" PRId64 " came that the intake could not keep whole (forget "
                   "them with POST /_obsview/reset, or with --since %" PRId64 ")",
                   cut(a), json_get_int(a->answer, "next", 0));
}

/* OK once there is enough, E_NOTFOUND when the time is over; where nothing is wanted, OK when the
 * time is over, E_NOTFOUND once there is something. */
static enum status
wait_for(struct awaiting *a, int64_t wanted, struct err *err)
{
    int64_t until = mono_ms() + settings_int(a->s, SET_TIMEOUT), left_ms;
    enum status st;

    for (;;) {
        const int64_t asked_ms = mono_ms();

        cJSON_Delete(a->answer);
        st = ask(a, a->path, until - asked_ms, &a->answer, err);
        if (st != OK)
            return st;
        if (matched(a) >= (wanted == 0 ? 1 : wanted))
            return wanted == 0 ? E_NOTFOUND : OK;
        left_ms = until - asked_ms;
        if (left_ms <= 0)
            return judge_end(a, wanted, err);
        left_ms = left_ms < PAUSE_MS ? left_ms : PAUSE_MS;
        nanosleep(&(struct timespec){ .tv_nsec = left_ms * 1000000 }, NULL);
    }
}

int
cmd_await(struct invocation *inv)
{
    const char *endpoint = settings_text(inv->settings, SET_ENDPOINT_URL);
    int64_t wanted = settings_int(inv->settings, SET_COUNT);
    struct awaiting a = { .s = inv->settings };
    struct err err = { 0 };
    enum status st = check_line(inv, &err);

    if (st != OK)
        return command_fail(&err);
    a.type = inv->arguments[0];
    a.emulator = endpoint != NULL ? xstrdup(endpoint)
                                  : xasprintf("http://%s", settings_text(a.s, SET_LISTEN));
    a.path = path_of(&a);
    st = wait_for(&a, wanted, &err);
    if (st == OK)
        print_lines(stdout, "", json_get(a.answer, "events"));
    else if (st == E_NOTFOUND)
        tell_failure(&a, wanted);
    cJSON_Delete(a.answer);
    free(a.path);
    free(a.emulator);
    return st == OK ? EXIT_OK : st == E_NOTFOUND ? EXIT_FINDING : command_fail(&err);
}
