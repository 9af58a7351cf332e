/* purse.h - what looking has cost: this session, and this month by every screen of the person.
 * SPDX-License-Identifier: MIT
 *
 * The month's sum is kept in the ledger (ledger.h) under the account's name, which is known only
 * some time after the first questions; until then, and where the ledger cannot be kept, it holds
 * for this screen alone. */
#ifndef OV_TUI_PURSE_H
#define OV_TUI_PURSE_H

#include "base/err.h"
#include "tui/budget.h"
#include "tui/ledger.h"

#include <stdbool.h>
#include <stdint.h>

struct purse {
    int64_t session_microusd;
    struct ledger_sum month; /* what the ledger said last, and what came since */
    /* its own */
    struct ledger_sum unkept; /* of the month, what the ledger does not know yet */
    int64_t free_calls;       /* as they were told last */
    uint64_t due_ns;          /* when the ledger is looked at again */
    char month_text[BUDGET_MONTH_TEXT];
    struct err broken; /* why the ledger cannot be kept; OK: it can */
    const char *path;
    char *account; /* NULL: not known yet */
};

void purse_init(struct purse *purse, const char *ledger_path); /* borrowed; NULL: no ledger */
/* Tells the ledger the rest; `account` is whose it is when nobody has said. */
void purse_fini(struct purse *purse, const char *account, int64_t now_ms);

void purse_set_account(struct purse *purse, const char *account);
/* `free_calls` is how many there were in all so far, see aws_client_free_calls(). */
void purse_spend(struct purse *purse, int64_t microusd, int64_t free_calls);
/* Tells the ledger what is new and learns what others spent, every now and then. True: it was time
 * to, and the month's sum may be another one. */
bool purse_tend(struct purse *purse, int64_t now_ms, uint64_t now_ns);

#endif
