/* cost_cache.c - a file for each paid question.
 * SPDX-License-Identifier: MIT
 *
 * {"obsview":1, "account":"...", "question":"...", "got":ms, "cost":microusd, "partial":false,
 *  "from":day, "to":day, "rows":[[day,"Umami","Analytics",microusd], ...]}
 * or "tags":[["Project",true,false,changed,used], ...] instead of rows. Days are those of
 * base/day.h, money is whole millionths of a dollar; both are exact in a JSON number. A new file is
 * put in the place of the old one, so a process killed in the middle leaves that. */
#include "config.h"

#include "tui/cost_cache.h"

#include "base/buf.h"
#include "base/day.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "domain/money.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)8 << 20)
#define FORMAT   1
#define ROWS_MAX 50000
#define TAGS_MAX 1000
#define DAYS_MAX 400
#define LATE_MS  60000            /* clocks of two starts may differ that much */
#define DAY_LAST INT64_C(2932896) /* 9999-12-31 */
#define COST_MAX (100 * MONEY_USD)

/* The account's digits and a hash of the question: nothing of it can lead out of the directory. */
static char *
path_of(const struct cost_cache *cache)
{
    uint64_t hash = text_hash(cache->question, strlen(cache->question), TEXT_HASH_SEED);

    return xasprintf("%s/bill-%.12s-%016" PRIx64 ".json", cache->dir, cache->account, hash);
}

/* --- reading --- */

/* A whole number in [min, max] and nothing else. */
static bool
take_int(int64_t *out, const cJSON *value, int64_t min, int64_t max)
{
    double number = cJSON_IsNumber(value) ? value->valuedouble : 0.5;

    if (!(number >= (double)min && number <= (double)max) || number != (double)(int64_t)number)
        return false;
    *out = (int64_t)number;
    return true;
}

static bool
read_row(struct bill_row *row, struct arena *arena, const cJSON *item, const struct answer *answer)
{
    const cJSON *at = cJSON_IsArray(item) ? item->child : NULL;

    if (!take_int(&row->day, at, answer->cost_from_day, answer->cost_to_day - 1))
        return false;
    for (int i = 0; i < BILL_KEYS; i++) {
        at = at->next;
        if (!cJSON_IsString(at))
            return false;
        row->keys[i] = arena_strdup(arena, at->valuestring);
    }
    return take_int(&row->microusd, at->next, -MONEY_MAX, MONEY_MAX);
}

static enum status
read_rows(struct answer *answer, const cJSON *doc, struct err *err)
{
    const cJSON *list = json_get(doc, "rows"), *item;
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;
    struct bill_row *rows;
    size_t n = 0;

    if (count < 0 || count > ROWS_MAX)
        return err_set(err, E_INVALID, "rows: expected a list of at most %d", ROWS_MAX);
    if (!take_int(&answer->cost_from_day, json_get(doc, "from"), 0, DAY_LAST) ||
        !take_int(&answer->cost_to_day, json_get(doc, "to"), answer->cost_from_day,
                  answer->cost_from_day + DAYS_MAX))
        return err_set(err, E_INVALID, "from, to: expected day numbers");
    rows = arena_alloc(answer->arena, ((size_t)count + 1) * sizeof *rows);
    cJSON_ArrayForEach(item, list)
    {
        if (!read_row(&rows[n], answer->arena, item, answer))
            return err_set(err, E_INVALID, "rows[%zu]: expected [day, text, text, microusd]", n);
        n++;
    }
    answer->costs = rows;
    answer->cost_count = n;
    return OK;
}

static bool
read_tag(struct bill_tag *tag, struct arena *arena, const cJSON *item)
{
    const cJSON *at = cJSON_IsArray(item) && cJSON_GetArraySize(item) == 5 ? item->child : NULL;

    if (!cJSON_IsString(at) || !cJSON_IsBool(at->next) || !cJSON_IsBool(at->next->next))
        return false;
    tag->key = arena_strdup(arena, at->valuestring);
    tag->is_active = cJSON_IsTrue(at->next);
    tag->is_generated = cJSON_IsTrue(at->next->next);
    at = at->next->next->next;
    return take_int(&tag->changed_ms, at, 0, DAY_LAST * DAY_MS) &&
           take_int(&tag->used_ms, at->next, 0, DAY_LAST * DAY_MS);
}

static enum status
read_tags(struct answer *answer, const cJSON *doc, struct err *err)
{
    const cJSON *list = json_get(doc, "tags"), *item;
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;
    struct bill_tag *tags;
    size_t n = 0;

    if (count < 0 || count > TAGS_MAX)
        return err_set(err, E_INVALID, "tags: expected a list of at most %d", TAGS_MAX);
    tags = arena_alloc(answer->arena, ((size_t)count + 1) * sizeof *tags);
    cJSON_ArrayForEach(item, list)
    {
        if (!read_tag(&tags[n], answer->arena, item))
            return err_set(err, E_INVALID,
                           "tags[%zu]: expected [key, active, generated, changed, used]", n);
        n++;
    }
    answer->cost_tags = tags;
    answer->cost_tag_count = n;
    return OK;
}

static enum status
read_doc(struct answer *answer, const struct cost_cache *cache, const cJSON *doc, int64_t now_ms,
         int64_t *got_ms, int64_t *cost_microusd, struct err *err)
{
    int64_t version;

    if (!take_int(&version, json_get(doc, "obsview"), FORMAT, FORMAT))
        return err_set(err, E_INVALID, "obsview: expected %d", FORMAT);
    if (strcmp(json_get_string(doc, "account", ""), cache->account) != 0 ||
        strcmp(json_get_string(doc, "question", ""), cache->question) != 0)
        return err_set(err, E_INVALID, "it answers another question");
    if (!take_int(got_ms, json_get(doc, "got"), 1, now_ms + LATE_MS))
        return err_set(err, E_INVALID, "got: expected a time that is past");
    if (!take_int(cost_microusd, json_get(doc, "cost"), 0, COST_MAX))
        return err_set(err, E_INVALID, "cost: expected microusd");
    answer->is_partial = json_get_bool(doc, "partial", false);
    return answer->kind == ASK_COSTS ? read_rows(answer, doc, err) : read_tags(answer, doc, err);
}

enum status
cost_cache_parse(struct answer *answer, const struct cost_cache *cache, const char *text,
                 size_t len, int64_t now_ms, int64_t *got_ms, int64_t *cost_microusd,
                 struct err *err)
{
    cJSON *doc = NULL;
    enum status st = json_parse(&doc, text, len, err);

    if (st == OK)
        st = read_doc(answer, cache, doc, now_ms, got_ms, cost_microusd, err);
    cJSON_Delete(doc);
    return st;
}

enum status
cost_cache_read(struct answer *answer, const struct cost_cache *cache, int64_t now_ms,
                int64_t *got_ms, int64_t *cost_microusd, struct err *err)
{
    char *path = path_of(cache);
    struct buf text;
    enum status st;

    buf_init(&text, FILE_MAX);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        st = err_set(err, E_NOTFOUND, "nothing is kept in %s", path);
    else
        st = buf_read_file(&text, path, err);
    if (st == OK) {
        st = cost_cache_parse(answer, cache, text.data, text.len, now_ms, got_ms, cost_microusd,
                              err);
        if (st != OK)
            st = err_context(err, "%s", path);
    }
    buf_fini(&text);
    free(path);
    return st;
}

/* --- writing --- */

static void
print_rows(struct buf *b, const struct answer *answer)
{
    buf_addf(b, ",\"from\":%" PRId64 ",\"to\":%" PRId64 ",\"rows\":[", answer->cost_from_day,
             answer->cost_to_day);
    for (size_t i = 0; i < answer->cost_count; i++) {
        const struct bill_row *row = &answer->costs[i];

        buf_addf(b, "%s[%" PRId64, i > 0 ? ",\n" : "\n", row->day);
        for (int k = 0; k < BILL_KEYS; k++) {
            buf_addc(b, ',');
            json_print_string(b, row->keys[k], strlen(row->keys[k]));
        }
        buf_addf(b, ",%" PRId64 "]", row->microusd);
    }
    buf_addc(b, ']');
}

static void
print_tags(struct buf *b, const struct answer *answer)
{
    buf_adds(b, ",\"tags\":[");
    for (size_t i = 0; i < answer->cost_tag_count; i++) {
        const struct bill_tag *tag = &answer->cost_tags[i];

        buf_adds(b, i > 0 ? ",\n[" : "\n[");
        json_print_string(b, tag->key, strlen(tag->key));
        buf_addf(b, ",%s,%s,%" PRId64 ",%" PRId64 "]", tag->is_active ? "true" : "false",
                 tag->is_generated ? "true" : "false", tag->changed_ms, tag->used_ms);
    }
    buf_addc(b, ']');
}

static void
print_doc(struct buf *b, const struct answer *answer, const struct cost_cache *cache,
          int64_t got_ms, int64_t cost_microusd)
{
    buf_addf(b, "{\"obsview\":%d,\"account\":", FORMAT);
    json_print_string(b, cache->account, strlen(cache->account));
    buf_adds(b, ",\"question\":");
    json_print_string(b, cache->question, strlen(cache->question));
    buf_addf(b, ",\"got\":%" PRId64 ",\"cost\":%" PRId64 ",\"partial\":%s", got_ms, cost_microusd,
             answer->is_partial ? "true" : "false");
    if (answer->kind == ASK_COSTS)
        print_rows(b, answer);
    else
        print_tags(b, answer);
    buf_adds(b, "}\n");
}

static bool
write_all(int fd, const struct buf *text)
{
    size_t at = 0;

    while (at < text->len) {
        ssize_t n = write(fd, text->data + at, text->len - at);

        if (n < 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static enum status
put_in_place(const char *path, const struct buf *text, struct err *err)
{
    char *fresh = xasprintf("%s.%ld.new", path, (long)getpid());
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool is_written = fd >= 0 && write_all(fd, text);
    enum status st = OK;

    if (fd >= 0 && close(fd) != 0)
        is_written = false;
    if (!is_written || rename(fresh, path) != 0) {
        st = err_errno(err, errno, "cannot write %s", path);
        if (fd >= 0)
            (void)unlink(fresh);
    }
    free(fresh);
    return st;
}

enum status
cost_cache_write(const struct answer *answer, const struct cost_cache *cache, int64_t got_ms,
                 int64_t cost_microusd, struct err *err)
{
    char *path = path_of(cache);
    struct buf text;
    enum status st;

    buf_init(&text, FILE_MAX);
    print_doc(&text, answer, cache, got_ms, cost_microusd);
    (void)path_make_directories(path, NULL); /* what comes of it, opening the file says */
    if (buf_failed(&text))
        st = err_set(err, E_LIMIT, "%s: more than %zu MB", path, FILE_MAX >> 20);
    else
        st = put_in_place(path, &text, err);
    buf_fini(&text);
    free(path);
    return st;
}
