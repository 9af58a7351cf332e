/* place.c - files, directories and locks around a database.
 * SPDX-License-Identifier: MIT
 *
 * SQLite's own :memory: databases have no write-ahead log and no second connection, so a private
 * database is an ordinary one in a directory of its own on a memory file system: one code path. The
 * lock file lies beside the database; the kernel drops the lock with the process, however it ends,
 * which is also how directories left by killed processes are told from living ones. */
#include "config.h"

#include "base/mem.h"
#include "store/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARED_MEMORY "/dev/shm"
#define PREFIX        "obsview-"
#define ATTEMPTS      8

static const char *const members[] = { "db", "db-wal", "db-shm", "db-journal", "db-lock" };

static void
remove_directory(const char *directory)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char *path = xasprintf("%s/%s", directory, members[i]);

        unlink(path);
        free(path);
    }
    rmdir(directory);
}

/* The process that wrote itself into the lock file, or 0. */
static long
holder(int fd)
{
    char text[32] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);

    return n > 0 ? strtol(text, NULL, 10) : 0;
}

static void
sign(int fd)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return; /* only the sentence another process prints is poorer for it */
}

static enum status
take_lock(struct place *place, struct err *err)
{
    char *path = xasprintf("%s-lock", place->path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum status st = OK;

    if (fd < 0) {
        st = err_errno(err, errno, "cannot create %s", path);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        st = err_set(err, E_EXISTS,
                     "%s is open in another obsview (process %ld); stop it, or choose another --db",
                     place->path, holder(fd));
        close(fd);
    } else {
        sign(fd);
        place->lock_fd = fd;
    }
    free(path);
    return st;
}

/* Removes a private directory whose process is gone. */
static void
remove_if_dead(const char *directory)
{
    char *lock = xasprintf("%s/db-lock", directory);
    int fd = open(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat info;

    if (fd >= 0 && fstat(fd, &info) == 0 && info.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        remove_directory(directory);
    if (fd >= 0)
        close(fd);
    free(lock);
}

static void
remove_dead(const char *base)
{
    DIR *dir = opendir(base);
    const struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        char *path;

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
            continue;
        path = xasprintf("%s/%s", base, entry->d_name);
        remove_if_dead(path);
        free(path);
    }
    closedir(dir);
}

const char *
place_scratch(void)
{
    const char *tmp = getenv("TMPDIR");

    return tmp != NULL && *tmp != '\0' ? tmp : "/tmp";
}

/* One attempt; another process that clears up may take the directory away before it is locked. */
static bool
make_private(struct place *place, const char *base, struct err *err)
{
    char *directory = xasprintf("%s/" PREFIX "XXXXXX", base);

    if (mkdtemp(directory) == NULL) {
        err_errno(err, errno, "cannot create a directory in %s", base);
        free(directory);
        return false;
    }
    place->directory = directory;
    place->path = xasprintf("%s/db", directory);
    if (take_lock(place, err) == OK && access(directory, F_OK) == 0)
        return true;
    place_leave(place);
    return false;
}

static enum status
enter_private(struct place *place, const char *base, struct err *err)
{
    *place = (struct place){ .lock_fd = -1 };
    remove_dead(base);
    for (int i = 0; i < ATTEMPTS; i++) {
        if (make_private(place, base, err))
            return OK;
    }
    return E_IO;
}

enum status
place_enter_scratch(struct place *place, struct err *err)
{
    return enter_private(place, place_scratch(), err);
}

enum status
place_enter(struct place *place, const char *path, struct err *err)
{
    bool has_memory = access(SHARED_MEMORY, W_OK | X_OK) == 0;
    enum status st;

    if (strcmp(path, ":memory:") == 0)
        return enter_private(place, has_memory ? SHARED_MEMORY : place_scratch(), err);
    *place = (struct place){ .lock_fd = -1 };
    place->path = xstrdup(path);
    st = take_lock(place, err);
    if (st != OK)
        place_leave(place);
    return st;
}

void
place_visit(struct place *place, const char *path)
{
    *place = (struct place){ .path = xstrdup(path), .lock_fd = -1 };
}

void
place_leave(struct place *place)
{
    if (place->directory != NULL)
        remove_directory(place->directory);
    if (place->lock_fd >= 0)
        close(place->lock_fd);
    free(place->directory);
    free(place->path);
    *place = (struct place){ .lock_fd = -1 };
}
