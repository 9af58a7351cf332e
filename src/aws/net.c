/* net.c - requests on libcurl's multi interface, with retries.
 * SPDX-License-Identifier: MIT
 *
 * A call is either running (its easy handle is in the multi handle) or waiting for its next
 * attempt. Retries follow the AWS SDKs' "standard" mode: at most max_attempts, a random share of
 * min(2^n, 20) seconds between them, and a bucket of tokens that a failing service empties, so that
 * many callers do not hammer it together. Redirects are not followed: a signature is for one host.
 *
 * Whoever makes one has seen libcurl_load() succeed: its sentence is for a person. */
#include "config.h"

#include "aws/net.h"

#include "aws/host_clock.h"
#include "aws/libcurl.h"
#include "aws/waits.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CONNECT_TIMEOUT_MS 5000
#define BACKOFF_MAX_MS     20000
#define CONNECTIONS_KEPT   8
#define SLOW_BYTES_S       50 /* an answer that drips slower than this ... */
#define SLOW_S             12 /* ... for so long is given up */

/* botocore, retries/standard.py: what an attempt costs and a success gives back */
#define BUCKET_FULL         500
#define BUCKET_COST         5
#define BUCKET_COST_TIMEOUT 10

struct net {
    CURLM *multi;
    struct net_call *calls; /* all that are not over */
    struct waits waits;
    struct host_clock *clocks;
    char *ca_bundle; /* NULL: the system's */
    uint64_t sent;
    uint64_t random; /* xorshift state */
    int bucket;
};

struct net_call {
    struct net *net;
    struct net_call *next;
    CURL *easy; /* NULL while waiting */
    uint64_t due_ns;
    int attempt;
    int paid; /* tokens taken for the attempt under way */

    char *method;
    char *url;
    char **fixed_headers;
    size_t fixed_count;
    char *body;
    size_t body_len;
    struct curl_slist *headers;
    struct buf answer;
    char reason[CURL_ERROR_SIZE];
    bool has_arrived;      /* see struct net_answer */
    struct net_request rq; /* for the numbers and the functions; its pointers are not ours */
    bool is_over;          /* cancelled while a callback runs: reaped by net_run() */
};

/* libcurl says no only for want of memory in the places this is used. */
static void
curl_must(bool worked)
{
    if (!worked)
        abort();
}

struct net *
net_new(void)
{
    struct net *net = xcalloc(1, sizeof *net);

    curl_must(libcurl_load(NULL) == OK);
    net->multi = libcurl.multi_init();
    curl_must(net->multi != NULL);
    libcurl.multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    libcurl.multi_setopt(net->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_KEPT);
    net->bucket = BUCKET_FULL;
    if (getrandom(&net->random, sizeof net->random, 0) != sizeof net->random)
        net->random = mono_ns();
    net->random |= 1;
    return net;
}

static void
call_drop_easy(struct net_call *call)
{
    if (call->easy != NULL) {
        libcurl.multi_remove_handle(call->net->multi, call->easy);
        libcurl.easy_cleanup(call->easy);
        call->easy = NULL;
    }
    for (struct curl_slist *line = call->headers; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data)); /* some hold tokens */
    libcurl.slist_free_all(call->headers);
    call->headers = NULL;
}

static void
call_free(struct net_call *call)
{
    call_drop_easy(call);
    for (size_t i = 0; i < call->fixed_count; i++)
        free(call->fixed_headers[i]);
    free(call->fixed_headers);
    free(call->method);
    free(call->url);
    if (call->rq.is_secret) {
        if (call->body != NULL)
            explicit_bzero(call->body, call->body_len);
        explicit_bzero(call->answer.data, call->answer.len);
    }
    free(call->body);
    buf_fini(&call->answer);
    free(call);
}

void
net_free(struct net *net)
{
    if (net == NULL)
        return;
    while (net->calls != NULL) {
        struct net_call *call = net->calls;

        net->calls = call->next;
        call_free(call);
    }
    waits_fini(&net->waits);
    host_clocks_free(net->clocks);
    libcurl.multi_cleanup(net->multi);
    free(net->ca_bundle);
    free(net);
}

void
net_set_ca_bundle(struct net *net, const char *path)
{
    free(net->ca_bundle);
    net->ca_bundle = path == NULL ? NULL : xstrdup(path);
}

struct net_call *
net_start(struct net *net, const struct net_request *request)
{
    struct net_call *call = xcalloc(1, sizeof *call);

    assert(request->done != NULL && request->max_attempts > 0);
    call->net = net;
    call->rq = *request;
    call->method = xstrdup(request->method);
    call->url = xstrdup(request->url);
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        call->fixed_headers = xreallocarray(call->fixed_headers, i + 1, sizeof(char *));
        call->fixed_headers[call->fixed_count++] = xstrdup(request->headers[i]);
    }
    if (request->body != NULL) {
        call->body = memcpy(xcalloc(1, request->body_len + 1), request->body, request->body_len);
        call->body_len = request->body_len;
    }
    buf_init(&call->answer, request->answer_max);
    call->next = net->calls;
    net->calls = call;
    return call;
}

void
net_cancel(struct net_call *call)
{
    if (call != NULL)
        call->is_over = true;
}

static void
add_header(struct net_call *call, const char *line)
{
    struct curl_slist *longer = libcurl.slist_append(call->headers, line);

    curl_must(longer != NULL);
    call->headers = longer;
}

void
net_call_header(struct net_call *call, const char *name, const char *value)
{
    char *line = xasprintf("%s: %s", name, value);

    add_header(call, line); /* copies */
    explicit_bzero(line, strlen(line));
    free(line);
}

void
net_call_header_without_value(struct net_call *call, const char *name)
{
    char *line = xasprintf("%s;", name); /* libcurl's word for it */

    add_header(call, line);
    free(line);
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct net_call *call = arg;
    size_t len = size * count;

    if (call->is_over)
        return 0;
    if (call->rq.on_bytes != NULL)
        return call->rq.on_bytes(call->rq.arg, bytes, len) ? len : 0;
    buf_add(&call->answer, bytes, len);
    return buf_failed(&call->answer) ? 0 : len;
}

static bool
is_loopback(const char *url)
{
    return strncmp(url, "http://127.", 11) == 0 || strncmp(url, "http://localhost", 16) == 0 ||
           strncmp(url, "http://[::1]", 12) == 0;
}

static void
set_method(const struct net_call *call, CURL *easy)
{
    if (call->body != NULL) {
        libcurl.easy_setopt(easy, CURLOPT_POST, 1L);
        libcurl.easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
        libcurl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
    }
    if (call->body == NULL && strcmp(call->method, "HEAD") == 0)
        libcurl.easy_setopt(easy, CURLOPT_NOBODY, 1L); /* else it waits for one */
    else if (call->body == NULL || strcmp(call->method, "POST") != 0)
        libcurl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static void
set_headers(struct net_call *call, CURL *easy)
{
    for (size_t i = 0; i < call->fixed_count; i++)
        add_header(call, call->fixed_headers[i]);
    if (call->rq.prepare != NULL)
        call->rq.prepare(call->rq.arg, call);
    libcurl.easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
}

static void
set_limits(const struct net_call *call, CURL *easy)
{
    int connect_ms = CONNECT_TIMEOUT_MS;

    if (call->rq.timeout_ms > 0 && call->rq.timeout_ms < connect_ms)
        connect_ms = call->rq.timeout_ms;
    libcurl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    libcurl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->rq.timeout_ms);
    if (call->rq.timeout_ms > 0) { /* an endless answer may be silent for as long as it likes */
        libcurl.easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_S);
        libcurl.easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
    }
}

static void
attempt_begin(struct net_call *call)
{
    CURL *easy = libcurl.easy_init();

    curl_must(easy != NULL);
    buf_clear(&call->answer);
    call->reason[0] = '\0';
    call->attempt++;
    call->net->sent++;

    libcurl.easy_setopt(easy, CURLOPT_URL, call->url);
    libcurl.easy_setopt(easy, CURLOPT_PRIVATE, call);
    libcurl.easy_setopt(easy, CURLOPT_ERRORBUFFER, call->reason);
    libcurl.easy_setopt(easy, CURLOPT_USERAGENT, "obsview/" PACKAGE_VERSION);
    libcurl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    libcurl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    libcurl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    libcurl.easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    libcurl.easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    set_limits(call, easy);
    libcurl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    libcurl.easy_setopt(easy, CURLOPT_WRITEDATA, call);
    if (call->net->ca_bundle != NULL)
        libcurl.easy_setopt(easy, CURLOPT_CAINFO, call->net->ca_bundle);
    if (is_loopback(call->url) || call->rq.is_direct)
        libcurl.easy_setopt(easy, CURLOPT_NOPROXY, "*");
    else
        libcurl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (call->rq.is_once) /* libcurl repeats what a kept connection swallowed */
        libcurl.easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    set_method(call, easy);
    set_headers(call, easy);
    call->easy = easy;
    curl_must(libcurl.multi_add_handle(call->net->multi, easy) == CURLM_OK);
}

static void
refused_connection(struct err *err, const char *host, long os_errno)
{
    switch (os_errno) {
    case ECONNREFUSED:
        err_set(err, E_IO, "cannot reach %s: connection refused", host);
        break;
    case 0:
        err_set(err, E_IO, "cannot reach %s", host);
        break;
    default:
        err_errno(err, (int)os_errno, "cannot reach %s", host);
    }
}

static void
explain(const struct net_call *call, CURLcode code, struct err *err)
{
    char host[HOST_TEXT];
    long os_errno = 0;

    host_of_url(call->url, host);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        libcurl.easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno);
        refused_connection(err, host, os_errno);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        err_set(err, E_IO, "cannot find the address of %s", host);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        err_set(err, E_IO, "cannot find the address of the proxy for %s: see HTTPS_PROXY", host);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        err_set(err, E_IO, "%s: %s (a proxy's certificate? name its CA in AWS_CA_BUNDLE)", host,
                call->reason);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        err_set(err, E_IO, "cannot read the certificates of AWS_CA_BUNDLE: %s",
                call->net->ca_bundle == NULL ? "" : call->net->ca_bundle);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        err_set(err, E_IO, "no answer from %s in time", host);
        break;
    case CURLE_WRITE_ERROR:
        if (buf_failed(&call->answer))
            err_set(err, E_LIMIT, "answer of %s is larger than %zu bytes", host,
                    call->rq.answer_max);
        else
            err_set(err, E_IO, "answer of %s broken off", host);
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        err_set(err, E_IO, "%s closed the connection in the middle of its answer", host);
        break;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        err_set(err, E_INVALID, "%s does not answer in HTTP", host);
        break;
    default:
        err_set(err, E_IO, "%s: %s", host,
                call->reason[0] != '\0' ? call->reason : libcurl.easy_strerror(code));
    }
}

static bool
is_transient(const struct net_call *call, CURLcode code, const struct net_answer *answer)
{
    if (answer->status == 0 && call->rq.is_once && call->has_arrived)
        return false;
    if (answer->status == 0)
        return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
               code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING ||
               code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_PARTIAL_FILE;
    if (answer->status < 400)
        return false;
    switch (call->rq.judge == NULL ? NET_AS_USUAL : call->rq.judge(call->rq.arg, answer)) {
    case NET_AGAIN:
        return true;
    case NET_FINAL:
        return false;
    case NET_AS_USUAL:
        break;
    }
    if (call->rq.is_once)
        return false;
    switch (answer->status) {
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        return false;
    }
}

/* A uniform number in [0, 1). */
static double
random_share(struct net *net)
{
    uint64_t x = net->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    net->random = x;
    return (double)(x >> 11) / 9007199254740992.0; /* 2^53 */
}

static const char *
answer_header(CURL *easy, const char *name)
{
    struct curl_header *header;

    return libcurl.easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
               ? header->value
               : NULL;
}

/* What the server wishes: x-amz-retry-after in milliseconds, Retry-After in seconds or as a date.
 */
static uint64_t
backoff_ms(struct net_call *call)
{
    double most = call->attempt > 15 ? BACKOFF_MAX_MS : 1000.0 * (double)(1 << (call->attempt - 1));
    const char *wish = answer_header(call->easy, "x-amz-retry-after");
    curl_off_t retry_after = 0;
    int64_t wish_ms;

    if (most > BACKOFF_MAX_MS)
        most = BACKOFF_MAX_MS;
    if (wish != NULL && text_parse_int(&wish_ms, wish) && wish_ms >= 0)
        return wish_ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : (uint64_t)wish_ms;
    if (libcurl.easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK &&
        retry_after > 0)
        return retry_after > BACKOFF_MAX_MS / 1000 ? BACKOFF_MAX_MS : (uint64_t)retry_after * 1000;
    return (uint64_t)(random_share(call->net) * most);
}

/* Puts the call back to wait for another attempt, if its allowance permits. */
static bool
call_again(struct net_call *call, CURLcode code)
{
    struct net *net = call->net;
    int cost = code == CURLE_OPERATION_TIMEDOUT ? BUCKET_COST_TIMEOUT : BUCKET_COST;

    if (call->attempt >= call->rq.max_attempts || net->bucket < cost)
        return false;
    net->bucket -= cost;
    call->paid = cost;
    call->due_ns = mono_ns() + backoff_ms(call) * 1000000;
    call_drop_easy(call);
    return true;
}

static void
give_back(struct net_call *call)
{
    struct net *net = call->net;

    net->bucket += call->paid > 0 ? call->paid : 1;
    if (net->bucket > BUCKET_FULL)
        net->bucket = BUCKET_FULL;
}

static int64_t
answer_date_ms(CURL *easy)
{
    const char *date = answer_header(easy, "Date");
    time_t at = date == NULL ? -1 : libcurl.getdate(date, NULL);

    return at < 0 ? 0 : (int64_t)at * 1000;
}

static void
unlink_call(struct net_call *call)
{
    struct net_call **at = &call->net->calls;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
}

static void
attempt_end(struct net_call *call, CURLcode code)
{
    struct net_answer answer = { .body = &call->answer, .attempts = call->attempt };
    long status = 0, sent_bytes = 0;

    libcurl.easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
    call->has_arrived |= sent_bytes > 0;
    answer.has_arrived = call->has_arrived;
    if (code == CURLE_OK) {
        libcurl.easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (int)status;
        answer.date_ms = answer_date_ms(call->easy);
        answer.error_type = answer_header(call->easy, "x-amzn-errortype");
        answer.type = answer_header(call->easy, "Content-Type");
        answer.location = answer_header(call->easy, "Location");
        answer.etag = answer_header(call->easy, "ETag");
        answer.content_range = answer_header(call->easy, "Content-Range");
        answer.bucket_region = answer_header(call->easy, "x-amz-bucket-region");
    } else
        explain(call, code, &answer.err);
    if (is_transient(call, code, &answer)) {
        if (call_again(call, code))
            return;
    } else if (code == CURLE_OK)
        give_back(call);
    unlink_call(call);
    call->rq.done(call->rq.arg, &answer);
    call_free(call);
}

struct net_wait *
net_wait(struct net *net, int fd, int wait_ms, net_waited *done, void *arg)
{
    return waits_add(&net->waits, fd, wait_ms, done, arg);
}

int64_t
net_clock_off_ms(const struct net *net, const char *url)
{
    return host_clock_off_ms(net->clocks, url);
}

void
net_learn_clock(struct net *net, const char *url, int64_t off_ms)
{
    host_clock_learn(&net->clocks, url, off_ms);
}

/* True when something was over. */
static bool
finish_transfers(struct net *net)
{
    bool any = false;
    CURLMsg *message;
    int left;

    while ((message = libcurl.multi_info_read(net->multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        struct net_call *call = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        libcurl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        if (call->is_over) {
            unlink_call(call);
            call_free(call);
        } else
            attempt_end(call, code);
        any = true;
    }
    return any;
}

/* Reaps the cancelled, starts what is due, and says how long until the next is. */
static int
attend(struct net *net, int wait_ms)
{
    struct net_call **at = &net->calls;
    uint64_t now = mono_ns();

    while (*at != NULL) {
        struct net_call *call = *at;

        if (call->is_over) {
            *at = call->next;
            call_free(call);
            continue;
        }
        if (call->easy == NULL && call->due_ns <= now)
            attempt_begin(call);
        else if (call->easy == NULL && call->due_ns - now < (uint64_t)wait_ms * 1000000)
            wait_ms = (int)((call->due_ns - now) / 1000000) + 1;
        at = &call->next;
    }
    return waits_left_ms(&net->waits, wait_ms);
}

void
net_run(struct net *net, int wait_ms)
{
    int running;

    wait_ms = attend(net, wait_ms);
    libcurl.multi_perform(net->multi, &running);
    if (finish_transfers(net) || waits_finish(&net->waits))
        return; /* what it led to may change how long the caller wants to sleep */
    wait_ms = attend(net, wait_ms);
    if (wait_ms <= 0)
        return;
    waits_poll(&net->waits, net->multi, wait_ms);
    libcurl.multi_perform(net->multi, &running);
    finish_transfers(net);
    waits_finish(&net->waits);
}

/* Cancelled calls wait for nothing but to be reaped. */
static bool
is_busy(const struct net *net)
{
    for (const struct net_call *call = net->calls; call != NULL; call = call->next) {
        if (!call->is_over)
            return true;
    }
    return false;
}

void
net_finish(struct net *net, int most_ms)
{
    uint64_t end = mono_ns() + (uint64_t)most_ms * 1000000;

    while (is_busy(net) && mono_ns() < end)
        net_run(net, (int)((end - mono_ns()) / 1000000) + 1);
}

void
net_wake(struct net *net)
{
    libcurl.multi_wakeup(net->multi);
}

uint64_t
net_requests_sent(const struct net *net)
{
    return net->sent;
}
