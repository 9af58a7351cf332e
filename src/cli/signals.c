/* signals.c - signals as something to poll.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

#define TWICE_NS 200000000 /* between two signals that are two */

enum status
signals_open(int *fd, struct err *err)
{
    static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT };
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        sigaddset(&set, ours[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    *fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *fd >= 0 ? OK : err_errno(err, errno, "cannot receive signals");
}

int
signals_next(int fd)
{
    struct signalfd_siginfo info;

    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

/* prctl(2) has a signal for this, but that comes when the thread that started us ends, and test
 * runners start processes from threads that come and go. */
enum status
signals_open_parent(int *fd, struct err *err)
{
    pid_t parent = getppid();

    *fd = pidfd_open(parent, 0);
    if (*fd < 0)
        return err_errno(err, errno, "cannot watch the parent process %d", (int)parent);
    if (getppid() == parent)
        return OK;
    close(*fd);
    return err_set(err, E_IO, "the process that started this one has ended already");
}

void
signals_wait(int fd, int parent)
{
    struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = parent, .events = POLLIN } };

    for (;;) {
        int signal;

        poll(p, 2, -1);
        if (p[1].revents != 0)
            return;
        while ((signal = signals_next(fd)) != 0) {
            if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP)
                return;
        }
    }
}

/* --- noted ------------------------------------------------------------------------------------ */

static volatile sig_atomic_t noted;
static volatile uint64_t noted_ns; /* when; written before `noted`, and read behind it */

static void
note(int number)
{
    if (noted == 0) {
        noted_ns = mono_ns();
        noted = number;
    } else if (mono_ns() - noted_ns > TWICE_NS) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void
note_with(int flags)
{
    static const int ours[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction how = { .sa_handler = note, .sa_flags = flags };
    struct sigaction before;

    sigemptyset(&how.sa_mask);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        sigaction(ours[i], NULL, &before);
        if (before.sa_handler != SIG_IGN)
            sigaction(ours[i], &how, NULL);
    }
}

void
signals_note(void)
{
    note_with(SA_RESTART);
}

void
signals_note_input(void)
{
    note_with(0);
}

int
signals_noted(void)
{
    return noted;
}

void
signals_end_as_noted(void)
{
    if (noted == 0)
        return;
    signal(noted, SIG_DFL);
    raise(noted);
}
