/* store_umami.h - store.h's door for Umami's tables: writing.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_STORE_UMAMI_H
#define OV_STORE_STORE_UMAMI_H

#include "domain/umami_hit.h"
#include "store/store.h"

/* Adds all rows of a hit to the write: website and session when they are new and the hit makes
 * them, the event, its data, the revenue, the links between ids. Copies what it is given. */
void store_write_umami(struct store_write *write, const struct umami_hit *hit);

/* Every website there ever was, in order of ids. */
typedef void store_website_visitor(void *arg, const char *website_id, bool is_deleted);
MUST_CHECK enum status store_visit_websites(struct store_reader *reader,
                                            store_website_visitor *visit, void *arg,
                                            struct err *err);

#endif
