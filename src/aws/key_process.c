/* key_process.c - keys from a program: credential_process.
 * SPDX-License-Identifier: MIT
 *
 * The program is started without a shell, in a process group of its own, with nothing on its
 * standard input and no file of ours open. Its output is read as it comes, up to a bound; the end
 * of the process is a descriptor becoming readable. One that takes too long is ended with all it
 * started. Its standard output is never shown, because that is where the secret is; the first line
 * of its standard error is, because that is where the reason is. */
#include "config.h"

#include "aws/command_words.h"
#include "aws/key_source.h"
#include "base/buf.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 60000 /* a person may have to touch a key */
#define OUTPUT_MAX  65536
#define CHUNK       4096

#define CHUNKS_AT_ONCE (OUTPUT_MAX / CHUNK + 1)

extern char **environ;

enum { OUTPUT, COMPLAINT, STREAMS };

struct stream {
    struct process *process;
    struct net_wait *wait;
    struct buf text;
    int fd; /* -1: closed */
};

struct process {
    struct key_job *job;
    struct stream streams[STREAMS];
    struct net_wait *wait; /* for its end */
    pid_t pid;             /* 0: gone */
    int fd;                /* a pidfd; -1: none */
};

static void
stream_close(struct stream *s)
{
    net_wait_cancel(s->wait);
    s->wait = NULL;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void
process_free(struct process *p)
{
    for (int i = 0; i < STREAMS; i++) {
        stream_close(&p->streams[i]);
        if (p->streams[i].text.len > 0)
            explicit_bzero(p->streams[i].text.data, p->streams[i].text.len);
        buf_fini(&p->streams[i].text);
    }
    net_wait_cancel(p->wait);
    if (p->pid > 0) {
        kill(-p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

static void
drop(struct key_job *job)
{
    process_free(job->state);
}

static enum status
read_keys(struct aws_credentials *keys, const struct process *p, struct err *err)
{
    const struct buf *text = &p->streams[OUTPUT].text;
    cJSON *tree = NULL;
    enum status st;

    if (buf_failed(text))
        return err_set(err, E_LIMIT, "more than %d bytes of output", OUTPUT_MAX);
    if (json_parse(&tree, text->data, text->len, NULL) != OK)
        return err_set(err, E_INVALID, "its output is not JSON");
    if (json_get_int(tree, "Version", 0) != 1)
        st = err_set(err, E_INVALID, "its output has no \"Version\": 1");
    else
        st = key_shape_read(keys, tree, &key_shape_aws, "its output", err);
    key_tree_free(tree);
    return st;
}

static enum status
judge(struct aws_credentials *keys, const struct process *p, int status, struct err *err)
{
    const char *text = p->streams[COMPLAINT].text.data;
    int len = (int)strcspn(text, "\r\n");

    if (WIFSIGNALED(status))
        return err_set(err, E_AUTH, "ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == 127 && len == 0)
        return err_set(err, E_AUTH, "no such program, or it cannot be run");
    if (WEXITSTATUS(status) != 0)
        return err_set(err, E_AUTH, "ended with status %d: %.*s", WEXITSTATUS(status),
                       len > 160 ? 160 : len, text);
    return read_keys(keys, p, err);
}

/* Some of what is there to be read now; false behind the end. */
static bool
drain(struct stream *s)
{
    for (int i = 0; i < CHUNKS_AT_ONCE && s->fd >= 0; i++) {
        char chunk[CHUNK];
        ssize_t n = read(s->fd, chunk, sizeof chunk);

        if (n > 0)
            buf_add(&s->text, chunk, (size_t)n);
        explicit_bzero(chunk, sizeof chunk);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0)
            return false;
    }
    return s->fd >= 0;
}

static void
on_end(void *arg, bool is_ready)
{
    struct process *p = arg;
    struct key_job *job = p->job;
    struct aws_credentials keys = { 0 };
    struct err err = { 0 };
    int status = 0;

    p->wait = NULL;
    if (!is_ready)
        err_set(&err, E_AUTH, "no answer within %d s", DEADLINE_MS / 1000);
    else {
        for (int i = 0; i < STREAMS; i++)
            drain(&p->streams[i]);
        if (waitpid(p->pid, &status, 0) == p->pid)
            p->pid = 0;
        (void)judge(&keys, p, status, &err);
    }
    if (err.code == OK) {
        key_job_done(job, &keys);
        return;
    }
    err_context(&err, "credential_process of profile %s", job->order.plan->profile);
    key_job_fail(job, &err);
}

static void
on_bytes(void *arg, bool is_ready)
{
    struct stream *s = arg;

    s->wait = NULL;
    if (!is_ready || !drain(s))
        stream_close(s);
    else
        s->wait = net_wait(s->process->job->order.net, s->fd, DEADLINE_MS, on_bytes, s);
}

/* Standard input from nowhere, the other two into the pipes, nothing else. */
static int
spawn(pid_t *pid, char **words, const int write_fds[STREAMS])
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int e;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, write_fds[OUTPUT], 1);
    posix_spawn_file_actions_adddup2(&files, write_fds[COMPLAINT], 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    e = posix_spawnp(pid, words[0], &files, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return e;
}

static bool
open_pipe(struct stream *s, int *write_fd)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    s->fd = fds[0];
    *write_fd = fds[1];
    return true;
}

static enum status
start(struct process *p, char **words, struct err *err)
{
    int write_fds[STREAMS] = { -1, -1 };
    int e = 0;

    for (int i = 0; i < STREAMS && e == 0; i++)
        e = open_pipe(&p->streams[i], &write_fds[i]) ? 0 : errno;
    if (e == 0)
        e = spawn(&p->pid, words, write_fds);
    for (int i = 0; i < STREAMS; i++) {
        if (write_fds[i] >= 0)
            close(write_fds[i]);
    }
    if (e == 0) {
        p->fd = pidfd_open(p->pid, 0);
        e = p->fd < 0 ? errno : 0;
    } else
        p->pid = 0;
    return e == 0 ? OK : err_errno(err, e, "cannot run %s", words[0]);
}

struct key_job *
key_process_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);
    struct process *p = xcalloc(1, sizeof *p);
    struct err err = { 0 };
    char **words = NULL;
    enum status st;

    p->job = job;
    p->fd = -1;
    for (int i = 0; i < STREAMS; i++) {
        p->streams[i] = (struct stream){ .process = p, .fd = -1 };
        buf_init(&p->streams[i].text, OUTPUT_MAX);
    }
    job->state = p;
    job->cancel = drop;
    st = command_words(&words, order->plan->command, &err);
    if (st == OK)
        st = start(p, words, &err);
    command_words_free(words);
    if (st != OK) {
        err_context(&err, "credential_process of profile %s", order->plan->profile);
        key_job_fail_soon(job, &err);
        return job;
    }
    for (int i = 0; i < STREAMS; i++)
        p->streams[i].wait =
            net_wait(order->net, p->streams[i].fd, DEADLINE_MS, on_bytes, &p->streams[i]);
    p->wait = net_wait(order->net, p->fd, DEADLINE_MS, on_end, p);
    return job;
}
