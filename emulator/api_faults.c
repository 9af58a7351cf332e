/* api_faults.c - GET, POST and DELETE /_obsview/faults.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/api.h"

#include "base/json.h"
#include "emulator/changes.h"
#include "emulator/exchange_own.h"
#include "emulator/faults.h"
#include "emulator/parts.h"

#define ANSWER_MAX ((size_t)64 << 10)

static const char hint[] = "say {\"path\":\"/ingest/v1/web/i\",\"status\":401,\"count\":1} or "
                           "{\"rule\":\"POST /api/send=hang\"}; a count of 0 removes it";

static void
answer(struct exchange *x)
{
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"success\":true,\"faults\":");
    faults_print(&b, emulator_faults(x->em));
    buf_addc(&b, '}');
    exchange_set_header(x, "Cache-Control", "no-store");
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

void
api_faults(struct exchange *x)
{
    x->is_unseen = true;
    answer(x);
}

void
api_set_fault(struct exchange *x)
{
    const cJSON *body = NULL;
    const char *text;
    struct err err = { 0 };
    struct fault fault;
    enum status st;
    size_t len;

    x->is_unseen = true;
    text = exchange_body(x, &len);
    st = json_parse_in(&body, x->arena, text, len, &err);
    if (st == OK)
        st = fault_read(&fault, body, &err);
    if (st == OK)
        st = faults_set(emulator_faults(x->em), &fault, &err);
    if (st != OK) {
        exchange_refuse(x, REFUSAL_ANSWERED, 400, hint, "%s", err.text);
        return;
    }
    changes_poke(emulator_changes(x->em));
    answer(x);
}

void
api_clear_faults(struct exchange *x)
{
    x->is_unseen = true;
    faults_clear(emulator_faults(x->em));
    changes_poke(emulator_changes(x->em));
    answer(x);
}
