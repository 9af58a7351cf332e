/* fuzz_bodies.c - the bodies of the two tracking endpoints: refused field by field, or printed as
 * log lines that are JSON.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "domain/error_report.h"
#include "domain/limits.h"
#include "domain/web_vitals.h"

#define LINE_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const struct buf *line)
{
    cJSON *value = NULL;

    assert(!buf_failed(line));
    assert(memchr(line->data, '\n', line->len) == NULL);
    assert(json_parse(&value, line->data, line->len, NULL) == OK);
    cJSON_Delete(value);
}

static void
check_errors(const struct field_errors *errors)
{
    struct buf text;

    assert(errors->count > 0);
    buf_init(&text, LINE_MAX);
    field_errors_print(&text, errors);
    check_line(&text);
    buf_fini(&text);
}

static void
read_vitals(struct arena *arena, const cJSON *body)
{
    struct vitals_post post = { 0 };
    struct field_errors errors = { 0 };
    struct buf line;

    if (!web_vitals_read(&post, arena, body, &errors)) {
        check_errors(&errors);
        return;
    }
    assert(post.sample_count > 0 && post.session_id[0] != '\0');
    post.environment = "dev";
    for (size_t i = 0; i < post.sample_count; i++) {
        assert(post.samples[i].value >= 0);
        buf_init(&line, LINE_MAX);
        web_vitals_print_emf(&line, &post, i);
        check_line(&line);
        buf_fini(&line);
    }
}

static void
read_report(struct arena *arena, const cJSON *body)
{
    struct error_report report = { 0 };
    struct field_errors errors = { 0 };
    struct fingerprint print;
    struct buf line;

    if (!error_report_read(&report, arena, body, &errors)) {
        check_errors(&errors);
        return;
    }
    report.environment = "dev";
    buf_init(&line, LINE_MAX);
    error_report_print_log(&line, &report);
    check_line(&line);
    buf_fini(&line);
    fingerprint_make(&print, arena, report.type, report.message, report.stack);
    assert(strlen(print.text) == 16 && print.frame != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena;
    cJSON *body = NULL;

    if (size > LIMIT_BODY_BYTES || json_parse(&body, (const char *)data, size, NULL) != OK)
        return 0;
    arena = arena_new();
    read_vitals(arena, body);
    read_report(arena, body);
    arena_free(arena);
    cJSON_Delete(body);
    return 0;
}
