/* thread.c - signals belong to the main thread, never to those that are started here.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/thread.h"

#include <stdio.h>

void
thread_block_signals(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

void
thread_restore_signals(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

enum status
thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *arg, struct err *err)
{
    char short_name[16];
    sigset_t before;
    int rc;

    thread_block_signals(&before);
    rc = pthread_create(out, NULL, run, arg);
    thread_restore_signals(&before);
    if (rc != 0)
        return err_errno(err, rc, "cannot start a thread");
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(*out, short_name);
    return OK;
}
