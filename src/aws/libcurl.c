/* libcurl.c - the functions of libcurl by name.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/libcurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SONAME "libcurl.so.4"

struct libcurl libcurl;

static char failure[160]; /* "" once loaded; written before anybody reads it */

/* A function pointer cannot be made from dlsym()'s object pointer by a cast in ISO C; POSIX says
 * that their bytes are the same. */
static bool
find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);

    if (symbol == NULL && failure[0] == '\0')
        snprintf(failure, sizeof failure, "%s has no %s", SONAME, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static void
load(void)
{
    void *library = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);

    if (library == NULL) {
        snprintf(failure, sizeof failure, "cannot load %s; install the package libcurl4", SONAME);
        return;
    }
#define LIBCURL_FIND(name)                            \
    if (!find(library, "curl_" #name, &libcurl.name)) \
        return;
    LIBCURL_FUNCTIONS(LIBCURL_FIND)
#undef LIBCURL_FIND
    if (libcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        snprintf(failure, sizeof failure, "%s does not initialise", SONAME);
}

enum status
libcurl_load(struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return failure[0] == '\0' ? OK : err_set(err, E_IO, "%s", failure);
}
