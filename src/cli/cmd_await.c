/* cmd_await.c - waits for something to arrive at an emulator, for tests.
 * SPDX-License-Identifier: MIT
 *
 * Asks each time for what is newer than the last answer, since a body may hold a thousand data that
 * are read for each question, of so many things at a time that an answer comes soon, and keeps what
 * it was told: a wait that ends for nothing can say what came instead, be it something else of the
 * kind, or requests that were refused. With --count 0 nothing may come: then it is the end of the
 * time that is waited for, and the last question is asked behind it. */
#include "config.h"

#include "cli/command.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/fate.h"
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
#define AT_FAULT   "/_obsview/events?type=request&where=fault=true&since=%" PRId64
#define SHOWN      5     /* of what was refused, or is doubted */
#define READS      20000 /* things that are looked at for one answer: well below a second */
#define BEHIND_MS  60000 /* for what had arrived when the time was over */
#define MATCHES    10    /* that are shown, unless more were asked for */
#define LINE_MOST  2000  /* bytes of a line for people */
#define OTHERS     10    /* that do not match, likewise */
#define COUNT_MAX  10000 /* that an emulator tells of at a time */

struct awaiting {
    struct settings *s;
    const char *type;
    char *emulator;
    cJSON *events, *newest_others; /* of all answers */
    int64_t others, cut, next;     /* likewise; where to go on */
    bool has_more;                 /* that has arrived and was not looked at yet */
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
    buf_addf(&b, "/_obsview/events?type=%s&since=%" PRId64 "&reads=%d", a->type, a->next, READS);
    if (where != NULL) {
        buf_adds(&b, "&where=");
        add_escaped(&b, where);
    }
    return buf_take(&b, &length);
}

/* Somebody else's JSON has nothing that is awaited either, and that nothing came it must not say.
 */
static bool
is_answer(const cJSON *answer)
{
    return cJSON_IsArray(json_get(answer, "events")) && cJSON_IsNumber(json_get(answer, "next"));
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
    if (st == OK && (json_parse(answer, text.data, text.len, NULL) != OK || !is_answer(*answer))) {
        cJSON_Delete(*answer);
        *answer = NULL;
        st = err_set(err, E_INVALID, "%s: who answers there is no obsview emulator", a->emulator);
    }
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
    return cJSON_GetArraySize(a->events);
}

static void
take_list(cJSON *to, cJSON *answer, const char *name)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, name), *item;

    while (cJSON_IsArray(list) && (item = cJSON_DetachItemFromArray(list, 0)) != NULL)
        cJSON_AddItemToArray(to, item);
}

static void
take_answer(struct awaiting *a, cJSON *answer)
{
    take_list(a->events, answer, "events");
    take_list(a->newest_others, answer, "newestOthers");
    while (cJSON_GetArraySize(a->newest_others) > OTHERS)
        cJSON_DeleteItemFromArray(a->newest_others, 0);
    a->others += json_get_int(answer, "others", 0);
    a->cut += json_get_int(answer, "cut", 0);
    a->next = json_get_int(answer, "next", a->next);
    a->has_more = cJSON_IsTrue(json_get(answer, "more"));
    cJSON_Delete(answer);
}

/* For people, who look at its beginning, or for programs, which need all of it. */
static void
print_line(FILE *to, const char *lead, const cJSON *item)
{
    struct buf b, clean;
    size_t most;

    buf_init(&b, ANSWER_MAX);
    buf_init(&clean, ANSWER_MAX);
    json_print(&b, item);
    most = to == stderr && b.len > LINE_MOST ? text_utf8_end(b.data, LINE_MOST) : b.len;
    text_clean(&clean, b.data, most);
    fprintf(to, "%s%s", lead, clean.data);
    if (most < b.len)
        fprintf(to, "... (%zu byte%s more)", b.len - most, text_s(b.len - most));
    fputc('\n', to);
    buf_fini(&clean);
    buf_fini(&b);
}

/* The first of the newest ones; how many there are besides is said. */
static const cJSON *
newest(FILE *to, const char *lead, const cJSON *list, int64_t most)
{
    const int64_t before = cJSON_GetArraySize(list) - most;

    if (before <= 0)
        return list == NULL ? NULL : list->child;
    fprintf(stderr, "%s%" PRId64 " more, before\n", to == stderr ? lead : "obsview: ", before);
    return cJSON_GetArrayItem(list, (int)before);
}

static void
print_last(FILE *to, const char *lead, const cJSON *list, int64_t most)
{
    for (const cJSON *item = newest(to, lead, list, most); item != NULL; item = item->next)
        print_line(to, lead, item);
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

static const char *
lead_of(const cJSON *request)
{
    static const char *const leads[FATES] = { [FATE_FAULTY] = "  at fault: ",
                                              [FATE_REFUSED] = "  refused: ",
                                              [FATE_DROPPED] = "  dropped: ",
                                              [FATE_DOUBTED] = "  doubted: " };
    const cJSON *fields = json_get(request, "fields");
    int64_t status;

    if (!text_parse_int(&status, json_get_string(fields, "status", "")))
        status = 0;
    return leads[fate_of(status, json_get_string(fields, "verdict", ""))];
}

/* What is looked for may have come, and been refused, dropped or doubted. */
static void
tell_faults(const struct awaiting *a)
{
    char *path = xasprintf(AT_FAULT, settings_int(a->s, SET_SINCE));
    cJSON *answer;

    if (strcmp(a->type, "request") != 0 && ask(a, path, 0, &answer, NULL) == OK) {
        cJSON *requests = cJSON_GetObjectItem(answer, "events");
        const cJSON *one;

        remove_own(requests);
        for (one = newest(stderr, "  at fault: ", requests, SHOWN); one != NULL; one = one->next)
            print_line(stderr, lead_of(one), one);
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

static void
tell_cut(const struct awaiting *a)
{
    if (a->cut > 0)
        fprintf(stderr,
                "  not read: %" PRId64 " too long to be kept whole (--since leaves out what is "
                "older than %" PRId64 ")\n",
                a->cut, a->next);
}

static void
tell_failure(const struct awaiting *a, int64_t wanted)
{
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
                    settings_text(a->s, SET_TIMEOUT), wanted, a->type, b.data, matched(a),
                    a->others, a->others == 1 ? "does" : "do");
    buf_fini(&b);
    print_last(stderr, "  matches: ", a->events, MATCHES);
    if (wanted == 0)
        return;
    print_last(stderr, "  does not: ", a->newest_others, OTHERS);
    tell_cut(a);
    tell_faults(a);
}

/* The time is over. What was not read may have been what was to stay away. */
static enum status
judge_end(const struct awaiting *a, int64_t wanted, struct err *err)
{
    if (wanted > 0)
        return E_NOTFOUND;
    if (a->cut == 0)
        return OK;
    return err_set(err, E_LIMIT,
                   "cannot judge: %" PRId64 " came that the intake could not keep whole (forget "
                   "them with POST /_obsview/reset, or with --since %" PRId64 ")",
                   a->cut, a->next);
}

/* One question and its answer. */
static enum status
look(struct awaiting *a, int64_t within_ms, struct err *err)
{
    char *path = path_of(a);
    cJSON *answer;
    enum status st = ask(a, path, within_ms, &answer, err);

    free(path);
    if (st == OK)
        take_answer(a, answer);
    return st;
}

static void
pause_for(int64_t ms)
{
    ms = ms < PAUSE_MS ? ms : PAUSE_MS;
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* OK once there is enough, E_NOTFOUND when the time is over; where nothing is wanted, OK when the
 * time is over, E_NOTFOUND once there is something. What arrived in time is looked at, too, when
 * that takes longer. */
static enum status
wait_for(struct awaiting *a, int64_t wanted, struct err *err)
{
    const int64_t until = mono_ms() + settings_int(a->s, SET_TIMEOUT);

    for (;;) {
        const int64_t left_ms = until - mono_ms();
        enum status st = look(a, left_ms, err);

        if (st != OK)
            return st;
        if (matched(a) >= (wanted == 0 ? 1 : wanted))
            return wanted == 0 ? E_NOTFOUND : OK;
        if (!a->has_more && left_ms <= 0)
            return judge_end(a, wanted, err);
        if (left_ms < -BEHIND_MS)
            return err_set(err, E_LIMIT,
                           "cannot judge: more arrives at %s than can be read (--since %" PRId64
                           " leaves out what was)",
                           a->emulator, a->next);
        if (!a->has_more)
            pause_for(left_ms);
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
    a.next = settings_int(a.s, SET_SINCE);
    a.events = cJSON_CreateArray();
    a.newest_others = cJSON_CreateArray();
    st = wait_for(&a, wanted, &err);
    if (st == OK)
        print_last(stdout, "", a.events, wanted > MATCHES ? wanted : MATCHES);
    else if (st == E_NOTFOUND)
        tell_failure(&a, wanted);
    cJSON_Delete(a.events);
    cJSON_Delete(a.newest_others);
    free(a.emulator);
    return st == OK ? EXIT_OK : st == E_NOTFOUND ? EXIT_FINDING : command_fail(&err);
}
