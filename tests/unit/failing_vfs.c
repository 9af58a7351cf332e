/* failing_vfs.c - a thin layer over SQLite's default one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "failing_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs layer;
static sqlite3_vfs *below;
static _Atomic long until, failed;
static _Atomic bool lasting;
static _Atomic int code;

void
failing_vfs_fail(long nth, bool last, int what)
{
    lasting = last;
    code = what;
    failed = 0;
    until = nth;
}

long
failing_vfs_failed(void)
{
    return failed;
}

/* SQLITE_OK, or what the caller is to be told instead. */
static int
verdict(void)
{
    long left;

    if (until == 0)
        return SQLITE_OK;
    left = until > 1 || !lasting ? --until : 0;
    if (left > 0)
        return SQLITE_OK;
    failed++;
    return code;
}

static sqlite3_file *
real(sqlite3_file *file)
{
    return ((struct file *)file)->real;
}

static int
do_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int
do_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), to, n, at);
}

static int
do_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    int rc = verdict();

    return rc != SQLITE_OK ? rc : real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int
do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int
do_sync(sqlite3_file *f, int flags)
{
    int rc = verdict();

    return rc != SQLITE_OK ? rc : real(f)->pMethods->xSync(real(f), flags);
}

static int
do_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int
do_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int
do_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int
do_check_lock(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int
do_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
do_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int
do_traits(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
do_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int
do_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
do_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int
do_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_check_lock,
    .xFileControl = do_control,
    .xSectorSize = do_sector,
    .xDeviceCharacteristics = do_traits,
    .xShmMap = do_shm_map,
    .xShmLock = do_shm_lock,
    .xShmBarrier = do_shm_barrier,
    .xShmUnmap = do_shm_unmap,
};

static int
do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct file *file = (struct file *)f;
    int rc;

    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    rc = below->xOpen(below, name, file->real, flags, out);
    file->base.pMethods = file->real->pMethods == NULL ? NULL : &methods;
    return rc;
}

void
failing_vfs_install(void)
{
    if (below != NULL)
        return;
    below = sqlite3_vfs_find(NULL);
    layer = *below;
    layer.zName = "failing";
    layer.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    layer.xOpen = do_open;
    sqlite3_vfs_register(&layer, 1);
}
