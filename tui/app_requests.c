/* app_requests.c - what can be done with a row of the intake: it is copied, or sent again.
 * SPDX-License-Identifier: MIT
 *
 * `y` asks how, and the next key says it; `:copy curl` says both at once. What was sent again stays
 * wanted, whatever page is open, until the next is: the collector sends each run once. */
#include "config.h"

#include "tui/app_state.h"

#include "base/json.h"
#include "tui/captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY       "again"
#define SHOWN_MAX 160

static const char *
chosen_id(struct app *app)
{
    const struct page *page = app_page(app);

    return *page->key != '\0' ? page->key : page->cursor;
}

/* What is under the cursor, whole, but for personal data. NULL: it was said why not. */
static const cJSON *
chosen_event(struct app *app)
{
    const char *id = chosen_id(app);
    char key[64];
    const struct answer *answer;

    snprintf(key, sizeof key, "intake.%s", id);
    answer = snapshot_answer(app->snapshot, key);
    if (*id == '\0')
        app_say(app, LEVEL_WARN, "nothing has arrived yet");
    else if (answer == NULL || answer->json == NULL)
        app_say(app, LEVEL_WARN, "request %s is not known whole yet%s%s", id,
                answer != NULL && answer->failure != NULL ? ": " : "",
                answer != NULL && answer->failure != NULL ? answer->failure : "");
    return answer == NULL ? NULL : answer->json;
}

/* What the copy lacks. */
static const char *
left_out(const struct captured *c)
{
    static const char *const words[2][2] = { { "", ", without the credentials it had" },
                                             { ", with personal data as its shape",
                                               ", without its credentials and personal data" } };

    return words[c->is_scrubbed][c->is_masked];
}

static void
copy(struct app *app, const struct captured_form *form)
{
    const cJSON *event = chosen_event(app);
    struct arena *arena = arena_new();
    struct captured captured;
    struct err err = { 0 };
    struct buf text;
    enum status st;

    buf_init(&text, CAPTURED_TEXT_MAX);
    if (event == NULL)
        goto out;
    st = captured_read(&captured, arena, event, &err);
    if (st == OK)
        st = form->print(&text, &captured, &err);
    if (st != OK)
        app_say(app, LEVEL_WARN, "not copied: %s", err.text);
    else if (buf_failed(&text) || text.len > SCREEN_COPY_MAX)
        app_say(app, LEVEL_WARN, "not copied: longer than terminals take (%zu KiB)",
                SCREEN_COPY_MAX >> 10);
    else if (app->screen != NULL && !screen_copy(app->screen, text.data, text.len))
        app_say(app, LEVEL_WARN, "not copied: the terminal is gone");
    else
        app_say(app, LEVEL_OK, "copied as %s, %zu bytes%s: %.*s", form->name, text.len,
                left_out(&captured), SHOWN_MAX, text.data);
out:
    buf_fini(&text);
    arena_free(arena);
}

static void
act_copy(struct app *app, const char *argument)
{
    for (const struct captured_form *f = captured_forms; f->name != NULL; f++) {
        if (strcmp(f->name, argument) == 0) {
            copy(app, f);
            return;
        }
    }
    if (*argument == '\0')
        app->mode = MODE_COPY;
    else
        app_say(app, LEVEL_WARN, "copy as curl, awscli or fixture, not as %s", argument);
}

void
app_copy_key(struct app *app, key_code key)
{
    app->mode = MODE_NORMAL;
    for (const struct captured_form *f = captured_forms; f->name != NULL; f++) {
        if ((key_code)f->key == key)
            copy(app, f);
    }
}

/* --- sending again ---------------------------------------------------------------------------- */

static void
keep_request(struct app *app, const char *id, const struct captured *c)
{
    ask_list_free(app->sent);
    app->sent = ask_list_new();
    ask_list_add(app->sent, &(struct ask){ .key = KEY,
                                           .kind = ASK_SEND,
                                           .range = { .span_ms = 1, .to_ms = 1 },
                                           .is_background = true,
                                           .path = c->path,
                                           .run = ++app->sent_run,
                                           .request = &(struct ask_request){
                                               .id = id,
                                               .method = c->method,
                                               .path = c->path,
                                           } });
    app->needs_ask = true;
}

static void
act_send_again(struct app *app, const char *argument)
{
    const cJSON *event = chosen_event(app);
    struct arena *arena = arena_new();
    struct captured captured;
    struct err err = { 0 };
    enum status st = event == NULL ? E_NOTFOUND : captured_read(&captured, arena, event, &err);

    (void)argument;
    if (app->options.transport != NULL) {
        app_say(app, LEVEL_WARN,
                "not sent: what is recorded cannot be changed; y copies it for a server of now");
    } else if (event != NULL && st != OK) {
        app_say(app, LEVEL_WARN, "not sent: %s", err.text);
    } else if (event != NULL) {
        keep_request(app, chosen_id(app), &captured);
        app_say(app, LEVEL_NONE, "sending %s %.80s again", captured.method, captured.path);
    }
    arena_free(arena);
}

void
app_send_ask(struct app *app, struct ask_list *asks)
{
    if (app->sent != NULL)
        ask_list_add(asks, &app->sent->items[0]);
}

void
app_send_tell(struct app *app)
{
    const struct answer *answer = snapshot_answer(app->snapshot, KEY);
    const struct ask_request *rq = app->sent == NULL ? NULL : app->sent->items[0].request;
    int status;

    if (answer == NULL || rq == NULL || app->told_run == app->sent_run)
        return;
    if (json_get_int(answer->json, "run", 0) == (int64_t)app->sent_run) {
        status = (int)json_get_int(answer->json, "status", 0);
        app_say(app, status < 400 ? LEVEL_OK : LEVEL_WARN, "sent %s %.80s again: %d %.*s",
                rq->method, rq->path, status, SHOWN_MAX, json_get_string(answer->json, "body", ""));
    } else if (answer->failure != NULL)
        app_say(app, LEVEL_BAD, "sent %s %.80s again: %s", rq->method, rq->path, answer->failure);
    else
        return;
    app->told_run = app->sent_run;
}

/* clang-format off */
const struct action app_request_actions[] = {
    { "copy",       "y", "FORM", "copy the request as c curl, a awscli command or f fixture line, by the terminal's clipboard", "copy", SCOPE_ALWAYS, act_copy },
    { "send-again", "R", NULL, "send the request again to the emulator; the answer is shown", "send again", SCOPE_ALWAYS, act_send_again },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */
