/* sessions_export.c - copies the files of a session out of the bucket.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/sessions/sessions_own.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct copying {
    struct sessions *asker;
    int fd;
    char *path;
    struct err err;
};

static bool
on_bytes(void *arg, const char *bytes, size_t length)
{
    struct copying *c = arg;

    while (length > 0) {
        ssize_t n = write(c->fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(&c->err, errno, "cannot write %s", c->path);
            return false;
        }
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

static void
on_copied(void *arg, uint64_t size, const struct err *err)
{
    struct copying *c = arg;

    (void)size;
    sessions_note_end(c->asker, err != NULL ? err : c->err.code != OK ? &c->err : NULL);
}

/* A recording may hold what people typed: nobody else may read it. */
static enum status
copy_key(struct sessions *a, const char *key, const char *path, struct err *err)
{
    struct copying c = { .asker = a, .path = xstrdup(path) };
    struct s3_job *job;
    enum status st;

    c.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (c.fd < 0) {
        st = err_errno(err, errno, "cannot write %s", path);
        free(c.path);
        return st;
    }
    job = s3_read(a->client,
                  &(struct s3_read_request){ .bucket = a->bucket,
                                             .key = key,
                                             .is_growing = strstr(key, "/obsview.full") != NULL },
                  &a->use, on_bytes, on_copied, &c);
    st = sessions_finish(a, err);
    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    if (close(c.fd) != 0 && st == OK)
        st = err_errno(err, errno, "cannot write %s", path);
    if (st == OK)
        command_say(stdout, "%s", path);
    free(c.path);
    return st;
}

static void
on_found(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    struct session_files *found = arg;

    (void)partial;
    found->keys = keys;
    found->count = count;
    sessions_note_end(found->asker, err);
}

enum status
session_find_files(struct sessions *a, uint64_t session, struct session_files *found,
                   struct err *err)
{
    const char *prefix = arena_printf(a->arena, "%" PRIu64 "/", session);
    struct s3_job *job;
    enum status st;

    *found = (struct session_files){ .asker = a };
    job = s3_list(
        a->client, a->arena,
        &(struct s3_list_request){
            .bucket = a->bucket, .prefix = prefix, .delimiter = "", .after = "", .max = 100 },
        &a->use, on_found, found);
    st = sessions_finish(a, err);
    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    if (st == OK && found->count == 0)
        st = err_set(err, E_NOTFOUND, "there is no session %" PRIu64 " in s3://%s", session,
                     a->bucket);
    return st;
}

static enum status
make_directory(const char *path, struct err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_errno(err, errno, "cannot make the directory %s", path);
    return OK;
}

/* All files of the bucket go into DIR/ID; a name that is no directory takes obsview.full. */
enum status
sessions_export(struct sessions *a, const char *id, struct err *err)
{
    const char *output = settings_text(a->settings, SET_OUTPUT);
    struct session_files found;
    struct stat at;
    uint64_t session;
    const char *directory;
    enum status st = sessions_read_id(&session, id, err);

    if (st == OK)
        st = session_find_files(a, session, &found, err);
    if (st != OK)
        return st;
    if (output != NULL && output[strlen(output) - 1] != '/' &&
        (stat(output, &at) != 0 || !S_ISDIR(at.st_mode))) {
        char key[RECORDING_KEY_TEXT];

        recording_key(key, session, RECORDING_FULL);
        return copy_key(a, key, output, err);
    }
    if (output != NULL)
        st = make_directory(output, err);
    directory = arena_printf(a->arena, "%s/%" PRIu64, output == NULL ? "." : output, session);
    if (st == OK)
        st = make_directory(directory, err);
    for (size_t i = 0; st == OK && i < found.count; i++) {
        enum recording_file file;
        uint64_t whose;

        if (recording_key_read(&whose, &file, found.keys[i].key)) /* nobody's "../" gets through */
            st = copy_key(a, found.keys[i].key,
                          arena_printf(a->arena, "%s/%s", directory, recording_file_name(file)),
                          err);
    }
    return st;
}
