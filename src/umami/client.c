/* client.c - one session with a server, and calls that wait for it.
 * SPDX-License-Identifier: MIT
 *
 * A login's token has no date on it; it is good until the server says 401. Then one call logs in
 * again for all of them and each is made once more. But 401 is also the answer about a website that
 * the user may not see, so this happens once a minute at most; in between it is believed. A refused
 * login stands for a while, for everybody: passwords are checked slowly on purpose, and ten
 * questions at once must not look like somebody guessing.
 *
 * The generation shows in the login (teams), the list of websites (orderBy), the shape of the
 * statistics, and where none of them told, in the refusal of a word of the other one. */
#include "config.h"

#include "umami/client.h"

#include "base/clock.h"
#include "base/json.h"
#include "wire/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX      ((size_t)4 * 1024 * 1024)
#define LOGIN_MAX       ((size_t)256 * 1024)
#define TOKEN_MAX       8192
#define TIMEOUT_MS      20000
#define ATTEMPTS        3
#define SECOND_NS       UINT64_C(1000000000)
#define RENEWAL_NS      (60 * SECOND_NS) /* between two tokens */
#define REFUSED_NS      (30 * SECOND_NS) /* a refused login stands */
#define REFUSED_HERE_NS (1 * SECOND_NS)  /* the emulator may just have been started */
#define SAID_MAX        120

struct umami_client {
    struct net *net;
    const struct umami_target *target;
    enum umami_dialect dialect;
    char *token;            /* NULL: not logged in */
    unsigned logins;        /* that were answered with one; tells tokens apart */
    uint64_t renewed_ns;    /* when the last one was given up; 0: never */
    struct net_call *login; /* under way */
    struct err refused;     /* the last login, if it failed */
    uint64_t refused_ns;
    struct umami_call *calls; /* all of them */
    const struct aws_ear *ear;
    const struct aws_stand_in *stand_in;
    int64_t known_ms; /* of what is being told */
};

struct umami_call {
    struct umami_client *client;
    struct arena *arena;
    struct umami_question question; /* with copies of these two */
    char *website, *type;
    umami_done *done;
    void *arg;
    struct net_call *net;  /* sent; NULL: it waits for the login */
    struct net_wait *wait; /* until it may say that it failed */
    struct err err;
    enum umami_dialect dialect; /* it was sent in */
    unsigned logins;            /* of the token it was sent with */
    bool has_renewed;
    bool has_turned; /* to the other generation's words */
    struct umami_call *next;
};

static void send_call(struct umami_call *call);
static void login_begin(struct umami_client *client);

static void
wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

struct umami_client *
umami_client_new(struct net *net, const struct umami_target *target)
{
    struct umami_client *client = xcalloc(1, sizeof *client);

    client->net = net;
    client->target = target;
    return client;
}

void
umami_client_free(struct umami_client *client)
{
    if (client == NULL)
        return;
    while (client->calls != NULL)
        umami_cancel(client->calls);
    net_cancel(client->login);
    wipe(client->token);
    free(client);
}

const struct umami_target *
umami_client_target(const struct umami_client *client)
{
    return client->target;
}

enum umami_dialect
umami_client_dialect(const struct umami_client *client)
{
    return client->dialect;
}

void
umami_client_set_ear(struct umami_client *client, const struct aws_ear *ear)
{
    client->ear = ear;
}

void
umami_client_set_stand_in(struct umami_client *client, const struct aws_stand_in *stand_in)
{
    client->stand_in = stand_in;
}

int64_t
umami_client_known_ms(const struct umami_client *client)
{
    return client->known_ms;
}

/* --- who hears of it --- */

static const char *
topic_word(enum umami_topic topic)
{
    static const char *const words[UMAMI_TOPICS] = {
        [UMAMI_WEBSITES] = "websites",   [UMAMI_ACTIVE] = "active",   [UMAMI_STATS] = "stats",
        [UMAMI_PAGEVIEWS] = "pageviews", [UMAMI_METRICS] = "metrics", [UMAMI_REALTIME] = "realtime",
    };

    return words[topic];
}

static cJSON *
parameters_of(const struct umami_question *question)
{
    cJSON *input = cJSON_CreateObject();

    if (question->website != NULL)
        cJSON_AddStringToObject(input, "website", question->website);
    if (question->type != NULL)
        cJSON_AddStringToObject(input, "type", question->type);
    if (question->to_ms != 0) {
        cJSON_AddNumberToObject(input, "startAt", (double)question->from_ms);
        cJSON_AddNumberToObject(input, "endAt", (double)question->to_ms);
    }
    return input;
}

static struct aws_heard
heard_of(const struct umami_call *call, const cJSON *input)
{
    return (struct aws_heard){ .service = "umami",
                               .operation = topic_word(call->question.topic),
                               .region = "",
                               .input = input };
}

/* Takes `json`, NULL for a failure. */
static void
tell(const struct umami_call *call, cJSON *json, const struct err *err)
{
    const struct aws_ear *ear = call->client->ear;
    cJSON *input;
    struct aws_heard heard;

    if (ear == NULL) {
        cJSON_Delete(json);
        return;
    }
    input = parameters_of(&call->question);
    heard = heard_of(call, input);
    heard.err = err;
    if (json != NULL) {
        heard.status = 200;
        heard.answer = cJSON_CreateObject();
        cJSON_AddStringToObject(heard.answer, "generation", umami_dialect_name(call->dialect));
        cJSON_AddItemToObject(heard.answer, "answer", json);
    }
    ear->hear(ear->arg, &heard);
    cJSON_Delete(heard.answer);
    cJSON_Delete(input);
}

/* --- calls --- */

static void
forget_call(struct umami_call *call)
{
    struct umami_call **at = &call->client->calls;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    free(call->website);
    free(call->type);
    free(call);
}

void
umami_cancel(struct umami_call *call)
{
    if (call == NULL)
        return;
    net_cancel(call->net);
    net_wait_cancel(call->wait);
    forget_call(call);
}

static void
end_call(struct umami_call *call, const struct umami_answer *answer, const struct err *err)
{
    umami_done *done = call->done;
    void *arg = call->arg;
    struct err kept = { 0 };

    if (err != NULL)
        kept = *err;
    if (err != NULL)
        tell(call, NULL, &kept);
    forget_call(call);
    done(arg, answer, err == NULL ? NULL : &kept);
}

static void
on_failed(void *arg, bool is_ready)
{
    struct umami_call *call = arg;

    (void)is_ready;
    call->wait = NULL;
    end_call(call, NULL, &call->err);
}

/* Says so from net_run(), as net.h does it. */
static void
fail_later(struct umami_call *call, const struct err *err)
{
    call->err = *err;
    call->wait = net_wait(call->client->net, -1, 0, on_failed, call);
}

static char *
url_of(const struct umami_target *target, const char *path)
{
    struct buf b;
    char *url;

    buf_init(&b, (size_t)1 << 16);
    buf_adds(&b, target->url);
    buf_adds(&b, path);
    if (target->emulator_token != NULL) {
        buf_adds(&b, strchr(path, '?') == NULL ? "?token=" : "&token=");
        percent_encode(&b, target->emulator_token, strlen(target->emulator_token), false);
    }
    url = buf_failed(&b) ? xstrdup("") : xstrdup(b.data);
    explicit_bzero(b.data, b.len);
    buf_fini(&b);
    return url;
}

/* A real server's 500 is the same the next time. */
static enum net_verdict
judge(void *arg, const struct net_answer *answer)
{
    (void)arg;
    return answer->status == 500 ? NET_FINAL : NET_AS_USUAL;
}

/* --- the login --- */

static void
fail_waiting(struct umami_client *client, const struct err *err)
{
    struct err kept = *err;

    for (struct umami_call *call = client->calls; call != NULL; call = call->next) {
        if (call->net == NULL && call->wait == NULL)
            fail_later(call, &kept);
    }
}

static void
send_waiting(struct umami_client *client)
{
    for (struct umami_call *call = client->calls; call != NULL; call = call->next) {
        if (call->net == NULL && call->wait == NULL)
            send_call(call);
    }
}

static bool
is_header_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
            return false;
    }
    return true;
}

static enum status
take_login(struct umami_client *client, const cJSON *json, struct err *err)
{
    const char *host = client->target->host, *token = json_get_string(json, "token", "");
    const cJSON *user = json_get(json, "user");

    if (json_get_bool(json, "requiresTwoFactor", false))
        return err_set(err, E_AUTH,
                       "Umami at %s wants a second factor of this user: give it an API key instead "
                       "(umami-api-key-file)",
                       host);
    if (*token == '\0' || strlen(token) > TOKEN_MAX || !is_header_text(token))
        return err_set(err, E_INVALID, "the login at %s answers without a token", host);
    client->token = xstrdup(token);
    client->logins++;
    if (cJSON_IsObject(user))
        client->dialect = json_get(user, "teams") != NULL ? UMAMI_V3 : UMAMI_V2;
    return OK;
}

static enum status
read_login(struct umami_client *client, const struct net_answer *net, struct err *err)
{
    const struct umami_target *target = client->target;
    cJSON *json = NULL;
    enum status st;

    if (net->status == 0) {
        *err = net->err;
        return err->code;
    }
    if (net->status >= 400 && net->status < 404 && target->is_emulator &&
        target->emulator_token == NULL)
        return err_set(err, E_AUTH, "%s wants a token: give the emulator's with --token",
                       target->host);
    if (net->status == 400 || net->status == 401)
        return err_set(err, E_AUTH, "Umami at %s refuses the login of \"%s\"", target->host,
                       target->user);
    if (net->status == 429)
        return err_set(err, E_BUSY, "Umami at %s takes no more logins for now", target->host);
    if (net->status >= 500)
        return err_set(err, E_IO, "the login at %s answers with status %d", target->host,
                       net->status);
    if (net->status != 200)
        return err_set(err, E_NOTFOUND,
                       "%s has no Umami: POST %s/auth/login answers with status %d", target->host,
                       target->is_cloud ? "" : "/api", net->status);
    if (json_parse(&json, net->body->data, net->body->len, err) != OK)
        return err_set(err, E_INVALID, "%s has no Umami: its login does not answer in JSON",
                       target->host);
    st = take_login(client, json, err);
    if (cJSON_IsString(json_get(json, "token")))
        explicit_bzero(json_get(json, "token")->valuestring,
                       strlen(json_get(json, "token")->valuestring));
    cJSON_Delete(json);
    return st;
}

static void
on_login(void *arg, const struct net_answer *net)
{
    struct umami_client *client = arg;
    struct err err = { 0 };

    client->login = NULL;
    if (read_login(client, net, &err) == OK) {
        client->refused = (struct err){ 0 };
        send_waiting(client);
        return;
    }
    client->refused = err;
    client->refused_ns = mono_ns();
    fail_waiting(client, &err);
}

static void
print_login(struct buf *b, const struct umami_target *target)
{
    buf_adds(b, "{\"username\":");
    json_print_string(b, target->user, strlen(target->user));
    buf_adds(b, ",\"password\":");
    json_print_string(b, target->password, strlen(target->password));
    buf_adds(b, "}");
}

static void
login_begin(struct umami_client *client)
{
    static const char *const headers[] = { "Content-Type: application/json",
                                           "Accept: application/json", NULL };
    const struct umami_target *target = client->target;
    char *url = url_of(target, target->is_cloud ? "/auth/login" : "/api/auth/login");
    struct buf body;

    buf_init(&body, (size_t)1 << 16);
    print_login(&body, target);
    client->login = net_start(client->net, &(struct net_request){ .method = "POST",
                                                                  .url = url,
                                                                  .headers = headers,
                                                                  .body = body.data,
                                                                  .body_len = body.len,
                                                                  .answer_max = LOGIN_MAX,
                                                                  .timeout_ms = TIMEOUT_MS,
                                                                  .max_attempts = 1,
                                                                  .is_secret = true,
                                                                  .done = on_login,
                                                                  .arg = client });
    explicit_bzero(body.data, body.len);
    buf_fini(&body);
    wipe(url);
}

/* --- answers --- */

/* What the server says about a question it does not take, for a sentence. */
static void
said(char text[SAID_MAX], const struct net_answer *net)
{
    const cJSON *error, *first;
    struct err unused;
    cJSON *json = NULL;
    const char *words = "";

    text[0] = '\0';
    if (json_parse(&json, net->body->data, net->body->len, &unused) != OK)
        return;
    error = json_get(json, "error");
    first = cJSON_IsArray(error) ? cJSON_GetArrayItem(error, 0) : error;
    if (cJSON_IsString(first))
        words = first->valuestring;
    else if (cJSON_IsObject(error))
        words = json_get_string(error, "message", "");
    if (*words != '\0')
        snprintf(text, SAID_MAX, ": %s", words);
    cJSON_Delete(json);
}

static enum status
refused(const struct umami_call *call, const struct net_answer *net, struct err *err)
{
    const struct umami_target *target = call->client->target;
    const char *what = topic_word(call->question.topic);
    char words[SAID_MAX];

    if ((net->status == 401 || net->status == 403) && target->api_key != NULL &&
        call->question.topic == UMAMI_WEBSITES)
        return err_set(err, E_AUTH,
                       "Umami at %s refuses the API key (only Umami Cloud and versions from 3.2 on "
                       "know such keys)",
                       target->host);
    if (net->status == 401 || net->status == 403)
        return err_set(err, E_AUTH, "access denied by Umami at %s: %s of this website",
                       target->host, what);
    if (net->status == 429)
        return err_set(err, E_BUSY, "Umami at %s is asked too often", target->host);
    if (net->status >= 300 && net->status < 400)
        return err_set(err, E_USAGE, "umami-url: %s redirects to another address", target->host);
    said(words, net);
    /* it is there, and others of its answers may be fine: not E_IO */
    return err_set(err,
                   net->status == 404   ? E_NOTFOUND
                   : net->status >= 500 ? E_BUSY
                                        : E_INVALID,
                   "Umami at %s answers %s with status %d%s", target->host, what, net->status,
                   words);
}

static enum status
read_answer(const struct umami_call *call, const struct net_answer *net, struct umami_answer *out,
            struct err *err)
{
    cJSON *json = NULL;
    enum status st;

    if (net->status == 0) {
        *err = net->err;
        return err->code;
    }
    if (net->status != 200)
        return refused(call, net, err);
    st = json_parse(&json, net->body->data, net->body->len, err);
    if (st == OK)
        st = umami_answer_read(out, call->arena, &call->question, call->dialect, json, err);
    if (st != OK)
        err_context(err, "Umami at %s", call->client->target->host);
    else {
        tell(call, json, NULL);
        json = NULL;
    }
    cJSON_Delete(json);
    return st;
}

/* A fresh token, and once more. */
static bool
renews(struct umami_call *call, int status)
{
    struct umami_client *client = call->client;

    if (status != 401 || client->target->api_key != NULL || call->has_renewed)
        return false;
    if (client->token != NULL && call->logins == client->logins) {
        if (client->renewed_ns != 0 && mono_ns() - client->renewed_ns < RENEWAL_NS)
            return false;
        client->renewed_ns = mono_ns();
        wipe(client->token);
        client->token = NULL;
    }
    call->has_renewed = true;
    return true;
}

/* The word of the other generation, and once more. */
static bool
turns(struct umami_call *call, int status)
{
    struct umami_client *client = call->client;

    if (status != 400 || call->has_turned || umami_question_is_common(&call->question))
        return false;
    call->has_turned = true;
    client->dialect = call->dialect == UMAMI_V3 ? UMAMI_V2 : UMAMI_V3;
    return true;
}

static void
on_answer(void *arg, const struct net_answer *net)
{
    struct umami_call *call = arg;
    struct umami_answer answer;
    struct err err = { 0 };

    call->net = NULL;
    if (renews(call, net->status) || turns(call, net->status)) {
        send_call(call);
        return;
    }
    if (read_answer(call, net, &answer, &err) != OK) {
        end_call(call, NULL, &err);
        return;
    }
    if (answer.dialect != UMAMI_UNKNOWN && !call->has_turned)
        call->client->dialect = answer.dialect;
    end_call(call, &answer, NULL);
}

static void
add_secret(void *arg, struct net_call *net)
{
    struct umami_call *call = arg;
    const struct umami_client *client = call->client;
    char *bearer;

    if (client->target->api_key != NULL) {
        net_call_header(net, "x-umami-api-key", client->target->api_key);
        return;
    }
    if (client->token == NULL) /* another call has just found it refused */
        return;
    call->logins = client->logins;
    bearer = xasprintf("Bearer %s", client->token);
    net_call_header(net, "Authorization", bearer);
    wipe(bearer);
}

static void
start_request(struct umami_call *call)
{
    static const char *const headers[] = { "Accept: application/json", NULL };
    struct umami_client *client = call->client;
    const struct umami_target *target = client->target;
    struct buf path;
    char *url;

    buf_init(&path, (size_t)1 << 15);
    call->dialect = client->dialect;
    umami_question_print(&path, &call->question, call->dialect, target->is_cloud);
    url = url_of(target, path.data);
    call->net = net_start(client->net, &(struct net_request){
                                           .method = "GET",
                                           .url = url,
                                           .headers = headers,
                                           .answer_max = ANSWER_MAX,
                                           .timeout_ms = TIMEOUT_MS,
                                           .max_attempts = target->is_emulator ? 1 : ATTEMPTS,
                                           .prepare = add_secret,
                                           .judge = judge,
                                           .done = on_answer,
                                           .arg = call,
                                       });
    wipe(url);
    buf_fini(&path);
}

static void
send_call(struct umami_call *call)
{
    struct umami_client *client = call->client;
    uint64_t stands_ns = client->target->is_emulator ? REFUSED_HERE_NS : REFUSED_NS;

    if (client->target->api_key != NULL || client->token != NULL)
        start_request(call);
    else if (client->refused.code != OK && client->login == NULL &&
             mono_ns() - client->refused_ns < stands_ns)
        fail_later(call, &client->refused);
    else if (client->login == NULL)
        login_begin(client);
}

/* --- the stand-in --- */

static enum umami_dialect
dialect_named(const char *name)
{
    static const enum umami_dialect known[] = { UMAMI_V2, UMAMI_V3 };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(umami_dialect_name(known[i]), name) == 0)
            return known[i];
    }
    return UMAMI_UNKNOWN;
}

static void
on_cue(void *arg, bool is_ready)
{
    struct umami_call *call = arg;
    struct umami_client *client = call->client;
    cJSON *input = parameters_of(&call->question);
    const struct aws_heard asked = heard_of(call, input);
    struct aws_cue cue = { .status = 0 };
    struct umami_answer answer;

    (void)is_ready;
    call->wait = NULL;
    client->stand_in->answer(client->stand_in->arg, &asked, &cue);
    if (cue.status != 0 &&
        umami_answer_read(&answer, call->arena, &call->question,
                          dialect_named(json_get_string(cue.answer, "generation", "")),
                          json_get(cue.answer, "answer"), &cue.err) != OK)
        cue.status = 0;
    client->known_ms = cue.known_ms;
    end_call(call, cue.status == 0 ? NULL : &answer, cue.status == 0 ? &cue.err : NULL);
    client->known_ms = 0;
    cJSON_Delete(cue.answer);
    cJSON_Delete(input);
}

struct umami_call *
umami_ask(struct umami_client *client, struct arena *arena, const struct umami_question *question,
          umami_done *done, void *arg)
{
    struct umami_call *call = xcalloc(1, sizeof *call);

    call->client = client;
    call->arena = arena;
    call->question = *question;
    call->website = question->website == NULL ? NULL : xstrdup(question->website);
    call->type = question->type == NULL ? NULL : xstrdup(question->type);
    call->question.website = call->website;
    call->question.type = call->type;
    call->done = done;
    call->arg = arg;
    call->next = client->calls;
    client->calls = call;
    if (client->stand_in != NULL)
        call->wait = net_wait(client->net, -1, 0, on_cue, call);
    else if (client->target->url == NULL)
        fail_later(call, &client->target->err);
    else
        send_call(call);
    return call;
}
