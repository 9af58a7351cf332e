/* error_groups.c - reports and ERROR lines, counted by their fingerprints.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/check/error_groups.h"

#include "base/json.h"
#include "domain/error_report.h"
#include "domain/lambda_line.h"
#include "domain/pii.h"
#include "domain/route.h"
#include "tui/log_digest.h"

#include <string.h>

#define PATH        "/errors/report"
#define MESSAGE_MAX 256
#define FRAME_MAX   256
#define SEARCHED    1024 /* before it is cut, so that what is cut is found as well */

void
error_groups_init(struct error_groups *c)
{
    static const uint8_t key[PII_KEY_BYTES]; /* no hash is told */

    *c = (struct error_groups){ .arena = arena_new(),
                                .scratch = arena_new(),
                                .rules = pii_rules_default() };
    c->scanner = pii_scanner_new(c->rules, key);
    table_init(&c->index, sizeof(size_t));
}

void
error_groups_fini(struct error_groups *c)
{
    table_fini(&c->index);
    pii_scanner_free(c->scanner);
    pii_rules_free(c->rules);
    arena_free(c->scratch);
    arena_free(c->arena);
}

static const char *
scrubbed(const struct error_groups *c, const char *text, size_t most)
{
    size_t length = strnlen(text, SEARCHED);
    const char *kept;
    struct buf out;

    if (!pii_is_suspect(c->scanner, text, length))
        return arena_strndup(c->arena, text, most);
    buf_init(&out, 8 * SEARCHED);
    (void)pii_scrub(c->scanner, PII_JSON, text, length, &out); /* false: it is shorter */
    kept = arena_strndup(c->arena, out.len == 0 ? "" : out.data, most);
    buf_fini(&out);
    return kept;
}

static void
add_error(struct error_groups *c, const struct error_group *error)
{
    size_t *place = table_find(&c->index, error->id, strlen(error->id));
    struct error_group *g;

    c->errors += error->count;
    if (place != NULL) {
        c->list[*place].count += error->count;
        return;
    }
    if (c->count == ERROR_GROUPS_MAX) {
        c->dropped++;
        return;
    }
    place = table_add(&c->index, error->id, strlen(error->id));
    *place = c->count;
    c->list = arena_grow(c->arena, c->list, c->count, &c->room, 32, sizeof *c->list);
    g = &c->list[c->count++];
    *g = (struct error_group){ .id = arena_strndup(c->arena, error->id, 16),
                               .type = arena_strndup(c->arena, error->type, 128),
                               .message = scrubbed(c, error->message, MESSAGE_MAX),
                               .frame = scrubbed(c, error->frame, FRAME_MAX),
                               .route = arena_strndup(c->arena, error->route, ROUTE_TEXT),
                               .first = arena_strndup(c->arena, error->first, 512),
                               .count = error->count };
}

static void
take_body(struct error_groups *c, const struct check_item *item)
{
    struct field_errors errors = { 0 };
    struct error_report report;
    struct fingerprint print;
    const cJSON *body;

    c->judged++;
    if (!check_is_post(item, PATH))
        return;
    if (json_parse_in(&body, c->scratch, item->text, item->length, NULL) != OK ||
        !error_report_read(&report, c->scratch, body, &errors)) {
        c->unread += !check_expects_refusal(item);
        return;
    }
    if (check_was_refused(item) || item->is_logged)
        return;
    fingerprint_make(&print, c->scratch, report.type, report.message, report.stack);
    add_error(c, &(struct error_group){ .id = print.text,
                                        .type = report.type,
                                        .message = report.message,
                                        .frame = print.frame,
                                        .route = report.route,
                                        .first = item->where,
                                        .count = 1 });
}

/* Anybody can have written the file: a number out of range is the nearest in it. */
static size_t
saved_count(const cJSON *group)
{
    const int64_t count = json_get_int(group, "count", 1);

    if (count < 1)
        return 1;
    return (size_t)(count < ERROR_COUNT_MAX ? count : ERROR_COUNT_MAX);
}

/* What --save wrote. */
static bool
take_saved(struct error_groups *c, const struct check_item *item)
{
    const cJSON *saved, *one;

    if (memmem(item->text, item->length < 32 ? item->length : 32, ERROR_GROUPS_MARK,
               sizeof ERROR_GROUPS_MARK - 1) == NULL ||
        json_parse_in(&saved, c->scratch, item->text, item->length, NULL) != OK ||
        json_get_int(saved, ERROR_GROUPS_MARK, 0) != 1)
        return false;
    c->judged++;
    cJSON_ArrayForEach(one, json_get(saved, "groups"))
        add_error(c, &(struct error_group){ .id = json_get_string(one, "id", ""),
                                            .type = json_get_string(one, "type", ""),
                                            .message = json_get_string(one, "message", ""),
                                            .frame = json_get_string(one, "frame", ""),
                                            .route = "",
                                            .first = item->where,
                                            .count = saved_count(one) });
    return true;
}

/* A quick look at "level": anything like ERROR, FATAL or CRITICAL, and pino's numbers from 50 on.
 */
static bool
has_error_level(const char *text, size_t length)
{
    static const char name[] = "\"level\"";
    const char *end = text + length;

    for (const char *at = text;
         (at = memmem(at, (size_t)(end - at), name, sizeof name - 1)) != NULL; at++) {
        const char *value = at + sizeof name - 1;

        while (value < end && strchr(" \t\r\n:\"", *value) != NULL && *value != '\0')
            value++;
        if (value < end && *value != '\0' && strchr("EeFfCc123456789", *value) != NULL)
            return true;
    }
    return false;
}

/* Whether it is worth to be read as a whole. */
static bool
may_be_error(const char *text, size_t length)
{
    static const char *const signs[] = { "ERROR",         "FATAL",      "CRITICAL",
                                         "\"errorType\"", "timed out ", "\"timeout\"",
                                         "Runtime exited" };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (memmem(text, length, signs[i], strlen(signs[i])) != NULL)
            return true;
    }
    return has_error_level(text, length);
}

/* An object at the end of the line, which other text may stand before. */
static bool
has_object(const char *text, size_t length)
{
    const char *open = memchr(text, '{', length), *end = text + length;

    while (end > text && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    if (open == NULL || end == text || end[-1] != '}')
        return false;
    for (open++; open < end && strchr(" \t\r\n", *open) != NULL;)
        open++;
    return *open == '"';
}

/* Whether an error would have been told from none: lines with a level, structured ones, and those
 * of Lambda's platform, which say when something ended with an error. */
static bool
is_judged(const char *text, size_t length)
{
    struct lambda_line line;

    if (has_object(text, length))
        return true;
    lambda_line_read(&line, text, length);
    return line.kind != LAMBDA_LINE_OTHER || line.level[0] != '\0';
}

static void
take_line(struct error_groups *c, const struct check_item *item)
{
    const struct log_digest *digest;

    c->judged += is_judged(item->text, item->length);
    if (!may_be_error(item->text, item->length))
        return;
    digest = log_digest_make(c->scratch, item->text, item->length);
    c->judged += digest->error != NULL && !is_judged(item->text, item->length);
    if (digest->error != NULL)
        add_error(c, &(struct error_group){ .id = digest->error->group_text,
                                            .type = digest->error->type,
                                            .message = digest->error->message,
                                            .frame = digest->error->frame,
                                            .route = digest->error->route,
                                            .first = item->where,
                                            .count = 1 });
}

void
error_groups_take(struct error_groups *c, const struct check_item *item)
{
    arena_clear(c->scratch);
    c->items++;
    if (item->kind == CHECK_REQUEST)
        take_body(c, item);
    else if (item->kind == CHECK_LINE && !take_saved(c, item))
        take_line(c, item);
}

const struct error_group *
error_groups_find(const struct error_groups *c, const char *id)
{
    const size_t *place = table_find(&c->index, id, strlen(id));

    return place == NULL ? NULL : &c->list[*place];
}
