/* cmd_await.c - waits for something to arrive at an emulator, for tests.
 * SPDX-License-Identifier: MIT
 *
 * Asks for all since the start of the wait each time: the intake is in memory and small, and what
 * counts is that a wait that ends for nothing can say what came instead. */
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
#define PAUSE_MS   50

struct awaiting {
    const struct settings *s;
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
    for (; st == OK && where != NULL && *where != NULL; where++)
        st = sighting_conditions_add(&conditions, *where, err);
    sighting_conditions_fini(&conditions);
    return st == OK ? OK : err_set(err, E_USAGE, "--where: %s", err->text);
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
ask_once(struct awaiting *a, struct err *err)
{
    enum status st;
    struct buf text;

    cJSON_Delete(a->answer);
    a->answer = NULL;
    buf_init(&text, ANSWER_MAX);
    st = sending_get(a->emulator, a->path, a->s, &text, err);
    if (st == OK)
        st = json_parse(&a->answer, text.data, text.len, err);
    buf_fini(&text);
    return st;
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

static void
tell_failure(const struct awaiting *a, int64_t wanted)
{
    const char *where = settings_text(a->s, SET_WHERE);
    int64_t others = json_get_int(a->answer, "others", 0);

    fprintf(stderr,
            "obsview: waited %s for %" PRId64 " %s%s%s: %" PRId64 " came, and %" PRId64
            " of the kind that do not match\n",
            settings_text(a->s, SET_TIMEOUT), wanted, a->type, where == NULL ? "" : " where ",
            where == NULL ? "" : where, matched(a), others);
    print_lines(stderr, "  matches: ", json_get(a->answer, "events"));
    print_lines(stderr, "  does not: ", json_get(a->answer, "newestOthers"));
}

/* OK once there is enough; E_NOTFOUND when the time is over. */
static enum status
wait_for(struct awaiting *a, int64_t wanted, struct err *err)
{
    uint64_t until = mono_ns() + (uint64_t)settings_int(a->s, SET_TIMEOUT) * 1000000;
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    enum status st;

    while ((st = ask_once(a, err)) == OK && matched(a) < wanted) {
        if (mono_ns() >= until)
            return E_NOTFOUND;
        nanosleep(&pause, NULL);
    }
    return st;
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
