/* cmd_run.c - runs a command and publishes how it went: withMetrics for what is not Node.
 * SPDX-License-Identifier: MIT
 *
 * The command must not notice: it has our input, output and terminal, gets the signals sent to us,
 * and we end as it ended, by the same signal if it was one. What goes wrong with publishing is a
 * line on standard error and changes nothing else. */
#include "config.h"

#include "cli/command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/sending.h"
#include "domain/emission.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCUMENT_MAX  ((size_t)64 << 10)
#define DEFAULT_TO    "tcp://127.0.0.1:25888"
#define NOT_FOUND     127 /* as shells say it */
#define NOT_RUNNABLE  126
#define SIGNAL_STATUS 128

struct outcome {
    uint64_t took_ns;
    int status; /* as waitpid(2) says it */
};

/* --- the command -------------------------------------------------------------------------------
 */

static volatile sig_atomic_t child;

/* A terminal sends SIGINT and SIGQUIT to the whole group, so the command has them already, and we
 * only must not end before it; one that a process sent to us alone it has not. */
static void
pass_on(int number, siginfo_t *info, void *context)
{
    const bool is_terminal = info->si_code > 0 && (number == SIGINT || number == SIGQUIT);
    const int before = errno;

    (void)context;
    if (child > 0 && !is_terminal)
        kill((pid_t)child, number);
    errno = before;
}

static const int passed_on[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };

#define COUNT(list) (sizeof list / sizeof list[0])

/* What nohup(1), or a shell for a command in the background, lets us ignore, the command ignores,
 * too: then we have nothing to do with it. */
static void
handle_signals(void)
{
    struct sigaction how = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART }, before;

    sigemptyset(&how.sa_mask);
    for (size_t i = 0; i < COUNT(passed_on); i++) {
        sigaction(passed_on[i], NULL, &before);
        if (before.sa_handler != SIG_IGN)
            sigaction(passed_on[i], &how, NULL);
    }
}

/* Signals wait while there is a command that we do not know yet. */
static void
hold_signals(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, before);
}

static void
become(const struct invocation *inv, const sigset_t *signals)
{
    char **arguments = xcalloc(inv->argument_count + 1, sizeof *arguments);
    int reason;

    for (size_t i = 0; i < inv->argument_count; i++)
        arguments[i] = xstrdup(inv->arguments[i]);
    if (!inv->ignores_pipes)
        signal(SIGPIPE, SIG_DFL);
    if (!inv->ignores_sizes)
        signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, signals, NULL);
    execvp(arguments[0], arguments);
    reason = errno;
    command_say(stderr, "obsview: %s: %s", arguments[0],
                reason == ENOENT ? "command not found" : strerrordesc_np(reason));
    fflush(stderr);
    _exit(reason == ENOENT ? NOT_FOUND : NOT_RUNNABLE);
}

/* Its number is somebody else's as soon as it is waited for: from its end on it gets no signal. */
static enum status
await_end(struct outcome *out, pid_t pid, const char *name, uint64_t start_ns, struct err *err)
{
    siginfo_t end;

    while (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR)
            return err_errno(err, errno, "cannot wait for %s", name);
    }
    child = 0;
    out->took_ns = mono_ns() - start_ns;
    if (waitpid(pid, &out->status, 0) < 0)
        return err_errno(err, errno, "cannot wait for %s", name);
    return OK;
}

static enum status
run(struct outcome *out, const struct invocation *inv, struct err *err)
{
    uint64_t start = mono_ns();
    sigset_t signals;
    pid_t pid;

    hold_signals(&signals);
    pid = fork();
    if (pid == 0)
        become(inv, &signals);
    child = pid;
    handle_signals();
    sigprocmask(SIG_SETMASK, &signals, NULL);
    if (pid < 0)
        return err_errno(err, errno, "cannot start %s", inv->arguments[0]);
    return await_end(out, pid, inv->arguments[0], start, err);
}

static int
exit_status(int status)
{
    return WIFSIGNALED(status) ? SIGNAL_STATUS + WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- what is published --------------------------------------------------------------------------
 */

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* functionName is there unless --dim says another one. */
static struct emission_fields
dimensions_of(struct arena *arena, struct settings *s, const char *command)
{
    struct emission_fields given = sending_fields(arena, s, SET_DIM);
    struct emission_field *all = arena_alloc(arena, (given.count + 1) * sizeof *all);
    const char *name = settings_text(s, SET_NAME);
    size_t count = 1;

    all[0] = (struct emission_field){ "functionName", name == NULL ? base_name(command) : name };
    for (size_t i = 0; i < given.count; i++) {
        if (strcmp(given.items[i].name, "functionName") == 0)
            all[0] = given.items[i];
        else
            all[count++] = given.items[i];
    }
    return (struct emission_fields){ .items = all, .count = count };
}

static struct emission_fields
fields_of(struct arena *arena, struct settings *s, int code)
{
    struct emission_fields given = sending_fields(arena, s, SET_FIELD);
    struct emission_field *all = arena_alloc(arena, (given.count + 1) * sizeof *all);

    all[0] = (struct emission_field){ "exitCode", arena_printf(arena, "%d", code) };
    for (size_t i = 0; i < given.count; i++)
        all[i + 1] = given.items[i];
    return (struct emission_fields){ .items = all, .count = given.count + 1 };
}

static enum status
print_document(struct buf *b, int64_t now_ms, struct settings *s, const char *command,
               const struct outcome *outcome, struct err *err)
{
    int code = exit_status(outcome->status);
    const struct emission_metric metrics[] = {
        { "Duration", (double)(outcome->took_ns / 1000) / 1000, "Milliseconds" },
        { "Errors", code == 0 ? 0 : 1, "Count" },
        { "Invocations", 1, "Count" },
    };
    struct arena *arena = arena_new();
    struct emission_fields dimensions = dimensions_of(arena, s, command);
    struct emission_fields fields = fields_of(arena, s, code);
    enum status st = emission_metrics(b, now_ms, settings_text(s, SET_NAMESPACE), metrics,
                                      COUNT(metrics), &dimensions, &fields, err);

    arena_free(arena);
    return st;
}

static void
publish(struct settings *s, const char *command, const struct outcome *outcome)
{
    const char *to = settings_text(s, SET_TO), *group = settings_text(s, SET_LOG_GROUP);
    struct clock *clock = clock_new_real();
    int64_t now_ms = clock_now_ms(clock);
    struct err err = { 0 };
    struct buf document;
    enum status st;

    buf_init(&document, DOCUMENT_MAX);
    st = print_document(&document, now_ms, s, command, outcome, &err);
    if (st == OK && group != NULL)
        st = sending_log(group, &document, now_ms, s, &err);
    else if (st == OK)
        st = sending_line(to == NULL ? DEFAULT_TO : to, &document, &err);
    if (st != OK)
        command_say(stderr, "obsview: nothing was published: %s", err.text);
    buf_fini(&document);
    clock_free(clock);
}

/* A shell that waits for us sees the same end as if it had waited for the command. */
static int
end_as(int status)
{
    const struct rlimit no_core = { 0, 0 };

    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    setrlimit(RLIMIT_CORE, &no_core);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return SIGNAL_STATUS + WTERMSIG(status);
}

int
cmd_run(struct invocation *inv)
{
    struct outcome outcome = { 0 };
    struct err err = { 0 };

    if (inv->argument_count == 0) {
        err_set(&err, E_USAGE, "run needs a command: obsview run -- COMMAND [ARGUMENT...]");
        return command_fail(&err);
    }
    if (run(&outcome, inv, &err) != OK)
        return command_fail(&err);
    publish(inv->settings, inv->arguments[0], &outcome);
    return end_as(outcome.status);
}
