/* umami_sales.h - what visitors paid, and how those who paid came.
 * SPDX-License-Identifier: MIT
 *
 * Row by row, for whoever adds them up. Visitors must not call into the store. */
#ifndef OV_STORE_UMAMI_SALES_H
#define OV_STORE_UMAMI_SALES_H

#include "store/umami_read.h"

struct umami_sale {
    int64_t time_ms;
    int64_t amount; /* in 1/10000 of the currency, as Umami's column has it */
    const char *event, *currency;
    bool is_asked_for; /* by its currency */
    uint8_t session[16];
    bool has_session; /* with a row of its own; else the texts below are NULL */
    const char *country, *region;
};
struct umami_sales_query {
    const struct umami_scope *scope;
    const char *currency;
    bool as_like; /* as ILIKE has it; else in capitals it must be this */
};
/* false stops. */
typedef bool umami_sale_visitor(void *arg, const struct umami_sale *sale);
/* Of all currencies, in order of time; with filters those alone whose event passes them. In
 * transactions of at most 50 ms. */
MUST_CHECK enum status store_umami_sales(struct store_reader *reader,
                                         const struct umami_sales_query *query,
                                         umami_sale_visitor *visit, void *arg, struct err *err);

/* A row at the first moment in range of its session; there may be several. */
struct umami_entry {
    uint8_t session[16];
    const char *referrer, *query, *medium, *source; /* NULL */
    bool is_foreign;                                /* the referrer is not the site itself */
};
typedef void umami_entry_visitor(void *arg, const struct umami_entry *entry);
MUST_CHECK enum status store_umami_entries(struct store_reader *reader,
                                           const struct umami_scope *scope,
                                           umami_entry_visitor *visit, void *arg, struct err *err);

#endif
