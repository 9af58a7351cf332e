/* ledger.c - sums in a small file that several processes add to.
 * SPDX-License-Identifier: MIT
 *
 * Whoever adds holds a lock on a file beside the ledger, reads all of it, and puts a new file in
 * its place, so a process killed in the middle leaves the old one. Lines that are no sums are
 * dropped; the newest LINES_MAX stay. */
#include "config.h"

#include "tui/ledger.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LINES_MAX  200
#define LEDGER_MAX ((size_t)64 * 1024)

struct line {
    char month[8];
    char account[64];
    struct ledger_sum sum;
};

static bool
read_line(struct line *out, char *text)
{
    char *account, *microusd, *calls;

    account = strchr(text, '\t');
    microusd = account == NULL ? NULL : strchr(account + 1, '\t');
    calls = microusd == NULL ? NULL : strchr(microusd + 1, '\t');
    if (calls == NULL)
        return false;
    *account++ = *microusd++ = *calls++ = '\0';
    snprintf(out->month, sizeof out->month, "%.7s", text);
    snprintf(out->account, sizeof out->account, "%.63s", account);
    return text_parse_int(&out->sum.microusd, microusd) && out->sum.microusd >= 0 &&
           text_parse_int(&out->sum.free_calls, calls) && out->sum.free_calls >= 0;
}

/* All lines of the file but the one that is added to; that one's sum goes to *sum. */
static enum status
read_others(struct buf *out, const char *path, const struct line *mine, struct ledger_sum *sum,
            struct err *err)
{
    FILE *file = fopen(path, "re");
    char text[256];
    unsigned lines = 0;

    if (file == NULL)
        return errno == ENOENT ? OK : err_errno(err, errno, "cannot read %s", path);
    while (fgets(text, sizeof text, file) != NULL && lines < LINES_MAX) {
        struct line line;

        text[strcspn(text, "\n")] = '\0';
        if (!read_line(&line, text))
            continue;
        if (strcmp(line.month, mine->month) == 0 && strcmp(line.account, mine->account) == 0) {
            *sum = line.sum;
            continue;
        }
        lines++;
        buf_addf(out, "%s\t%s\t%" PRId64 "\t%" PRId64 "\n", line.month, line.account,
                 line.sum.microusd, line.sum.free_calls);
    }
    fclose(file);
    return OK;
}

static enum status
write_whole(const char *path, const struct buf *text, struct err *err)
{
    char *fresh = xasprintf("%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    enum status st = OK;

    if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len ||
        rename(fresh, path) != 0)
        st = err_errno(err, errno, "cannot write %s", path);
    if (fd >= 0)
        close(fd);
    free(fresh);
    return st;
}

static enum status
add_locked(const char *path, const struct line *mine, struct ledger_sum *total, struct err *err)
{
    struct ledger_sum sum = { 0, 0 };
    struct buf text;
    enum status st;

    buf_init(&text, LEDGER_MAX);
    st = read_others(&text, path, mine, &sum, err);
    sum.microusd += mine->sum.microusd;
    sum.free_calls += mine->sum.free_calls;
    if (st == OK && (mine->sum.microusd != 0 || mine->sum.free_calls != 0)) {
        buf_addf(&text, "%s\t%s\t%" PRId64 "\t%" PRId64 "\n", mine->month, mine->account,
                 sum.microusd, sum.free_calls);
        st = write_whole(path, &text, err);
    }
    buf_fini(&text);
    if (st == OK)
        *total = sum;
    return st;
}

enum status
ledger_add(const char *path, const char *month, const char *account, const struct ledger_sum *more,
           struct ledger_sum *total, struct err *err)
{
    struct line mine = { .sum = *more };
    char *lock;
    int fd;
    enum status st;

    snprintf(mine.month, sizeof mine.month, "%s", month);
    snprintf(mine.account, sizeof mine.account, "%s", account);
    for (char *c = mine.account; *c != '\0'; c++)
        *c = (unsigned char)*c < ' ' ? '?' : *c;
    (void)path_make_directories(path, NULL); /* what comes of it, opening the file says */
    lock = xasprintf("%s.lock", path);
    fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        st = err_errno(err, errno, "cannot lock %s", lock);
    else
        st = add_locked(path, &mine, total, err);
    if (fd >= 0)
        close(fd);
    free(lock);
    return st;
}
