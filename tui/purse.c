/* purse.c - sums of a session and a month.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/purse.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LEDGER_NS (15000 * UINT64_C(1000000))

void
purse_init(struct purse *p, const char *ledger_path)
{
    *p = (struct purse){ .path = ledger_path };
}

static void
turn_month(struct purse *p, int64_t now_ms)
{
    char month[BUDGET_MONTH_TEXT];

    budget_month(now_ms, month);
    if (strcmp(month, p->month_text) == 0)
        return;
    if (p->month_text[0] != '\0')
        p->month = p->unkept;
    memcpy(p->month_text, month, sizeof month);
}

/* A ledger that cannot be kept is no reason to stop looking; it is tried again, because a full disk
 * or a directory of somebody else may be put right. */
static void
keep(struct purse *p, int64_t now_ms)
{
    struct ledger_sum total;
    struct err err = { .code = OK };

    turn_month(p, now_ms);
    if (p->path == NULL || p->account == NULL)
        return;
    if (ledger_add(p->path, p->month_text, p->account, &p->unkept, &total, &err) != OK) {
        p->broken = err;
        return;
    }
    p->broken = (struct err){ .code = OK };
    p->unkept = (struct ledger_sum){ 0, 0 };
    p->month = total;
}

void
purse_fini(struct purse *p, const char *account, int64_t now_ms)
{
    if (p->unkept.microusd != 0 || p->unkept.free_calls != 0) {
        if (p->account == NULL)
            p->account = xstrdup(account);
        keep(p, now_ms);
    }
    free(p->account);
    *p = (struct purse){ 0 };
}

void
purse_set_account(struct purse *p, const char *account)
{
    free(p->account);
    p->account = xstrdup(account);
    p->due_ns = 0; /* now the ledger can be read */
}

void
purse_spend(struct purse *p, int64_t microusd, int64_t free_calls)
{
    int64_t calls = free_calls - p->free_calls;

    p->session_microusd += microusd;
    p->unkept.microusd += microusd;
    p->month.microusd += microusd;
    p->unkept.free_calls += calls;
    p->month.free_calls += calls;
    p->free_calls = free_calls;
}

bool
purse_tend(struct purse *p, int64_t now_ms, uint64_t now_ns)
{
    if (now_ns < p->due_ns)
        return false;
    p->due_ns = now_ns + LEDGER_NS;
    keep(p, now_ms);
    return true;
}
