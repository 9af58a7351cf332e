/* app_attention.c - who looks at what: the pages behind the one on screen, and a screen nobody
 * touches.
 * SPDX-License-Identifier: MIT
 *
 * Some views call for attention in their tab whatever page is open, so they are asked for in the
 * background and their models built now and then: every few seconds at most, since nobody reads
 * more of them than a number. */
#include "config.h"

#include "tui/app_state.h"

#include "base/json.h"

#define BEHIND_NS (5 * UINT64_C(1000000000))
#define DAY_MS    INT64_C(86400000)
#define IDLE_NS   (600 * UINT64_C(1000000000)) /* ten minutes without a key */

void
app_ask_behind(struct app *app, struct ask_list *asks)
{
    for (size_t i = 0; i < app->page_count; i++) {
        struct page *page = &app->pages[i];
        struct view_query query = app_page_query(app, page);
        struct ask_list *own;

        if (i == app->page || !page->view->is_watched)
            continue;
        query.is_behind = true;
        own = ask_list_new();
        page->view->ask(own, &query);
        for (size_t k = 0; k < own->count; k++) {
            own->items[k].is_background = true;
            ask_list_add(asks, &own->items[k]);
        }
        ask_list_free(own);
    }
}

void
app_build_behind(struct app *app)
{
    uint64_t now = mono_ns();

    if (app->snapshot == NULL || app->snapshot == app->seen_behind ||
        (now < app->behind_due_ns && !app_transport_has_jumped(app)))
        return;
    app->seen_behind = app->snapshot;
    app->behind_due_ns = now + BEHIND_NS;
    for (size_t i = 0; i < app->page_count; i++) {
        if (i != app->page && app->pages[i].view->is_watched)
            app_build_page(app, &app->pages[i]);
    }
}

void
app_tend_idle(struct app *app)
{
    uint64_t touched = app->last_key_ns != 0 ? app->last_key_ns : app->began_ns;
    bool is_idle = mono_ns() - touched > IDLE_NS;

    if (is_idle == app->is_idle)
        return;
    app->is_idle = is_idle;
    if (app->options.feed.set_idle != NULL)
        app->options.feed.set_idle(app->options.feed.ctx, is_idle);
}

void
app_ask_faults(struct app *app, struct ask_list *asks)
{
    if (app->snapshot != NULL && app->snapshot->is_emulator)
        ask_list_add(asks, &(struct ask){ .key = "faults",
                                          .kind = ASK_EMULATOR,
                                          .range = { .span_ms = DAY_MS },
                                          .path = "/_obsview/faults",
                                          .is_background = true });
}

const cJSON *
app_faults(const struct app *app)
{
    const struct answer *answer = snapshot_answer(app->snapshot, "faults");
    const cJSON *list = answer == NULL ? NULL : json_get(answer->json, "faults");

    return cJSON_GetArraySize(list) == 0 ? NULL : list;
}
