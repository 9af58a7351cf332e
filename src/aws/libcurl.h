/* libcurl.h - libcurl, loaded when somebody is first asked something.
 * SPDX-License-Identifier: MIT
 *
 * It brings some thirty libraries with it. Linked as usual they would double the time an emulator
 * without a screen takes to its first answer, and it needs none of them. */
#ifndef OV_AWS_LIBCURL_H
#define OV_AWS_LIBCURL_H

#include "base/err.h"

#include <curl/curl.h>

/* clang-format off */
#define LIBCURL_FUNCTIONS(X) \
    X(easy_cleanup) X(easy_getinfo) X(easy_header) X(easy_init) X(easy_setopt) X(easy_strerror) \
    X(getdate) X(global_init) \
    X(multi_add_handle) X(multi_cleanup) X(multi_info_read) X(multi_init) X(multi_perform) \
    X(multi_poll) X(multi_remove_handle) X(multi_setopt) X(multi_wakeup) \
    X(slist_append) X(slist_free_all) X(version_info)
/* clang-format on */

struct libcurl {
#define LIBCURL_MEMBER(name) __typeof__(&curl_##name) name;
    LIBCURL_FUNCTIONS(LIBCURL_MEMBER)
#undef LIBCURL_MEMBER
};

/* Constant once libcurl_load() has said OK. */
extern struct libcurl libcurl;

/* Loads and initialises it, once for the process; from any thread. E_IO says what to install. */
MUST_CHECK enum status libcurl_load(struct err *err);

#endif
