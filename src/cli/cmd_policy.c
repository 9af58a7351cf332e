/* cmd_policy.c - the smallest IAM policy under which obsview works.
 * SPDX-License-Identifier: MIT
 *
 * The policy goes to standard output, sorted, so that two of them can be compared; why something
 * cannot be smaller goes to standard error. */
#include "config.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/permissions.h"
#include "cli/watching.h"
#include "domain/pii_finding.h"
#include "tui/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_MAX 65536

/* The views that were named, as arguments or by --view; NULL-terminated, NULL: all. */
static const char *const *
wanted_views(struct invocation *inv)
{
    return inv->argument_count > 0 ? inv->arguments : settings_list(inv->settings, SET_VIEW);
}

static bool
is_wanted(const struct permission *p, const char *const *wanted)
{
    for (size_t i = 0; wanted != NULL && wanted[i] != NULL; i++) {
        if (permission_is_for(p, wanted[i]))
            return true;
    }
    for (size_t i = 0; wanted == NULL && views[i] != NULL; i++) {
        if (permission_is_for(p, views[i]->name))
            return true;
    }
    return false;
}

static const char *
partition_of(const char *region)
{
    if (strncmp(region, "cn-", 3) == 0)
        return "aws-cn";
    return strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov" : "aws";
}

static char *
group_arn(const char *region, const char *name)
{
    return xasprintf("arn:%s:logs:%s:*:log-group:%s%s", partition_of(region), region, name,
                     name[strlen(name) - 1] == '*' ? "" : ":*");
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Errors are read from the log group of the error reporter, whatever it is called before that. */
#define REPORTERS "/aws/lambda/*error-reporter"

/* Groups that a view reads whatever --log-groups says. */
static const struct {
    const char *view, *group;
} own_groups[] = {
    { "errors", REPORTERS },
    { "overview", REPORTERS },
    { "privacy", PII_LOG_GROUP },
};
#define OWN_GROUPS (sizeof own_groups / sizeof own_groups[0])

static bool
names_view(const char *const *wanted, const char *view)
{
    bool is = wanted == NULL;

    for (size_t i = 0; !is && wanted[i] != NULL; i++)
        is = strcmp(wanted[i], view) == 0;
    return is;
}

static bool
has_arn(char *const *arns, size_t count, const char *arn)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(arns[i], arn) == 0)
            return true;
    }
    return false;
}

static size_t
add_own_groups(char **arns, size_t count, const char *const *wanted, const char *region)
{
    for (size_t i = 0; i < OWN_GROUPS; i++) {
        char *arn = group_arn(region, own_groups[i].group);

        if (names_view(wanted, own_groups[i].view) && !has_arn(arns, count, arn))
            arns[count++] = arn;
        else
            free(arn);
    }
    return count;
}

/* The log groups as resources, sorted; the caller frees each and the list, which ends with NULL. */
static char **
group_resources(struct settings *s, const char *const *wanted)
{
    static const char *const all[] = { "*", NULL };
    const char *const *names = settings_list(s, SET_LOG_GROUPS);
    const char *region = settings_text(s, SET_REGION);
    const bool names_some = names != NULL;
    size_t count = 0;
    char **arns;

    if (names == NULL)
        names = all;
    while (names[count] != NULL)
        count++;
    region = region == NULL ? "*" : region;
    arns = xcalloc(count + OWN_GROUPS + 1, sizeof *arns);
    for (size_t i = 0; i < count; i++)
        arns[i] = group_arn(region, names[i]);
    if (names_some)
        count = add_own_groups(arns, count, wanted, region);
    qsort(arns, count, sizeof *arns, by_text);
    return arns;
}

/* One string a line, as people review it. */
static void
add_list(struct buf *b, const char *name, const char *const *items, size_t count)
{
    buf_addf(b, "      \"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        buf_adds(b, i == 0 ? "\n        " : ",\n        ");
        json_print_string(b, items[i], strlen(items[i]));
    }
    buf_adds(b, "\n      ]");
}

/* The statement of what can be limited to these resources; nothing when empty. */
static void
add_statement(struct buf *b, const char *const *wanted, enum permission_scope scope,
              char *const *resources)
{
    static const char *const names[] = { [SCOPE_ALL] = "ObsviewRead",
                                         [SCOPE_GROUPS] = "ObsviewLogGroups",
                                         [SCOPE_BUCKET] = "ObsviewRecordings" };
    const char *actions[PERMISSIONS_MAX];
    size_t count = 0, resource_count = 0;

    for (const struct permission *p = permissions; p->action != NULL; p++) {
        if (p->scope == scope && is_wanted(p, wanted))
            actions[count++] = p->action;
    }
    if (count == 0)
        return;
    while (resources[resource_count] != NULL)
        resource_count++;
    buf_addf(b, "%s    {\n      \"Sid\": \"%s\",\n      \"Effect\": \"Allow\",\n",
             b->data[b->len - 1] == '}' ? ",\n" : "\n", names[scope]);
    add_list(b, "Action", actions, count);
    buf_adds(b, ",\n");
    add_list(b, "Resource", (const char *const *)resources, resource_count);
    buf_adds(b, "\n    }");
}

/* The bucket, which is listed, and its objects. */
static char **
bucket_resources(struct settings *s)
{
    const char *region = settings_text(s, SET_REGION),
               *name = settings_text(s, SET_RECORDINGS_BUCKET);
    const char *partition = partition_of(region == NULL ? "" : region);
    char **arns = xcalloc(3, sizeof *arns);

    arns[0] = xasprintf("arn:%s:s3:::%s", partition, name);
    arns[1] = xasprintf("arn:%s:s3:::%s/*", partition, name);
    return arns;
}

static void
free_resources(char **arns)
{
    for (char **arn = arns; *arn != NULL; arn++)
        free(*arn);
    free(arns);
}

/* A view that is named and has no row: what it asks is not AWS. */
static void
explain_nothing(const char *const *wanted)
{
    for (size_t i = 0; wanted != NULL && wanted[i] != NULL; i++) {
        const struct view *view = view_find(wanted[i]);

        if (view != NULL && (view->needs_emulator || view->needs_no_account))
            fprintf(stderr, "# %s asks nothing of AWS, so it needs no statement\n", view->name);
    }
}

static void
explain(const char *const *wanted, bool has_groups)
{
    explain_nothing(wanted);
    for (const struct permission *p = permissions; p->action != NULL; p++) {
        if (p->why_all != NULL && is_wanted(p, wanted))
            fprintf(stderr, "# %s on all resources: %s\n", p->action, p->why_all);
    }
    if (!has_groups)
        fprintf(stderr, "# all log groups: name some with log-groups = /aws/lambda/shop-*, ...\n");
    fprintf(stderr, "# sts:GetCallerIdentity needs no permission\n");
}

static enum status
check_views(const char *const *wanted, struct err *err)
{
    for (size_t i = 0; wanted != NULL && wanted[i] != NULL; i++) {
        if (view_find(wanted[i]) == NULL)
            return watching_unknown_view(wanted[i], err);
    }
    return OK;
}

int
cmd_iam_policy(struct invocation *inv)
{
    const char *const *wanted = wanted_views(inv);
    struct err err = { 0 };
    char any[] = "*", *all[] = { any, NULL }, **groups, **bucket;
    struct buf policy;

    if (check_views(wanted, &err) != OK)
        return command_fail(&err);
    groups = group_resources(inv->settings, wanted);
    bucket = bucket_resources(inv->settings);
    buf_init(&policy, POLICY_MAX);
    buf_adds(&policy, "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [");
    add_statement(&policy, wanted, SCOPE_GROUPS, groups);
    add_statement(&policy, wanted, SCOPE_ALL, all);
    add_statement(&policy, wanted, SCOPE_BUCKET, bucket);
    buf_adds(&policy, "\n  ]\n}\n");
    fwrite(policy.data, 1, policy.len, stdout);
    explain(wanted, settings_text(inv->settings, SET_LOG_GROUPS) != NULL);
    free_resources(groups);
    free_resources(bucket);
    buf_fini(&policy);
    return EXIT_OK;
}
