/* emf_workers.h - lines that a door has read, on their way to the store.
 * SPDX-License-Identifier: MIT
 *
 * Reading a document costs ten times what receiving it does, so two threads share the reading. What
 * they make of it is submitted in the order in which it came. */
#ifndef OV_EMULATOR_EMF_WORKERS_H
#define OV_EMULATOR_EMF_WORKERS_H

#include "base/buf.h"
#include "base/err.h"
#include "emulator/address.h"
#include "emulator/emulator.h"
#include "emulator/intake.h"

#include <stdbool.h>
#include <stdint.h>

struct emf_workers;

struct emf_batch {
    enum intake_kind kind; /* by which door */
    char peer[ADDRESS_TEXT];
    int64_t now_ms;
    bool is_overlong; /* the bytes are the beginning of one line that is too long to be kept */
    struct buf bytes; /* else: whole lines, the last one with or without its newline */
    /* below: the workers' own */
    struct emf_batch *next;
    uint64_t number;
};

struct emf_batch *emf_batch_new(enum intake_kind kind, const char *peer, int64_t now_ms);

/* `wake` is called, from any thread, when there is room again. */
MUST_CHECK enum status emf_workers_start(struct emf_workers **out, struct emulator *em,
                                         void (*wake)(void *arg), void *arg, struct err *err);
/* Commits everything given, then ends the threads. NULL is fine. */
void emf_workers_stop(struct emf_workers *workers);

/* A batch more or less over the bound does no harm; it is there so that a door stops reading. */
bool emf_workers_have_room(struct emf_workers *workers);
/* Takes the batch. */
void emf_workers_give(struct emf_workers *workers, struct emf_batch *batch);

/* The log group for lines from sockets that name none. */
const char *emf_socket_group(const struct emulator *em);

#endif
