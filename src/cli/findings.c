/* findings.c - a list of checks, as lines or as JSON.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/findings.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096

static const char *const state_names[] = { "ok", "warn", "fail" };

void
findings_init(struct findings *f)
{
    *f = (struct findings){ .arena = arena_new() };
}

void
findings_fini(struct findings *f)
{
    free(f->items);
    arena_free(f->arena);
    *f = (struct findings){ .arena = NULL };
}

static const char *
clean(struct findings *f, const char *text)
{
    struct buf b;
    const char *kept;

    buf_init(&b, TEXT_MAX);
    text_clean(&b, text, strlen(text));
    kept = arena_strdup(f->arena, b.data);
    buf_fini(&b);
    return kept;
}

void
findings_add(struct findings *f, enum finding_state state, const char *check, const char *next,
             const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    f->items = xreallocarray(f->items, f->count + 1, sizeof *f->items);
    f->items[f->count++] = (struct finding){ .state = state,
                                             .check = clean(f, check),
                                             .text = clean(f, text),
                                             .next = clean(f, next == NULL ? "" : next) };
}

bool
findings_any(const struct findings *f, enum finding_state state)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].state == state)
            return true;
    }
    return false;
}

void
findings_print_text(const struct findings *f, int64_t cost_microusd)
{
    int width = 0;

    for (size_t i = 0; i < f->count; i++) {
        int columns = text_columns(f->items[i].check);

        width = columns > width ? columns : width;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *at = &f->items[i];

        printf("%-5s %s%*s  %s\n", state_names[at->state], at->check,
               width - text_columns(at->check), "", at->text);
        if (*at->next != '\0')
            printf("%*s  next: %s\n", 6 + width, "", at->next);
    }
    if (cost_microusd > 0)
        printf("asking cost about %.6f USD\n", (double)cost_microusd / 1e6);
}

void
findings_print_json(const struct findings *f, int64_t cost_microusd)
{
    cJSON *report = cJSON_CreateObject();
    cJSON *checks = cJSON_AddArrayToObject(report, "checks");
    struct buf text;

    for (size_t i = 0; i < f->count; i++) {
        cJSON *check = cJSON_CreateObject();

        cJSON_AddStringToObject(check, "check", f->items[i].check);
        cJSON_AddStringToObject(check, "state", state_names[f->items[i].state]);
        cJSON_AddStringToObject(check, "text", f->items[i].text);
        cJSON_AddStringToObject(check, "next", f->items[i].next);
        cJSON_AddItemToArray(checks, check);
    }
    cJSON_AddNumberToObject(report, "costUsd", (double)cost_microusd / 1e6);
    buf_init(&text, (size_t)1 << 20);
    json_print(&text, report);
    printf("%s\n", text.data);
    buf_fini(&text);
    cJSON_Delete(report);
}
