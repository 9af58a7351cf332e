/* replay_libcurl.c - sixteen libcurl handles that are used again and again: for https://, and
 * through proxies. SPDX-License-Identifier: MIT
 *
 * aws/net.h, which makes a handle for each call and asks no host for more than eight things at a
 * time, is too careful for this. */
#include "config.h"

#include "cli/replay/replay_call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/libcurl.h"
#include "base/mem.h"

#define WAIT_MS 1000

struct handle {
    struct replay_call *call;
    CURL *easy;
    struct curl_slist *headers;
    char *url;
};

struct many {
    struct replay_carried carried;
    CURLM *multi;
    struct handle handles[REPLAY_CALLS];
};

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct handle *handle = arg;

    buf_add(&handle->call->answer, bytes, size * count);
    return buf_failed(&handle->call->answer) ? 0 : size * count;
}

/* A line of a head; another one begins with its status. */
static size_t
on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct handle *handle = arg;
    struct buf *headers = &handle->call->headers;
    size_t length = size * count;
    const char *colon = memchr(bytes, ':', length);

    if (!handle->call->wants_headers)
        return length;
    if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0)
        buf_clear(headers);
    if (colon == NULL)
        return length;
    while (length > 0 && strchr(" \t\r\n", bytes[length - 1]) != NULL)
        length--;
    buf_add(headers, bytes, (size_t)(colon + 1 - bytes));
    for (colon++; colon < bytes + length && (*colon == ' ' || *colon == '\t'); colon++)
        continue;
    if (colon < bytes + length)
        buf_add(headers, colon, strnlen(colon, (size_t)(bytes + length - colon)));
    buf_addc(headers, '\0');
    return size * count;
}

static void
add_line(struct handle *handle, const char *line)
{
    struct curl_slist *list = libcurl.slist_append(handle->headers, line);

    if (list == NULL)
        abort(); /* no memory */
    handle->headers = list;
}

/* "Name: \r\n" is "Name;" to libcurl, for which "Name:" means that there is none. */
static void
add_headers(struct handle *handle)
{
    const struct replay_call *call = handle->call;
    const char *at = call->head.data, *end;

    for (; (end = strstr(at, "\r\n")) != NULL; at = end + 2) {
        char *line = xstrndup(at, (size_t)(end - at));
        char *colon = strstr(line, ": ");

        if (colon != NULL && colon[2] == '\0')
            memcpy(colon, ";", 2);
        add_line(handle, line);
        free(line);
    }
    /* what libcurl would say on its own */
    if (!call->has_type)
        add_line(handle, "Content-Type:");
    if (!call->has_agent)
        add_line(handle, "User-Agent:");
    add_line(handle, "Accept:");
    add_line(handle, "Expect:");
}

static void
set_method(struct handle *handle)
{
    const struct replay_call *call = handle->call;
    const bool is_head = strcmp(call->event.method, "HEAD") == 0;

    libcurl.easy_setopt(handle->easy, CURLOPT_NOBODY, 0L);
    libcurl.easy_setopt(handle->easy, CURLOPT_HTTPGET, 1L);
    if (is_head)
        libcurl.easy_setopt(handle->easy, CURLOPT_NOBODY, 1L);
    else if (call->has_body)
        libcurl.easy_setopt(handle->easy, CURLOPT_POST, 1L);
    libcurl.easy_setopt(handle->easy, CURLOPT_POSTFIELDS, call->body.data);
    libcurl.easy_setopt(handle->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    if (!call->has_body && !is_head) /* POSTFIELDS made it one */
        libcurl.easy_setopt(handle->easy, CURLOPT_HTTPGET, 1L);
    libcurl.easy_setopt(handle->easy, CURLOPT_CUSTOMREQUEST, call->event.method);
}

static void
start(void *state, size_t i)
{
    struct many *m = state;
    struct handle *handle = &m->handles[i];

    handle->url = xasprintf("%s%s", m->carried.to, handle->call->event.path);
    buf_clear(&handle->call->answer);
    add_headers(handle);
    set_method(handle);
    libcurl.easy_setopt(handle->easy, CURLOPT_URL, handle->url);
    libcurl.easy_setopt(handle->easy, CURLOPT_HTTPHEADER, handle->headers);
    if (libcurl.multi_add_handle(m->multi, handle->easy) != CURLM_OK)
        abort(); /* no memory */
}

static void
free_request(struct handle *handle)
{
    libcurl.slist_free_all(handle->headers);
    handle->headers = NULL;
    free(handle->url);
    handle->url = NULL;
}

static void
finish(struct many *m, struct handle *handle, CURLcode code)
{
    struct replay_call *call = handle->call;
    long status = 0;

    libcurl.multi_remove_handle(m->multi, handle->easy);
    if (code == CURLE_OK)
        libcurl.easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
    call->status = (unsigned)status;
    if (status == 0)
        err_set(&call->err, E_IO, "%s", libcurl.easy_strerror(code));
    free_request(handle);
    m->carried.ended(m->carried.arg, (size_t)(handle - m->handles));
}

static void
wait_for_some(void *state)
{
    struct many *m = state;
    CURLMsg *message;
    int running, left;
    bool has_ended = false;

    libcurl.multi_perform(m->multi, &running);
    while ((message = libcurl.multi_info_read(m->multi, &left)) != NULL) {
        void *handle = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        has_ended = true;
        libcurl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
        finish(m, handle, message->data.result);
    }
    if (!has_ended)
        libcurl.multi_poll(m->multi, NULL, 0, WAIT_MS, NULL);
}

static void
close_many(void *state)
{
    struct many *m = state;

    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        struct handle *handle = &m->handles[i];

        if (handle->url != NULL) {
            libcurl.multi_remove_handle(m->multi, handle->easy);
            free_request(handle);
        }
        libcurl.easy_cleanup(handle->easy);
    }
    libcurl.multi_cleanup(m->multi);
    free(m);
}

static void
open_handle(struct handle *handle, struct replay_call *call)
{
    CURL *easy = libcurl.easy_init();

    if (easy == NULL)
        abort(); /* no memory */
    handle->call = call;
    handle->easy = easy;
    libcurl.easy_setopt(easy, CURLOPT_PRIVATE, handle);
    libcurl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    libcurl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    libcurl.easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    libcurl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)REPLAY_TIMEOUT_MS);
    libcurl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    libcurl.easy_setopt(easy, CURLOPT_WRITEDATA, handle);
    libcurl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    libcurl.easy_setopt(easy, CURLOPT_HEADERDATA, handle);
    libcurl.easy_setopt(easy, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
}

enum status
replay_open_libcurl(struct replay_carrier *out, const struct replay_carried *carried,
                    struct err *err)
{
    enum status st = libcurl_load(err);
    struct many *m;

    if (st != OK)
        return st;
    m = xcalloc(1, sizeof *m);
    m->carried = *carried;
    m->multi = libcurl.multi_init();
    if (m->multi == NULL)
        abort(); /* no memory */
    libcurl.multi_setopt(m->multi, CURLMOPT_MAXCONNECTS, (long)REPLAY_CALLS);
    for (size_t i = 0; i < REPLAY_CALLS; i++)
        open_handle(&m->handles[i], &carried->calls[i]);
    *out = (struct replay_carrier){ m, start, wait_for_some, close_many };
    return OK;
}
