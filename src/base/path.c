/* path.c - making directories from the top down.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/path.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum status
path_make_directories(const char *path, struct err *err)
{
    char *copy = xstrdup(path);
    enum status st = OK;

    for (char *slash = strchr(copy + 1, '/'); slash != NULL && st == OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            st = err_errno(err, errno, "cannot make %s", copy);
        *slash = '/';
    }
    free(copy);
    return st;
}
