/* api_again.c - POST /_obsview/events/ID: a line of EMF, taken once more.
 * SPDX-License-Identifier: MIT
 *
 * A request can be sent again by whoever has it. A line came by a socket, or is what a function
 * printed, where nobody else can put it. */
#include "config.h"

#include "emulator/api.h"

#include <string.h>

#include "base/text.h"
#include "emulator/emf_listener.h"
#include "emulator/exchange_own.h"
#include "emulator/intake.h"
#include "emulator/parts.h"

#define PATH "/_obsview/events/"

static const struct intake_filter lines = { .kinds = 1U << INTAKE_EMF_TCP | 1U << INTAKE_EMF_UDP |
                                                     1U << INTAKE_EMF_STDIN };

static bool
is_there(struct exchange *x, uint64_t id, const struct intake_filter *filter,
         struct intake_item *item)
{
    const uint64_t wanted = id;

    return id > 0 &&
           intake_next(emulator_intake(exchange_emulator(x)), exchange_arena(x), &id, filter,
                       INTAKE_ALL, item) &&
           id == wanted;
}

static void
take(struct exchange *x, const struct intake_item *item)
{
    static const char answer[] = "{\"success\":true}";
    struct emf_listener *doors = emulator_emf_listener(exchange_emulator(x));

    if (item->body_len < item->size)
        exchange_refuse(x, REFUSAL_ANSWERED, 409, NULL, "the intake did not keep it whole");
    else if (doors == NULL)
        exchange_refuse(x, REFUSAL_ANSWERED, 503, "see --emf-listen", "no door for EMF is open");
    else if (!emf_listener_take(doors, item->kind, item->peer, item->body, item->body_len))
        exchange_refuse(x, REFUSAL_ANSWERED, 503, "ask again", "many lines are under way");
    else
        exchange_reply(x, 200, "application/json", answer, sizeof answer - 1);
}

/* On a reader thread: a line may be long. */
static void
take_again(struct exchange *x, struct store_reader *reader, void *arg)
{
    static const struct intake_filter any = { .kinds = UINT32_MAX };
    const char *name = exchange_path(x) + strlen(PATH);
    struct intake_item item;
    int64_t id;

    (void)reader;
    (void)arg;
    if (!text_parse_int(&id, name) || id < 0)
        id = 0;
    if (is_there(x, (uint64_t)id, &lines, &item))
        take(x, &item);
    else if (is_there(x, (uint64_t)id, &any, &item))
        exchange_refuse(x, REFUSAL_ANSWERED, 409, "send the request itself again",
                        "event %.20s is no line of EMF", name);
    else
        exchange_refuse(x, REFUSAL_ANSWERED, 404, "the intake keeps only the newest",
                        "event %.20s is not in the intake", name);
}

void
api_again(struct exchange *x)
{
    x->is_unseen = true;
    exchange_defer(x, take_again, NULL);
}
