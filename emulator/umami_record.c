/* umami_record.c - recordings, pixels and links of Umami 3.
 * SPDX-License-Identifier: MIT
 *
 * Umami takes a recording for a website whose replay was switched on. Here it cannot be (websites
 * always say "replayEnabled": false), so the answer is always the one that the real server gives
 * then, behind the same checks. Pixels and links have no place to be made at, so none is known. */
#include "config.h"

#include "emulator/umami_record.h"

#include <string.h>

#include "base/clock.h"
#include "emulator/exchange_own.h"
#include "emulator/parts.h"
#include "emulator/umami.h"
#include "emulator/umami_collect.h"

#define JSON_TYPE "application/json"

static void
reply(struct exchange *x, bool is_fault, const char *note, const char *answer)
{
    exchange_note(x, is_fault, "%s", note);
    exchange_reply(x, 200, JSON_TYPE, answer, strlen(answer));
}

static void
refuse(struct exchange *x, const char *message)
{
    x->refusal = REFUSAL_BODY;
    exchange_note(x, true, "recording: %s", message);
    umami_reply_error(x, 400, message);
}

static bool
has_session(struct umami *umami, const char *text)
{
    struct umami_token token;

    return umami_open_token(umami, text, &token) && token.session_id[0] != '\0' &&
           token.visit_id[0] != '\0';
}

static bool
is_known(struct umami *umami, const char *website)
{
    char id[UUID_TEXT];
    uint8_t bytes[16];

    if (!uuid_parse(bytes, website))
        return false;
    uuid_format(bytes, id);
    return umami_website_is_known(umami, id);
}

static void
record_now(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct umami *umami = emulator_umami(x->em);
    const char *token = exchange_header(x, "x-umami-cache");
    struct umami_faults faults = { .count = 0 };
    struct umami_record record;

    (void)reader;
    (void)arg;
    if (!umami_record_read(&record, exchange_arena(x), umami_read_json(x), &faults))
        umami_reply_faults(x, &faults);
    else if (record.events == 0)
        reply(x, false, "recording without events", "{\"ok\":true}");
    else if (token == NULL || *token == '\0')
        refuse(x, "Missing session token.");
    else if (!has_session(umami, token))
        refuse(x, "Invalid session token.");
    else if (!is_known(umami, record.website))
        refuse(x, "Website not found.");
    else
        reply(x, true, "recording: replay is off for every website here",
              "{\"ok\":false,\"reason\":\"replay_disabled\"}");
}

static void
excuse(struct exchange *x, const char *reason, void *arg)
{
    (void)arg;
    umami_reply_error(x, 503, reason);
}

void
umami_record_post(struct exchange *x)
{
    exchange_set_excuse(x, excuse, NULL);
    exchange_defer(x, record_now, NULL);
}

void
umami_slug_get(struct exchange *x)
{
    bool is_pixel = exchange_path(x)[1] == 'p';

    exchange_note(x, true, "%s of Umami 3 are not built", is_pixel ? "pixels" : "links");
    umami_reply_error(x, 501,
                      arena_printf(exchange_arena(x),
                                   "%s (GET %.200s) are not built in this emulator",
                                   is_pixel ? "pixels" : "links", exchange_path(x)));
}
