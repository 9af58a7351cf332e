/* redaction.c - a file of 32 random bytes, made once.
 * SPDX-License-Identifier: MIT
 *
 * A new key is written beside and linked into its place, so that two commands that start at once
 * agree on the one that came first. */
#include "config.h"

#include "cli/redaction.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/start.h"

static enum status
write_key(int fd, const char *path, struct err *err)
{
    uint8_t key[PII_KEY_BYTES];

    if (getrandom(key, sizeof key, 0) != sizeof key)
        return err_errno(err, errno, "no random bytes for %s", path);
    if (write(fd, key, sizeof key) != sizeof key || fsync(fd) != 0)
        return err_errno(err, errno, "cannot write %s", path);
    return OK;
}

static enum status
make_key(const char *path, struct err *err)
{
    char *beside = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    enum status st;

    if (fd < 0) {
        st = err_errno(err, errno, "cannot write %s", beside);
        free(beside);
        return st;
    }
    st = write_key(fd, beside, err);
    close(fd);
    if (st == OK && link(beside, path) != 0 && errno != EEXIST)
        st = err_errno(err, errno, "cannot make %s", path);
    unlink(beside);
    free(beside);
    return st;
}

enum status
redaction_key(uint8_t key[PII_KEY_BYTES], const struct settings *s, struct err *err)
{
    const char *named = settings_text(s, SET_REDACTION_KEY);
    char *path = named != NULL ? xstrdup(named) : start_state_path("redaction-key");
    enum status st = OK;
    struct buf bytes;

    buf_init(&bytes, 4096);
    if (named == NULL && access(path, F_OK) != 0) {
        st = path_make_directories(path, err);
        if (st == OK)
            st = make_key(path, err);
    }
    if (st == OK)
        st = buf_read_file(&bytes, path, err);
    if (st == OK && bytes.len < PII_KEY_BYTES)
        st =
            err_set(err, E_INVALID, "%s: expected a key of at least %d bytes", path, PII_KEY_BYTES);
    if (st == OK)
        memcpy(key, bytes.data, PII_KEY_BYTES);
    buf_fini(&bytes);
    free(path);
    return st;
}
