/* aws_ask.c - an exchange carrier that is a test.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws_ask.h"

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "emulator/exchange_own.h"
#include "emulator/routes.h"
#include "wire/service.h"

#define DEADLINE_S 20
#define HEADERS    16

struct carried {
    struct ask_header headers[HEADERS];
    size_t count;
    pthread_mutex_t lock;
    pthread_cond_t finished;
    bool is_finished;
};

static const char *
get_header(const struct exchange *x, const char *name)
{
    const struct carried *c = x->carried;

    for (size_t i = 0; i < c->count; i++) {
        if (strcasecmp(c->headers[i].name, name) == 0)
            return c->headers[i].value;
    }
    return NULL;
}

static void
visit_headers(const struct exchange *x, exchange_header_visitor *visit, void *arg)
{
    const struct carried *c = x->carried;

    for (size_t i = 0; i < c->count; i++)
        visit(arg, c->headers[i].name, c->headers[i].value);
}

static void
park(struct exchange *x)
{
    (void)x;
}

static void
finish(struct exchange *x)
{
    struct carried *c = x->carried;

    pthread_mutex_lock(&c->lock);
    c->is_finished = true;
    pthread_cond_signal(&c->finished);
    pthread_mutex_unlock(&c->lock);
}

static const struct exchange_carrier carrier = {
    .header = get_header,
    .headers = visit_headers,
    .park = park,
    .finish = finish,
};

static void
start(struct ask *a, const char *stack_path)
{
    struct emulator_options options = {
        .listen = "127.0.0.1:0",
        .db = ":memory:",
        .region = "eu-west-1",
        .stack_path = stack_path,
    };
    struct err err = { 0 };

    a->clock = clock_new_virtual(ASK_NOW);
    options.clock = a->clock;
    if (emulator_start(&a->em, &options, &err) != OK)
        fail_msg("%s", err.text);
}

void
ask_start(struct ask *a)
{
    start(a, "off");
}

void
ask_start_with(struct ask *a, const char *stack)
{
    char path[] = "/tmp/obsview-stack-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, stack, strlen(stack)), (ssize_t)strlen(stack));
    close(fd);
    start(a, path);
    unlink(path);
}

void
ask_stop(struct ask *a)
{
    emulator_stop(a->em);
    clock_free(a->clock);
}

static void
add_header(struct carried *c, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    assert_true(c->count < HEADERS);
    c->headers[c->count++] = (struct ask_header){ name, value };
}

static void
fill_headers(struct carried *c, struct arena *arena, const struct ask_request *rq)
{
    const struct wire_service *service = service_by_name(rq->service);
    const char *authorization = rq->authorization;

    if (authorization == NULL)
        authorization = arena_printf(
            arena,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/%s/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=%064d",
            rq->service, 7);
    add_header(c, "Host", "127.0.0.1");
    add_header(c, "Authorization", authorization);
    add_header(c, "X-Amz-Date", "20261123T000000Z");
    add_header(c, "Content-Type", rq->type == NULL ? "application/x-amz-json-1.0" : rq->type);
    if (rq->operation != NULL)
        add_header(c, "X-Amz-Target", arena_printf(arena, "%s.%s", service->target, rq->operation));
    for (const struct ask_header *h = rq->extra; h != NULL && h->name != NULL; h++)
        add_header(c, h->name, h->value);
}

static void
wait_for(struct exchange *x, struct carried *c)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_S;
    pthread_mutex_lock(&c->lock);
    while (x->is_parked && !c->is_finished) {
        if (pthread_cond_timedwait(&c->finished, &c->lock, &deadline) != 0)
            fail_msg("no answer within %d s", DEADLINE_S);
    }
    pthread_mutex_unlock(&c->lock);
    assert_true(x->is_ready);
}

static void
copy_answer(struct answer *out, const struct exchange *x)
{
    struct buf headers, body;

    buf_init(&headers, 65536);
    buf_init(&body, x->reply_len); /* may have zeros in it */
    buf_add(&body, x->reply, x->reply_len);
    for (const struct exchange_header *h = x->reply_headers; h != NULL; h = h->next)
        buf_addf(&headers, "%s: %s\n", h->name, h->value);
    *out = (struct answer){
        .status = x->status,
        .type = xstrdup(x->content_type == NULL ? "" : x->content_type),
        .body = buf_take(&body, NULL),
        .headers = buf_take(&headers, NULL),
    };
    if (json_parse(&out->json, out->body, strlen(out->body), NULL) != OK)
        out->json = NULL;
    buf_fini(&headers);
}

void
ask_send(struct ask *a, const struct ask_request *rq, struct answer *out)
{
    struct carried c = { .lock = PTHREAD_MUTEX_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER };
    struct exchange x;

    exchange_init(&x, a->em, &carrier, &c);
    fill_headers(&c, x.arena, rq);
    x.method = rq->method == NULL ? "POST" : rq->method;
    x.path = rq->path == NULL ? "/" : rq->path;
    x.query = rq->query == NULL ? "" : rq->query;
    x.body_limit = route_body_limit(&x);
    x.body.max = x.body_limit;
    if (rq->body != NULL)
        x.body_seen = rq->body_len == 0 ? strlen(rq->body) : rq->body_len;
    if (x.body_seen <= x.body_limit)
        buf_add(&x.body, rq->body, x.body_seen);
    x.now_ms = clock_now_ms(a->clock);
    x.started_ns = mono_ns();
    x.peer_text = "test";
    x.is_trusted = true;
    route_dispatch(&x);
    wait_for(&x, &c);
    copy_answer(out, &x);
    exchange_fini(&x);
}

void
answer_fini(struct answer *out)
{
    cJSON_Delete(out->json);
    free(out->type);
    free(out->body);
    free(out->headers);
}

static char *
quoted(const char *fmt, va_list ap)
{
    struct buf b;

    buf_init(&b, (size_t)16 << 20);
    buf_addv(&b, fmt, ap);
    for (char *c = b.data; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    return buf_take(&b, NULL);
}

cJSON *
ask_json(struct ask *a, const char *service, const char *operation, unsigned status,
         const char *fmt, ...)
{
    struct ask_request rq = { .service = service, .operation = operation };
    struct answer answer;
    cJSON *json;
    va_list ap;
    char *body;

    va_start(ap, fmt);
    body = quoted(fmt, ap);
    va_end(ap);
    rq.body = body;
    ask_send(a, &rq, &answer);
    if (answer.body != NULL && answer.body[0] == '\0') /* an operation without output */
        answer.json = cJSON_CreateObject();
    if (answer.status != status || answer.json == NULL)
        fail_msg("%s %.200s: %u %.400s", operation, body, answer.status, answer.body);
    json = answer.json;
    answer.json = NULL;
    answer_fini(&answer);
    free(body);
    return json;
}

void
ask_refused(struct ask *a, const char *service, const char *operation, const char *code,
            const char *message, const char *fmt, ...)
{
    struct ask_request rq = { .service = service, .operation = operation };
    struct answer answer;
    va_list ap;
    char *body;

    va_start(ap, fmt);
    body = quoted(fmt, ap);
    va_end(ap);
    rq.body = body;
    ask_send(a, &rq, &answer);
    if (answer.status != 400 || strcmp(json_get_string(answer.json, "__type", ""), code) != 0 ||
        strcmp(json_get_string(answer.json, "message", ""), message) != 0)
        fail_msg("%s %.200s\n  got:  %u %.400s\n  want: %s: %s", operation, body, answer.status,
                 answer.body, code, message);
    answer_fini(&answer);
    free(body);
}
