/* test_provider.c - keys from every place AWS has them, and what happens when they end.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/client.h"
#include "aws/command_words.h"
#include "aws/key_plan.h"
#include "aws/refusal.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "responder.h"

#define DEADLINE_S 20

/* The system's clock, moved on by the tests that wait for keys to end. */
int64_t __real_refusal_wall_ms(void);
int64_t __wrap_refusal_wall_ms(void);
static int64_t later_ms;

int64_t
__wrap_refusal_wall_ms(void)
{
    return __real_refusal_wall_ms() + later_ms;
}

/* A home directory, an environment that is a table, a server that is everybody, and a client. */
struct world {
    char dir[64];
    char *paths[8];
    size_t path_count;
    const char *variables[24];
    struct responder *responder;
    char *texts[16]; /* of rules that hold addresses or times */
    size_t text_count;
    struct net *net;
    struct aws_target target;
    struct aws_client *client;

    unsigned found;
    bool is_done;
    char answer[128];
    struct err err;
};

static const char *
table_get(void *arg, const char *name)
{
    const struct world *w = arg;

    for (size_t i = 0; w->variables[i] != NULL; i += 2) {
        if (strcmp(w->variables[i], name) == 0)
            return w->variables[i + 1];
    }
    return NULL;
}

static void
set(struct world *w, const char *name, const char *value)
{
    size_t i = 0;

    while (w->variables[i] != NULL && strcmp(w->variables[i], name) != 0)
        i += 2;
    w->variables[i] = name;
    w->variables[i + 1] = value;
}

static char *
keep(struct world *w, char *text)
{
    w->texts[w->text_count++] = text;
    return text;
}

static const char *
write_file(struct world *w, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", w->dir, name);
    FILE *f;

    for (char *slash = strchr(path + strlen(w->dir) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    w->paths[w->path_count++] = path;
    return path;
}

static void
start(struct world *w, const struct rule *rules)
{
    strcpy(w->dir, "/tmp/obsview-home-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->responder = responder_new(rules);
    set(w, "HOME", w->dir);
    set(w, "AWS_REGION", "eu-west-1");
    set(w, "AWS_ENDPOINT_URL", responder_url(w->responder));
    w->net = net_new();
}

static void
on_found(void *arg)
{
    ((struct world *)arg)->found++;
}

static void
connect_client(struct world *w)
{
    struct aws_target_options options = { .profile = NULL };
    struct aws_environment env = { .get = table_get, .arg = w };
    struct err err;

    if (aws_target_resolve(&w->target, &options, &env, &err) != OK)
        fail_msg("%s", err.text);
    w->client = aws_client_new(w->net, &w->target);
    aws_client_on_keys(w->client, on_found, w);
}

static void
stop(struct world *w)
{
    char command[128];

    aws_client_free(w->client);
    net_free(w->net);
    aws_target_fini(&w->target);
    responder_free(w->responder);
    for (size_t i = 0; i < w->text_count; i++)
        free(w->texts[i]);
    for (size_t i = w->path_count; i > 0; i--) {
        unlink(w->paths[i - 1]);
        free(w->paths[i - 1]);
    }
    snprintf(command, sizeof command, "%s/.aws/sso/cache", w->dir);
    rmdir(command);
    snprintf(command, sizeof command, "%s/.aws/sso", w->dir);
    rmdir(command);
    snprintf(command, sizeof command, "%s/.aws/login/cache", w->dir);
    rmdir(command);
    snprintf(command, sizeof command, "%s/.aws/login", w->dir);
    rmdir(command);
    snprintf(command, sizeof command, "%s/.aws", w->dir);
    rmdir(command);
    assert_int_equal(rmdir(w->dir), 0);
}

static void
on_answer(void *arg, const cJSON *answer, const struct err *err)
{
    struct world *w = arg;
    char *text = answer == NULL ? NULL : cJSON_PrintUnformatted(answer);

    w->is_done = true;
    snprintf(w->answer, sizeof w->answer, "%s", text == NULL ? "" : text);
    if (err != NULL)
        w->err = *err;
    free(text);
}

static void
run(struct world *w)
{
    uint64_t end = mono_ns() + DEADLINE_S * 1000000000ULL;

    while (!w->is_done && mono_ns() < end)
        net_run(w->net, 500);
    assert_true(w->is_done);
}

/* ListMetrics, because it is short. */
static void
ask(struct world *w)
{
    w->is_done = false;
    w->err = (struct err){ 0 };
    aws_call_start(w->client, AWS_CLOUDWATCH, "ListMetrics", NULL, on_answer, w);
    run(w);
}

static const char *
in_minutes(struct world *w, int minutes)
{
    char text[ISO8601_TEXT];

    iso8601_format_s(refusal_wall_ms() + minutes * 60000, text);
    return keep(w, xstrdup(text));
}

#define LIST        "X-Amz-Target: GraniteServiceVersion20100801.ListMetrics"
#define SIGNED(KEY) "Credential=" KEY "/"
#define STS_KEYS(KEY)                                                                            \
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>" \
    "<Credentials><AccessKeyId>" KEY "</AccessKeyId><SecretAccessKey>sts-secret"                 \
    "</SecretAccessKey><SessionToken>sts-token</SessionToken><Expiration>2099-01-01T00:00:00Z"   \
    "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"

/* --- every place --- */

struct place {
    const char *name;
    const char *config;
    const char *files[2];      /* a further one: name, text */
    const char *variables[13]; /* "@/path" is the server's, "~/path" the home's */
    struct rule rules[8];
    const char *expect;   /* part of the signed request, or of the sentence after "!" */
    const char *asked[3]; /* parts of requests that must have been made */
};

static const struct place places[] = {
    { .name = "the environment",
      .variables = { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", NULL },
      .rules = { { LIST, "{}" } },
      .expect = SIGNED("AKIDENV") },
    { .name = "a process",
      .config = "[default]\ncredential_process = sh -c 'echo \"$0\"; echo noise >&2' "
                "'{\"Version\":1,\"AccessKeyId\":\"AKIDPROC\",\"SecretAccessKey\":\"s\","
                "\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n",
      .rules = { { LIST, "{}" } },
      .expect = SIGNED("AKIDPROC") },
    { .name = "a process that fails",
      .config = "[default]\ncredential_process = sh -c 'echo secret; echo no token found >&2; "
                "echo more >&2; exit 3'\n",
      .expect = "!credential_process of profile default: ended with status 3: no token found" },
    { .name = "a process that is killed",
      .config = "[default]\ncredential_process = sh -c 'kill -9 $$'\n",
      .expect = "!ended by signal 9" },
    { .name = "a process of another version",
      .config = "[default]\ncredential_process = echo {\\\"Version\\\":2}\n",
      .expect = "!has no \"Version\": 1" },
    { .name = "a process that says no JSON",
      .config = "[default]\ncredential_process = echo s3cr3t\n",
      .expect = "!its output is not JSON" },
    { .name = "a process that talks without end",
      .config = "[default]\ncredential_process = head -c 100000 /dev/zero\n",
      .expect = "!more than 65536 bytes" },
    { .name = "a process that is not there",
      .config = "[default]\ncredential_process = /nowhere/at-all\n",
      .expect = "!cannot run /nowhere/at-all" },
    { .name = "a process with an open quote",
      .config = "[default]\ncredential_process = a 'b\n",
      .expect = "!a quote or a backslash does not end" },

    { .name = "a container",
      .variables = { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "@/creds",
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token", NULL },
      .rules = { { "GET /creds",
                   "{\"AccessKeyId\":\"AKIDECS\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                   "\"Expiration\":\"2099-01-01T00:00:00Z\"}" },
                 { LIST, "{}" } },
      .expect = SIGNED("AKIDECS"),
      .asked = { "Authorization: container-token" } },
    { .name = "a container with a token file",
      .files = { "token", "from-a-file\n" },
      .variables = { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "@/creds",
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "~/token", NULL },
      .rules = { { "GET /creds", "{\"AccessKeyId\":\"AKIDECS\",\"SecretAccessKey\":\"s\"}" },
                 { LIST, "{}" } },
      .expect = SIGNED("AKIDECS"),
      .asked = { "Authorization: from-a-file\r\n" } },
    { .name = "a container whose token has two lines",
      .variables = { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "@/creds",
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nb", NULL },
      .expect = "!has more than one line" },
    { .name = "a container that refuses",
      .variables = { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "@/creds", NULL },
      .rules = { { "GET /creds", "!403{}" } },
      .expect = "!refused with status 403" },
    { .name = "a container without a secret",
      .variables = { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "@/creds", NULL },
      .rules = { { "GET /creds", "{\"AccessKeyId\":\"AKIDECS\"}" } },
      .expect = "!there is no SecretAccessKey" },

    { .name = "an EC2 instance",
      .variables = { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "@", NULL },
      .rules = { { "PUT /latest/api/token", "imds-token" },
                 { "/security-credentials/shop-role", "{\"Code\":\"Success\",\"AccessKeyId\":"
                                                      "\"AKIDEC2\",\"SecretAccessKey\":\"s\","
                                                      "\"Token\":\"t\",\"Expiration\":"
                                                      "\"2099-01-01T00:00:00Z\"}" },
                 { "/security-credentials/ ", "shop-role" },
                 { LIST, "{}" } },
      .expect = SIGNED("AKIDEC2"),
      .asked = { "x-aws-ec2-metadata-token-ttl-seconds: 21600",
                 "x-aws-ec2-metadata-token: imds-token" } },
    { .name = "an EC2 instance without a role",
      .variables = { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "@", NULL },
      .rules = { { "PUT /latest/api/token", "imds-token" }, { "/security-credentials/ ", "!404" } },
      .expect = "!this instance has no role" },
    { .name = "a role whose name is a path",
      .variables = { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "@", NULL },
      .rules = { { "PUT /latest/api/token", "imds-token" },
                 { "/security-credentials/ ", "/../user-data" } },
      .expect = "!this instance has no role" },
    { .name = "no EC2 instance",
      .variables = { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", NULL },
      .expect = "!no AWS credentials" },
    { .name = "a machine that hands out nothing", /* a container's firewall, say */
      .variables = { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "@", NULL },
      .rules = { { "PUT /latest/api/token", "!403" } },
      .expect = "!no AWS credentials" },

    { .name = "a role",
      .config = "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
                "external_id = e x\nduration_seconds = 900\nrole_session_name = me\n"
                "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n",
      .rules = { { "Action=AssumeRole", STS_KEYS("AKIDROLE") }, { LIST, "{}" } },
      .expect = SIGNED("AKIDROLE"),
      .asked = { SIGNED("AKIDBASE"),
                 "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&RoleSessionName=me&"
                 "DurationSeconds=900&ExternalId=e%20x",
                 "X-Amz-Security-Token: sts-token" } },
    { .name = "a role that is refused",
      .config = "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
                "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n",
      .rules = { { "Action=AssumeRole",
                   "!403<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message>"
                   "</Error></ErrorResponse>" } },
      .expect = "!cannot assume arn:aws:iam::1:role/x: AccessDenied: not you" },
    { .name = "roles one after another",
      .config = "[default]\nrole_arn = arn:aws:iam::2:role/y\nsource_profile = first\n"
                "[profile first]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
                "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n",
      .rules = { { "role%2Fx", STS_KEYS("AKIDONE") },
                 { "role%2Fy", STS_KEYS("AKIDTWO") },
                 { LIST, "{}" } },
      .expect = SIGNED("AKIDTWO"),
      .asked = { SIGNED("AKIDONE"), SIGNED("AKIDBASE") } },
    { .name = "web identity",
      .files = { "jwt", "header.body.signature" },
      .variables = { "AWS_WEB_IDENTITY_TOKEN_FILE", "~/jwt", "AWS_ROLE_ARN",
                     "arn:aws:iam::1:role/pod", NULL },
      .rules = { { "Action=AssumeRoleWithWebIdentity", STS_KEYS("AKIDWEB") }, { LIST, "{}" } },
      .expect = SIGNED("AKIDWEB"),
      .asked = { "WebIdentityToken=header.body.signature" } },
    { .name = "web identity without its file",
      .variables = { "AWS_WEB_IDENTITY_TOKEN_FILE", "~/jwt", "AWS_ROLE_ARN", "r", NULL },
      .expect = "!web identity: cannot open" },

    { .name = "single sign-on",
      .config = "[default]\nsso_session = corp\nsso_account_id = 123456789012\n"
                "sso_role_name = read only\n"
                "[sso-session corp]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
      .files = { ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
                 "{\"accessToken\":\"sso-token\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}" },
      .rules = { { "GET /federation/credentials?role_name=read%20only&account_id=123456789012",
                   "{\"roleCredentials\":{\"accessKeyId\":\"AKIDSSO\",\"secretAccessKey\":\"s\","
                   "\"sessionToken\":\"t\",\"expiration\":4070908800000}}" },
                 { LIST, "{}" } },
      .expect = SIGNED("AKIDSSO"),
      .asked = { "x-amz-sso_bearer_token: sso-token" } },
    { .name = "single sign-on that is over",
      .config = "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
                "[sso-session corp]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
      .files = { ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
                 "{\"accessToken\":\"sso-token\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}" },
      .expect = "!run: aws sso login --profile default" },
    { .name = "single sign-on that was ended elsewhere",
      .config = "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
                "[sso-session corp]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
      .files = { ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
                 "{\"accessToken\":\"sso-token\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}" },
      .rules = { { "GET /federation",
                   "!401{\"message\":\"Session token not found or invalid\"}" } },
      .expect = "!not accepted any more; run: aws sso login" },
    { .name = "nobody has signed in",
      .config = "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
                "[sso-session corp]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
      .expect = "!nobody has signed in; run: aws sso login --profile default" },
    { .name = "aws login",
      .config = "[default]\nlogin_session = corp\n",
      .files = { ".aws/login/cache/"
                 "19f4c684a3ff4f2dfa73b8d9098257cfb08e3da6b5ac7f86aa3aa36537018265.json",
                 "{\"accessToken\":{\"accessKeyId\":\"AKIDLOGIN\",\"secretAccessKey\":\"s\","
                 "\"sessionToken\":\"t\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}}" },
      .rules = { { LIST, "{}" } },
      .expect = SIGNED("AKIDLOGIN") },
    { .name = "an expired environment",
      .variables = { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s",
                     "AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z", NULL },
      .expect = "!have expired" },
};

static void
set_variables(struct world *w, const struct place *c)
{
    for (size_t i = 0; c->variables[i] != NULL; i += 2) {
        const char *value = c->variables[i + 1];

        if (*value == '@')
            value = keep(w, xasprintf("%s%s", responder_url(w->responder), value + 1));
        else if (*value == '~')
            value = keep(w, xasprintf("%s%s", w->dir, value + 1));
        set(w, c->variables[i], value);
    }
}

static void
check_place(const struct place *c)
{
    struct world w = { .net = NULL };

    print_message("%s\n", c->name);
    start(&w, c->rules);
    if (c->config != NULL)
        write_file(&w, ".aws/config", c->config);
    if (c->files[0] != NULL)
        write_file(&w, c->files[0], c->files[1]);
    set_variables(&w, c);
    connect_client(&w);
    ask(&w);
    if (*c->expect == '!') {
        if (w.err.code == OK || strstr(w.err.text, c->expect + 1) == NULL)
            fail_msg("got: %s", w.err.text);
        assert_null(strstr(w.err.text, "secret"));
        assert_null(strstr(w.err.text, "token=="));
    } else {
        if (w.err.code != OK)
            fail_msg("got: %s", w.err.text);
        assert_int_equal(responder_count(w.responder, c->expect), 1);
    }
    for (size_t i = 0; i < 3 && c->asked[i] != NULL; i++) {
        if (responder_count(w.responder, c->asked[i]) == 0)
            fail_msg("nobody was asked: %s", c->asked[i]);
    }
    stop(&w);
}

static void
keys_come_from_every_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        check_place(&places[i]);
}

/* --- how they end --- */

/* Old keys are refused, the file has new ones by then: the call works, and nobody is told. */
static void
expired_keys_are_read_again_and_the_call_made_once_more(void **state)
{
    static const struct rule rules[] = {
        { SIGNED("AKIDOLD"), "!400{\"__type\":\"ExpiredTokenException\",\"message\":\"x\"}" },
        { SIGNED("AKIDNEW"), "{\"ok\":1}" },
        { NULL, NULL },
    };
    struct world w = { .net = NULL };
    const char *path;

    (void)state;
    start(&w, rules);
    path = write_file(&w, ".aws/credentials",
                      "[default]\naws_access_key_id = AKIDOLD\naws_secret_access_key = s\n");
    connect_client(&w);
    ask(&w);
    assert_non_null(strstr(w.err.text, "(profile default) have expired: sign in again"));
    assert_int_equal(responder_count(w.responder, SIGNED("AKIDOLD")), 1); /* not twice with one */
    assert_non_null(path);
    w.path_count--; /* the same file */
    free(w.paths[w.path_count]);
    write_file(&w, ".aws/credentials",
               "[default]\naws_access_key_id = AKIDNEW\naws_secret_access_key = s\n\n");
    w.found = 0;
    for (int i = 0; i < 40 && w.found == 0; i++)
        net_run(w.net, 500); /* nobody asks: the change is seen */
    assert_int_equal(w.found, 1);
    ask(&w);
    assert_string_equal(w.answer, "{\"ok\":1}");
    stop(&w);
}

static void
a_call_goes_on_with_the_keys_that_were_found(void **state)
{
    struct world w = { .net = NULL };
    const struct rule rules[] = {
        { SIGNED("AKIDOLD"), "!403{\"__type\":\"UnrecognizedClientException\",\"message\":\"x\"}" },
        { SIGNED("AKIDNEW"), "{\"ok\":1}" },
        { NULL, NULL },
    };

    (void)state;
    start(&w, rules);
    set(&w, "AWS_ACCESS_KEY_ID", "AKIDOLD");
    set(&w, "AWS_SECRET_ACCESS_KEY", "s");
    connect_client(&w);
    assert_null(provider_keys(aws_client_provider(w.client)));
    while (provider_keys(aws_client_provider(w.client)) == NULL)
        net_run(w.net, 100);
    set(&w, "AWS_ACCESS_KEY_ID", "AKIDNEW");
    ask(&w);
    assert_string_equal(w.answer, "{\"ok\":1}");
    assert_int_equal(responder_count(w.responder, SIGNED("AKIDOLD")), 1);
    stop(&w);
}

/* Renewed in the background below fifteen minutes, waited for below ten. */
static void
keys_are_renewed_before_they_end(void **state)
{
    static const struct {
        const char *name;
        int minutes;
        const char *first, *then;
    } cases[] = {
        { "enough", 20, SIGNED("AKIDONE"), SIGNED("AKIDONE") },
        { "soon", 12, SIGNED("AKIDONE"), SIGNED("AKIDTWO") },
        { "at once", 5, SIGNED("AKIDTWO"), SIGNED("AKIDTWO") },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rule rules[] = { { "GET /creds", "" }, { LIST, "{}" }, { NULL, NULL } };
        struct world w = { .net = NULL };
        size_t before;

        print_message("%s\n", cases[i].name);
        start(&w, rules);
        set(&w, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            keep(&w, xasprintf("%s/creds", responder_url(w.responder))));
        responder_set(w.responder, "GET /creds",
                      keep(&w, xasprintf("{\"AccessKeyId\":\"AKIDONE\",\"SecretAccessKey\":\"s\","
                                         "\"Expiration\":\"%s\"}",
                                         in_minutes(&w, 60))));
        connect_client(&w);
        ask(&w);
        later_ms = (60 - cases[i].minutes) * 60000;
        responder_set(w.responder, "GET /creds",
                      keep(&w, xasprintf("{\"AccessKeyId\":\"AKIDTWO\",\"SecretAccessKey\":\"s\","
                                         "\"Expiration\":\"%s\"}",
                                         in_minutes(&w, 60))));
        before = responder_count(w.responder, cases[i].first);
        ask(&w);
        assert_int_equal(responder_count(w.responder, cases[i].first), before + 1);
        for (int n = 0; n < 4; n++)
            net_run(w.net, 100);
        before = responder_count(w.responder, cases[i].then);
        ask(&w);
        assert_int_equal(responder_count(w.responder, cases[i].then), before + 1);
        later_ms = 0;
        stop(&w);
    }
}

/* --- what a person has to do --- */

static void
an_mfa_code_is_asked_for_and_used_once(void **state)
{
    static const struct rule rules[] = {
        { "TokenCode=000000",
          "!403<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication "
          "failed</Message></Error></ErrorResponse>" },
        { "SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=123456", STS_KEYS("AKIDMFA") },
        { LIST, "{\"ok\":1}" },
        { NULL, NULL },
    };
    struct world w = { .net = NULL };
    struct provider *provider;

    (void)state;
    start(&w, rules);
    write_file(&w, ".aws/config",
               "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
               "mfa_serial = arn:aws:iam::1:mfa/me\n"
               "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n");
    connect_client(&w);
    provider = aws_client_provider(w.client);
    ask(&w);
    assert_non_null(strstr(w.err.text, "needs a code of the MFA device arn:aws:iam::1:mfa/me"));
    assert_string_equal(provider_wants_code(provider), "arn:aws:iam::1:mfa/me");
    provider_give_code(provider, "000000");
    assert_null(provider_wants_code(provider));
    ask(&w);
    assert_non_null(strstr(w.err.text, "MultiFactorAuthentication failed"));
    assert_string_equal(provider_wants_code(provider), "arn:aws:iam::1:mfa/me");
    provider_give_code(provider, "123456");
    ask(&w);
    assert_string_equal(w.answer, "{\"ok\":1}");
    assert_null(provider_wants_code(provider));
    stop(&w);
}

static void
a_login_made_elsewhere_arrives_by_itself(void **state)
{
    static const struct rule rules[] = {
        { "GET /federation", "{\"roleCredentials\":{\"accessKeyId\":\"AKIDSSO\","
                             "\"secretAccessKey\":\"s\",\"sessionToken\":\"t\","
                             "\"expiration\":4070908800000}}" },
        { LIST, "{\"ok\":1}" },
        { NULL, NULL },
    };
    struct world w = { .net = NULL };

    (void)state;
    start(&w, rules);
    write_file(&w, ".aws/config",
               "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
               "[sso-session corp]\nsso_start_url = https://x\nsso_region = eu-west-1\n");
    connect_client(&w);
    ask(&w);
    assert_non_null(strstr(w.err.text, "run: aws sso login --profile default"));
    write_file(&w, ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
               "{\"accessToken\":\"t\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}");
    for (int i = 0; i < 40 && w.found == 0; i++)
        net_run(w.net, 500);
    assert_int_equal(w.found, 1);
    ask(&w);
    assert_string_equal(w.answer, "{\"ok\":1}");
    stop(&w);
}

static void
a_region_is_the_machines_where_nothing_names_one(void **state)
{
    static const struct rule rules[] = {
        { "PUT /latest/api/token", "imds-token" },
        { "GET /latest/meta-data/placement/region", "ap-south-2" },
        { LIST, "{}" },
        { NULL, NULL },
    };
    struct world w = { .net = NULL };

    (void)state;
    start(&w, rules);
    set(&w, "AWS_REGION", "");
    set(&w, "AWS_EC2_METADATA_SERVICE_ENDPOINT", responder_url(w.responder));
    set(&w, "AWS_ACCESS_KEY_ID", "AKIDENV");
    set(&w, "AWS_SECRET_ACCESS_KEY", "s");
    connect_client(&w);
    assert_null(w.target.region);
    ask(&w);
    assert_int_equal(w.err.code, OK);
    assert_int_equal(responder_count(w.responder, "/ap-south-2/monitoring/aws4_request"), 1);
    stop(&w);
}

/* --- protocols --- */

static void
an_endpoint_that_reads_no_json_is_asked_in_the_query_protocol(void **state)
{
    static const struct rule rules[] = {
        { "X-Amz-Target", "!500<html>Internal Server Error</html>" },
        { "Action=ListMetrics&Version=2010-08-01",
          "<ListMetricsResponse><ListMetricsResult><Metrics><member><Namespace>Shop</Namespace>"
          "<MetricName>LCP</MetricName><Dimensions/></member></Metrics></ListMetricsResult>"
          "</ListMetricsResponse>" },
        { NULL, NULL },
    };
    struct world w = { .net = NULL };

    (void)state;
    start(&w, rules);
    set(&w, "AWS_ACCESS_KEY_ID", "AKIDENV");
    set(&w, "AWS_SECRET_ACCESS_KEY", "s");
    connect_client(&w);
    for (int i = 0; i < 2; i++) {
        ask(&w);
        assert_int_equal(w.err.code, OK);
        assert_string_equal(w.answer, "{\"Metrics\":[{\"Namespace\":\"Shop\",\"MetricName\":"
                                      "\"LCP\",\"Dimensions\":[]}]}");
    }
    assert_int_equal(responder_count(w.responder, "X-Amz-Target"), 1); /* remembered */
    stop(&w);
}

/* --- words --- */

static void
command_lines_are_cut_as_a_shell_would(void **state)
{
    static const struct {
        const char *line, *words; /* joined by '|'; NULL: refused */
    } cases[] = {
        { "a b  c", "a|b|c" },
        { " 'a b'\t\"c d\" ", "a b|c d" },
        { "a\\ b 'c\\d' \"e\\\"f\\g\"", "a b|c\\d|e\"f\\g" },
        { "a'b'\"c\"", "abc" },
        { "'' x", "|x" },
        { "$HOME `x` ~", "$HOME|`x`|~" },
        { "'open", NULL },
        { "open\\", NULL },
        { "  ", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char **words = NULL;
        char joined[128] = "";
        size_t n = 0;
        struct err err;
        enum status st = command_words(&words, cases[i].line, &err);

        print_message("%s\n", cases[i].line);
        assert_int_equal(st == OK, cases[i].words != NULL);
        for (size_t w = 0; words != NULL && words[w] != NULL; w++)
            n += (size_t)snprintf(joined + n, sizeof joined - n, "%s%s", w == 0 ? "" : "|",
                                  words[w]);
        if (st == OK)
            assert_string_equal(joined, cases[i].words);
        command_words_free(words);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_from_every_place),
        cmocka_unit_test(expired_keys_are_read_again_and_the_call_made_once_more),
        cmocka_unit_test(a_call_goes_on_with_the_keys_that_were_found),
        cmocka_unit_test(keys_are_renewed_before_they_end),
        cmocka_unit_test(an_mfa_code_is_asked_for_and_used_once),
        cmocka_unit_test(a_login_made_elsewhere_arrives_by_itself),
        cmocka_unit_test(a_region_is_the_machines_where_nothing_names_one),
        cmocka_unit_test(an_endpoint_that_reads_no_json_is_asked_in_the_query_protocol),
        cmocka_unit_test(command_lines_are_cut_as_a_shell_would),
    };

    return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
