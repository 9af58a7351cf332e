/* emf_listener.h - the doors for EMF that are not HTTP: TCP, UDP and a function's output.
 * SPDX-License-Identifier: MIT
 *
 * One thread. It never reads faster than the store commits: what does not fit stays with the
 * sender's kernel. */
#ifndef OV_EMULATOR_EMF_LISTENER_H
#define OV_EMULATOR_EMF_LISTENER_H

#include "base/err.h"
#include "emulator/emulator.h"
#include "emulator/intake.h"

#include <stdbool.h>
#include <stddef.h>

struct emf_listener;

struct emf_doors {
    int tcp_fd; /* listening and not blocking; taken. -1: none */
    int udp_fd; /* bound and not blocking; taken. -1: none */
    int in_fd;  /* a function's output, borrowed; -1: none */
    int out_fd; /* where it is passed through to */
};

MUST_CHECK enum status emf_listener_start(struct emf_listener **out, struct emulator *em,
                                          const struct emf_doors *doors, struct err *err);
/* Takes a line as if it had come by the door of that kind, from any thread, before the listener is
 * stopped. false: so much is under way that there is no room now. */
MUST_CHECK bool emf_listener_take(struct emf_listener *listener, enum intake_kind kind,
                                  const char *peer, const char *line, size_t length);
/* Reads what has already arrived, waits until all of it is committed, ends. NULL is fine. */
void emf_listener_stop(struct emf_listener *listener);

#endif
