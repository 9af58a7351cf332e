/* thread.h - threads that take no signals and have a name.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_THREAD_H
#define OV_BASE_THREAD_H

#include "base/err.h"

#include <pthread.h>
#include <signal.h>

/* `name` is cut to 15 characters. */
MUST_CHECK enum status thread_start(pthread_t *out, const char *name, void *(*run)(void *),
                                    void *arg, struct err *err);

/* For threads that a library starts: they inherit the mask of the one that called it. */
void thread_block_signals(sigset_t *before);
void thread_restore_signals(const sigset_t *before);

#endif
