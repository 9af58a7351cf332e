/* cmd_doctor.c - everything that must be right before a screen can show something.
 * SPDX-License-Identifier: MIT
 *
 * The checks build on each other: without keys nothing else is worth asking, so the first that
 * stands in the way of all others ends the examination. The wire is asked on this thread, one
 * question at a time; a person waits for the answer anyway. */
#include "config.h"

#include "aws/client.h"
#include "aws/logs.h"
#include "aws/net.h"
#include "aws/refusal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "cli/permissions.h"
#include "cli/watching.h"
#include "umami/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_S   30
#define REACH_MS     5000
#define ANSWER_MAX   ((size_t)1 << 20)
#define CLOCK_WARN_S 60
#define NOBODY       "/aws/lambda/obsview-doctor" /* need not exist */

struct doctor {
    struct settings *settings;
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    struct findings found;
    int64_t cost_microusd;
    bool is_over;    /* nothing else is worth asking */
    char *log_group; /* one that exists, or NULL */
};

/* --- one question at a time --- */

struct asking {
    bool is_done;
    struct err err;
    int status;
    int64_t date_ms;
    int64_t took_ms;
    char *text;
    size_t count;
    char first[256];
};

static void
wait_for(struct doctor *d, struct asking *a)
{
    uint64_t end = mono_ns() + DEADLINE_S * 1000000000ULL;

    while (!a->is_done && mono_ns() < end)
        net_run(d->net, 200);
    if (!a->is_done)
        err_set(&a->err, E_IO, "no answer within %d s", DEADLINE_S);
}

static void
fail_all(struct doctor *d, const char *check, const char *next, const char *text)
{
    findings_add(&d->found, FINDING_FAIL, check, next, "%s", text);
    d->is_over = true;
}

/* --- configuration --- */

static void
check_config(struct doctor *d)
{
    const struct settings *s = d->settings;
    const char *path = settings_config_path(s), *env = settings_text(s, SET_ENV);

    if (access(path, R_OK) != 0)
        findings_add(&d->found, FINDING_OK, "config", NULL, "no config file (%s): defaults", path);
    else
        findings_add(&d->found, FINDING_OK, "config", NULL, "%s%s%s%s", path,
                     env == NULL ? "" : ", section [env ", env == NULL ? "" : env,
                     env == NULL ? "" : "]");
}

static void
check_target(struct doctor *d)
{
    struct err err;

    if (watching_target(&d->target, d->settings, NULL, &err) != OK) {
        fail_all(d, "source", "obsview config", err.text);
        return;
    }
    d->net = net_new();
    d->client = aws_client_new(d->net, &d->target);
    if (d->target.is_emulator)
        findings_add(&d->found, FINDING_OK, "source", NULL,
                     "%s, an emulator: nothing costs anything", d->target.label);
    else
        findings_add(&d->found, FINDING_OK, "source", NULL, "%s%s%s", d->target.label,
                     d->target.urls[AWS_CLOUDWATCH] == NULL ? "" : ", by ",
                     d->target.urls[AWS_CLOUDWATCH] == NULL ? "" : d->target.urls[AWS_CLOUDWATCH]);
}

/* --- keys --- */

/* The digits of a device, from the person at the terminal. */
static void
ask_for_code(struct doctor *d)
{
    struct provider *provider = aws_client_provider(d->client);
    const char *wanted = provider_wants_code(provider);
    char line[32] = "", *device;

    if (wanted == NULL || isatty(STDIN_FILENO) == 0)
        return;
    device = xstrdup(wanted);
    text_defuse(device);
    fprintf(stderr, "code of the MFA device %s: ", device);
    free(device);
    if (fgets(line, sizeof line, stdin) == NULL)
        return;
    line[strcspn(line, "\r\n")] = '\0';
    provider_give_code(provider, line);
}

static void
on_identity(void *arg, const char *text, const struct err *err)
{
    struct asking *a = arg;

    a->is_done = true;
    a->text = text == NULL ? NULL : xstrdup(text);
    if (err != NULL)
        a->err = *err;
}

static void
ask_identity(struct doctor *d, struct asking *a)
{
    struct aws_call *call;

    free(a->text);
    *a = (struct asking){ .is_done = false };
    call = aws_query_start(d->client, AWS_STS, "GetCallerIdentity", on_identity, a);
    wait_for(d, a);
    if (!a->is_done)
        aws_call_cancel(call);
}

/* The text of an element that is there once and holds no others. */
static void
element(char *out, size_t size, const char *xml, const char *name)
{
    char open[32];
    const char *at;

    snprintf(open, sizeof open, "<%s>", name);
    at = xml == NULL ? NULL : strstr(xml, open);
    out[0] = '\0';
    if (at != NULL)
        snprintf(out, size, "%.*s", (int)strcspn(at + strlen(open), "<"), at + strlen(open));
}

static void
check_identity(struct doctor *d)
{
    struct provider *provider = aws_client_provider(d->client);
    struct asking a = { .is_done = false };
    char account[64], arn[256];

    ask_identity(d, &a);
    if (provider_wants_code(provider) != NULL) {
        ask_for_code(d);
        ask_identity(d, &a);
    }
    if (provider_alive(provider) == NULL) {
        fail_all(d, "credentials", NULL, a.err.text);
        free(a.text);
        return;
    }
    findings_add(&d->found, FINDING_OK, "credentials", NULL, "%s", provider_source(provider));
    if (a.err.code == OK) {
        element(account, sizeof account, a.text, "Account");
        element(arn, sizeof arn, a.text, "Arn");
        findings_add(&d->found, *account == '\0' ? FINDING_WARN : FINDING_OK, "account", NULL,
                     "%s %s", *account == '\0' ? "STS answers without an account" : account, arn);
    } else if (a.err.code == E_AUTH)
        fail_all(d, "account", "aws sts get-caller-identity", a.err.text);
    else
        findings_add(&d->found, FINDING_WARN, "account", NULL, "%s", a.err.text);
    findings_add(&d->found, FINDING_OK, "region", NULL, "%s", provider_region(provider));
    free(a.text);
}

/* --- reach and clock --- */

static void
on_reach(void *arg, const struct net_answer *answer)
{
    struct asking *a = arg;

    a->is_done = true;
    a->status = answer->status;
    a->date_ms = answer->date_ms;
    a->err = answer->err;
}

/* Any answer at all will do. */
static void
check_reach(struct doctor *d, const char *url, int64_t *off_ms)
{
    struct asking a = { .is_done = false };
    uint64_t began = mono_ns();

    net_start(d->net, &(struct net_request){ .method = "GET",
                                             .url = url,
                                             .answer_max = ANSWER_MAX,
                                             .timeout_ms = REACH_MS,
                                             .max_attempts = 1,
                                             .done = on_reach,
                                             .arg = &a });
    wait_for(d, &a);
    if (a.err.code != OK)
        fail_all(d, "reach",
                 d->target.is_emulator ? "obsview emulate" : "see HTTPS_PROXY and AWS_CA_BUNDLE",
                 a.err.text);
    else
        findings_add(&d->found, FINDING_OK, "reach", NULL, "%s in %d ms", url,
                     (int)((mono_ns() - began) / 1000000));
    if (a.date_ms != 0)
        *off_ms = a.date_ms - refusal_wall_ms();
}

static void
check_clock(struct doctor *d, int64_t off_ms)
{
    int64_t seconds = off_ms / 1000;
    long long apart = seconds < 0 ? -seconds : seconds;

    if (apart > CLOCK_WARN_S)
        findings_add(&d->found, FINDING_WARN, "clock", "timedatectl set-ntp true",
                     "%lld s %s the server's: obsview signs with the server's time, other programs "
                     "do not",
                     apart, seconds > 0 ? "behind" : "ahead of");
    else
        findings_add(&d->found, FINDING_OK, "clock", NULL, "%lld s from the server's", apart);
}

static void
check_network(struct doctor *d)
{
    const char *region = provider_region(aws_client_provider(d->client));
    const char *where = region == NULL ? "us-east-1" : region;
    char *metrics = aws_target_url(&d->target, AWS_CLOUDWATCH, where);
    char *logs = aws_target_url(&d->target, AWS_LOGS, where);
    int64_t off_ms = 0;

    check_reach(d, metrics, &off_ms);
    if (!d->is_over && strcmp(metrics, logs) != 0) /* one endpoint for all is asked once */
        check_reach(d, logs, &off_ms);
    free(metrics);
    free(logs);
    if (!d->is_over)
        check_clock(d, off_ms);
}

/* --- names --- */

static void
on_groups(void *arg, const struct logs_group *groups, size_t count, bool partial,
          const struct err *err)
{
    struct asking *a = arg;

    (void)partial;
    a->is_done = true;
    a->count = count;
    if (err != NULL)
        a->err = *err;
    if (count > 0)
        snprintf(a->first, sizeof a->first, "%s", groups[0].name);
}

/* The first group with the prefix; NULL prefix: any. */
static void
ask_group(struct doctor *d, struct asking *a, const char *prefix)
{
    struct arena *arena = arena_new();
    struct logs_job *job;

    *a = (struct asking){ .is_done = false };
    job = logs_describe_groups(d->client, arena, prefix, 1, on_groups, a);
    wait_for(d, a);
    if (!a->is_done)
        logs_cancel(job);
    arena_free(arena);
}

static void
check_group(struct doctor *d, const char *name, const char *what)
{
    size_t len = strlen(name);
    bool is_prefix = len > 0 && name[len - 1] == '*';
    char *prefix = xstrndup(name, is_prefix ? len - 1 : len);
    struct asking a;

    ask_group(d, &a, prefix);
    if (a.err.code != OK)
        findings_add(&d->found, FINDING_WARN, what, NULL, "%s: %s", name, a.err.text);
    else if (a.count == 0 || (!is_prefix && strcmp(a.first, name) != 0))
        findings_add(&d->found, FINDING_FAIL, what, "aws logs describe-log-groups",
                     "there is no log group %s in this region", name);
    else {
        findings_add(&d->found, FINDING_OK, what, NULL, "%s", name);
        if (d->log_group == NULL)
            d->log_group = xstrdup(a.first);
    }
    free(prefix);
}

static void
check_names(struct doctor *d)
{
    const char *const *groups = settings_list(d->settings, SET_LOG_GROUPS);
    const char *const *functions = settings_list(d->settings, SET_FUNCTIONS);
    struct asking a;

    for (; groups != NULL && *groups != NULL; groups++)
        check_group(d, *groups, "log group");
    for (; functions != NULL && *functions != NULL; functions++) {
        char *group = xasprintf("/aws/lambda/%s", *functions);

        check_group(d, group, "function");
        free(group);
    }
    if (d->log_group != NULL)
        return;
    ask_group(d, &a, NULL);
    if (a.count > 0)
        d->log_group = xstrdup(a.first);
}

/* --- permissions --- */

static void
on_probe(void *arg, const cJSON *answer, const struct err *err)
{
    struct asking *a = arg;

    (void)answer;
    a->is_done = true;
    if (err != NULL)
        a->err = *err;
}

/* Who complains about what was asked has allowed the asking. */
static void
judge_probe(struct doctor *d, const struct permission *p, const struct err *err)
{
    bool is_unknown = strstr(err->text, "UnknownOperation") != NULL ||
                      strstr(err->text, "InvalidAction") != NULL ||
                      strstr(err->text, "HTTP") != NULL;
    char price[32] = "";

    if (p->cost_microusd > 0 && !d->target.is_emulator)
        snprintf(price, sizeof price, ", for %.5f USD", (double)p->cost_microusd / 1e6);
    if (err->code == E_AUTH)
        findings_add(&d->found, FINDING_FAIL, p->action, "obsview iam-policy", "%s", err->text);
    else if (err->code == OK || err->code == E_NOTFOUND || (err->code == E_INVALID && !is_unknown))
        findings_add(&d->found, FINDING_OK, p->action, NULL, "allowed%s", price);
    else
        findings_add(&d->found, FINDING_WARN, p->action, NULL, "%s", err->text);
}

static void
check_permission(struct doctor *d, const struct permission *p)
{
    struct probe with = { .log_group = d->log_group != NULL ? d->log_group : NOBODY,
                          .now_ms = refusal_wall_ms() };
    struct asking a = { .is_done = false };
    struct aws_call *call;
    cJSON *input;

    if (p->probe == NULL) {
        findings_add(&d->found, FINDING_OK, p->action, NULL, "not asked: %s", p->why_unasked);
        return;
    }
    input = p->probe(&with);
    if (p->path != NULL)
        call = aws_get_start(d->client, p->service, permission_operation(p), p->path, input,
                             on_probe, &a);
    else
        call = aws_call_start(d->client, p->service, permission_operation(p), input, on_probe, &a);
    wait_for(d, &a);
    if (!a.is_done)
        aws_call_cancel(call);
    cJSON_Delete(input);
    if (!d->target.is_emulator)
        d->cost_microusd += p->cost_microusd;
    judge_probe(d, p, &a.err);
}

/* --- Umami --- */

static void
on_websites(void *arg, const struct umami_answer *answer, const struct err *err)
{
    struct asking *a = arg;

    a->is_done = true;
    if (err != NULL)
        a->err = *err;
    else
        a->count = answer->website_count;
}

static void
ask_umami(struct doctor *d, const struct umami_target *target)
{
    struct umami_client *client = umami_client_new(d->net, target);
    struct arena *arena = arena_new();
    struct asking a = { .is_done = false };

    umami_ask(client, arena, &(struct umami_question){ .topic = UMAMI_WEBSITES }, on_websites, &a);
    wait_for(d, &a);
    if (a.err.code != OK)
        findings_add(&d->found, FINDING_FAIL, "umami", "obsview config", "%s", a.err.text);
    else
        findings_add(&d->found, a.count == 0 ? FINDING_WARN : FINDING_OK, "umami", NULL,
                     "%s as %s, version %s: %zu %s", target->url,
                     target->api_key != NULL ? "an API key" : target->user,
                     umami_client_dialect(client) == UMAMI_V2 ? "2" : "3", a.count,
                     a.count == 1 ? "website" : "websites");
    umami_client_free(client);
    arena_free(arena);
}

/* It needs nothing of AWS, so it is asked whatever AWS says; an emulator's own needs no check. */
static void
check_umami(struct doctor *d)
{
    struct umami_target target;

    watching_umami(&target, d->settings, &d->target);
    if (target.url == NULL && target.err.code != E_UNSUPPORTED)
        findings_add(&d->found, FINDING_FAIL, "umami", "obsview config", "%s", target.err.text);
    else if (target.url != NULL && !target.is_emulator)
        ask_umami(d, &target);
    umami_target_fini(&target);
}

/* --- all of it --- */

static void
examine_source(struct doctor *d)
{
    check_config(d);
    check_target(d);
    if (!d->is_over && d->target.is_emulator)
        check_network(d); /* its keys are no keys */
    if (!d->is_over)
        check_identity(d);
    if (!d->is_over && !d->target.is_emulator)
        check_network(d);
    if (d->is_over)
        return;
    check_names(d);
    for (const struct permission *p = permissions; p->action != NULL; p++)
        check_permission(d, p);
}

static void
examine(struct doctor *d)
{
    examine_source(d);
    if (d->net != NULL)
        check_umami(d);
}

int
cmd_doctor(struct invocation *inv)
{
    struct doctor d = { .settings = inv->settings };
    struct findings_print how = { .title = "obsview doctor", .shows_well = true };
    struct err err;
    int code = EXIT_OK;

    if (findings_format_parse(&how.format, settings_text(inv->settings, SET_FORMAT), "doctor",
                              &err) != OK)
        return command_fail(&err);
    findings_init(&d.found);
    examine(&d);
    how.cost_microusd = d.cost_microusd;
    if (findings_show(&d.found, &how, &err) != OK)
        code = command_fail(&err);
    else if (d.is_over)
        code = EXIT_UNREACHABLE;
    else if (d.found.levels[FINDING_FAIL] > 0)
        code = EXIT_FINDING;
    free(d.log_group);
    aws_client_free(d.client);
    net_free(d.net);
    aws_target_fini(&d.target);
    findings_fini(&d.found);
    return code;
}
