/* desk.h - where the screen, the player of a recording and its surveyor meet.
 * SPDX-License-Identifier: MIT
 *
 * Orders go one way; a status, markers and pasts to look at go the other. All functions may be
 * called from any thread; a lock is held for a few instructions, and nothing is waited for under
 * it. */
#ifndef OV_CLI_DESK_H
#define OV_CLI_DESK_H

#include "base/err.h"
#include "cli/replay/past.h"
#include "tui/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESK_ORDERS_MAX 64
#define DESK_HELD_MAX   2 /* pasts that are borrowed at a time */

struct desk;

MUST_CHECK enum status desk_new(struct desk **out, struct err *err);
void desk_free(struct desk *desk); /* NULL is fine */
void desk_stop(struct desk *desk); /* both threads are to end */
bool desk_stops(struct desk *desk);

/* --- the screen's side */

int desk_fd(const struct desk *desk); /* readable when there is a new status */
void desk_read(struct desk *desk, struct transport_status *out);
void desk_order(struct desk *desk, const struct transport_order *order);
struct marker_list *desk_markers(struct desk *desk); /* the caller's; texts are the desk's */
/* The past to look at, borrowed until desk_let_go(); NULL: the one that was borrowed last. *turns:
 * as of the status that offered it. */
struct past *desk_borrow(struct desk *desk, unsigned *turns);
void desk_let_go(struct desk *desk, struct past *past);
/* The sentences about the first broken lines, one a line; the caller's (free()). */
char *desk_broken(struct desk *desk);

/* --- the player's side */

/* Waits for mail, `wait_ms` at most; below 0: however long that takes. *count orders are there;
 * true: or other news. */
bool desk_read_mail(struct desk *desk, int wait_ms, struct transport_order orders[DESK_ORDERS_MAX],
                    size_t *count);
bool desk_has_mail(struct desk *desk); /* costs nothing */
/* What the desk counts itself is filled in. */
void desk_publish(struct desk *desk, struct transport_status *status);
void desk_fail(struct desk *desk, const struct err *err);
/* The screen is to look at this one, and anew. */
void desk_offer(struct desk *desk, struct past *past);
bool desk_holds(struct desk *desk, const struct past *past);           /* the screen has it */
void desk_turned(struct desk *desk, int64_t at_ms, const char *alarm); /* known ones are ignored */
/* The end of the recording as far as the survey knows it; false: it does not. */
bool desk_end(struct desk *desk, int64_t *end_ms);

/* --- the surveyor's side */

void desk_add_broken(struct desk *desk, const struct err *err);
void desk_surveyed(struct desk *desk, const struct marker *markers, size_t count, bool is_cut,
                   uint64_t events, int64_t end_ms);

#endif
