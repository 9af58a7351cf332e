/* tag_rule.c - the table of rules, and judging by it.
 * SPDX-License-Identifier: MIT
 *
 * The schema is that of the user's document ("Resource Tagging Schema"): required tags 746-752,
 * functional ones 758-763, examples 794-979. Where it leaves a choice, these are our rulings:
 *
 * - DataType is asked of "storage resources (S3, Aurora)": of buckets and of Aurora clusters, which
 *   hold the storage, not of instances, which have none.
 * - Tier is asked of "managed services". Those are the ones whose price comes in tiers or classes
 *   that AWS runs for us: Managed Grafana, OpenSearch, RDS and Aurora, ElastiCache, MSK. Not ECS
 *   services, load balancers, Lambda functions, buckets or log groups: the document's own examples
 *   of these carry no Tier (five of six ECS, ALB and Lambda examples), so a wider reading would
 *   make findings of resources that the document shows as right. One that has a Tier all the same,
 *   as its Umami service does, is judged by its value.
 * - ManagedBy=SST is asked of all, though Grafana alone may be changed by hand (document 1544): the
 *   table of required tags makes no exception, and its Grafana role is made by SST.
 * - A resource of Project=Application is not ours to tag beyond what instruments it: functions and
 *   the Aurora cluster (document's examples 909-925); others have no rule but their Project.
 * - Keys that the examples use and the schema does not name (Resource, Endpoint, Purpose, ...) are
 *   known and fine. */
#include "config.h"

#include "domain/tag_rule.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

#define PROJECT   0 /* places in tag_rules */
#define COMPONENT 5

static bool is_owner(const char *v);

static const char *const user_metrics[] = { "UserMetrics", NULL };
static const char *const stages[] = { "dev", "staging", "prod", NULL };
static const char *const sst[] = { "SST", NULL };
static const char *const observability[] = { "Observability", NULL };
static const char *const components[] = { "Umami",          "OpenReplay",  "Grafana", "CloudWatch",
                                          "Infrastructure", "Application", NULL };
static const char *const functions[] = { "SessionReplay", "Analytics",     "Metrics",
                                         "Logging",       "Visualization", "Storage",
                                         "Compute",       "Networking",    NULL };
static const char *const data_types[] = { "Metrics", "Logs", "Sessions", "Analytics", NULL };
static const char *const tiers[] = { "Free", "Essential", "Standard", "Premium", NULL };
static const char *const application[] = { "Application", NULL };
static const char *const truth[] = { "true", NULL };

/* clang-format off */
const struct tag_rule tag_rules[TAG_RULES] = {
    [PROJECT] =
    { "Project",      TAG_OURS, TAG_REQUIRED, TAG_OF_ALL, "all", user_metrics, NULL, "UserMetrics" },
    { "Environment",  TAG_OURS, TAG_REQUIRED, TAG_OF_ALL, "all", stages, NULL, "dev, staging or prod" },
    { "ManagedBy",    TAG_OURS, TAG_REQUIRED, TAG_OF_ALL, "all", sst, NULL, "SST" },
    { "CostCenter",   TAG_OURS, TAG_REQUIRED, TAG_OF_ALL, "all", observability, NULL, "Observability" },
    { "Owner",        TAG_OURS, TAG_REQUIRED, TAG_OF_ALL, "all", NULL, is_owner,
      "an e-mail address or the name of a team" },
    [COMPONENT] =
    { "Component",    TAG_OURS, TAG_FUNCTIONAL, TAG_OF_ALL, "all", components, NULL,
      "Umami, OpenReplay, Grafana, CloudWatch, Infrastructure or Application" },
    { "Function",     TAG_OURS, TAG_FUNCTIONAL, TAG_OF_ALL, "all", functions, NULL,
      "SessionReplay, Analytics, Metrics, Logging, Visualization, Storage, Compute or Networking" },
    { "DataType",     TAG_OURS, TAG_CONDITIONAL, TAG_OF_STORAGE, "storage", data_types, NULL,
      "Metrics, Logs, Sessions or Analytics" },
    { "Tier",         TAG_OURS, TAG_CONDITIONAL, TAG_OF_MANAGED, "managed services", tiers, NULL,
      "Free, Essential, Standard or Premium" },
    { "Project",      TAG_APPLICATION, TAG_REQUIRED, TAG_OF_ALL, "the app's own", application, NULL, "Application" },
    { "ObservabilityEnabled", TAG_APPLICATION, TAG_CONDITIONAL, TAG_OF_FUNCTION, "app functions", truth, NULL, "true" },
    { "InstrumentedBy", TAG_APPLICATION, TAG_CONDITIONAL, TAG_OF_FUNCTION, "app functions", user_metrics, NULL,
      "UserMetrics" },
    { "UmamiSchema",  TAG_APPLICATION, TAG_CONDITIONAL, TAG_OF_DB_CLUSTER, "app's Aurora", truth, NULL, "true" },
    { "ObservabilityEnabled", TAG_APPLICATION, TAG_CONDITIONAL, TAG_OF_DB_CLUSTER, "app's Aurora", truth, NULL,
      "true" },
};

static const struct {
    const char *type; /* of resources; one that ends in ':' is all of a service */
    unsigned kinds;
} kinds[] = {
    { "s3", TAG_OF_STORAGE },
    { "s3:bucket", TAG_OF_STORAGE },
    { "rds:cluster", TAG_OF_STORAGE | TAG_OF_MANAGED | TAG_OF_DB_CLUSTER },
    { "rds:db", TAG_OF_MANAGED },
    { "grafana:", TAG_OF_MANAGED },
    { "es:", TAG_OF_MANAGED },
    { "aoss:", TAG_OF_MANAGED },
    { "elasticache:", TAG_OF_MANAGED },
    { "kafka:", TAG_OF_MANAGED },
    { "lambda:function", TAG_OF_FUNCTION },
};
/* clang-format on */

/* Document 990-996. */
const char *const tag_cost_keys[] = { "Project",    "Component", "Function", "Environment",
                                      "CostCenter", "DataType",  NULL };

/* Used by the examples, and by AWS and its tools; what lies below "aws:" and "sst:" is theirs. */
static const char *const extras[] = { "Resource", "Endpoint", "Purpose", "EnhancedPermissions",
                                      "Name",     "Backup",   "Expires", NULL };

/* --- words --- */

static size_t
fold(char *out, size_t size, const char *text)
{
    size_t n = 0;

    for (; *text != '\0' && n + 1 < size; text++) {
        if (isalnum((unsigned char)*text))
            out[n++] = (char)tolower((unsigned char)*text);
    }
    out[n] = '\0';
    return n;
}

#define FOLDED     64
#define SHORTENED  3 /* "Env" for Environment, "Proj"; fewer letters mean nothing */
#define SLIP_LEAST 5 /* of a word of four letters, half may be other ones by a slip */

/* Other case, blanks or hyphens; shortened or lengthened ("production"); or a slip. */
static bool
is_like(const char *text, const char *word)
{
    const char *const candidates[] = { word, NULL };
    char a[FOLDED], b[FOLDED];
    size_t la = fold(a, sizeof a, text), lb = fold(b, sizeof b, word);

    if (la == 0)
        return false;
    if (la >= SHORTENED && lb >= SHORTENED && strncmp(a, b, la < lb ? la : lb) == 0)
        return true;
    return strlen(text) >= SLIP_LEAST && text_nearest(text, candidates) != NULL;
}

/* The same word but for case, blanks and hyphens, or one letter more or less at its end. What
 * decides whose a resource is must not guess further: "WebMetrics" is somebody else's. */
static bool
is_same_word(const char *text, const char *word)
{
    char a[FOLDED], b[FOLDED];
    size_t la = fold(a, sizeof a, text), lb = fold(b, sizeof b, word);
    size_t least = la < lb ? la : lb;

    return (la > lb ? la - lb : lb - la) <= 1 && strncmp(a, b, least) == 0;
}

static bool
is_in(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, text) == 0)
            return true;
    }
    return false;
}

static const char *
like_one_of(const char *text, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++) {
        if (is_like(text, *list))
            return *list;
    }
    return NULL;
}

/* --- an owner --- */

/* Said in place of a name. */
static const char *const nobodies[] = { "none", "na", "unknown", "tbd", "todo", "nobody", NULL };

static bool
is_mailbox(const char *v)
{
    const char *at = strchr(v, '@'), *dot = strrchr(v, '.');

    if (at == v || strchr(at + 1, '@') != NULL || strpbrk(v, " \t<>(),;:\"") != NULL)
        return false;
    return dot != NULL && dot > at + 1 && dot[1] != '\0' && strstr(at, "..") == NULL;
}

static bool
is_team(const char *v)
{
    char folded[FOLDED];
    bool has_letter = false;

    fold(folded, sizeof folded, v);
    for (const char *p = v; *p != '\0'; p++) {
        has_letter |= isalpha((unsigned char)*p) || (unsigned char)*p >= 0x80;
        if (iscntrl((unsigned char)*p))
            return false;
    }
    return has_letter && !is_in(folded, nobodies) && !isblank((unsigned char)*v) &&
           !isblank((unsigned char)v[strlen(v) - 1]);
}

static bool
is_owner(const char *v)
{
    if (text_utf8_end(v, strlen(v)) != strlen(v))
        return false;
    return strchr(v, '@') != NULL ? is_mailbox(v) : is_team(v);
}

/* --- judging --- */

const char *
tag_group_name(enum tag_group group)
{
    static const char *const names[TAG_GROUPS] = { [TAG_OURS] = "UserMetrics",
                                                   [TAG_APPLICATION] = "Application",
                                                   [TAG_STRAY] = "no Project",
                                                   [TAG_FOREIGN] = "other" };

    return names[group];
}

unsigned
tag_kinds_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].type);
        bool is_service = kinds[i].type[len - 1] == ':';

        if (is_service ? strncmp(type, kinds[i].type, len) == 0 : strcmp(type, kinds[i].type) == 0)
            return kinds[i].kinds | TAG_OF_ALL;
    }
    return TAG_OF_ALL;
}

const char *
tag_find(const struct tagged_resource *resource, const char *key)
{
    for (size_t i = 0; i < resource->tag_count; i++) {
        if (strcmp(resource->tags[i].key, key) == 0)
            return resource->tags[i].value;
    }
    return NULL;
}

static bool
is_right(const struct tag_rule *rule, const char *value)
{
    return rule->values != NULL ? is_in(value, rule->values) : rule->accepts(value);
}

/* Without a Project it is ours when its Component is, or when a misspelt Project says so. */
static enum tag_group
group_without_project(const struct tagged_resource *resource)
{
    const char *component = tag_find(resource, "Component");

    if (component != NULL && is_in(component, components))
        return TAG_STRAY;
    for (size_t i = 0; i < resource->tag_count; i++) {
        const char *meant = tag_key_meant(resource->tags[i].key);

        if (meant != NULL && strcmp(meant, "Project") == 0 &&
            is_same_word(resource->tags[i].value, "UserMetrics"))
            return TAG_STRAY;
    }
    return TAG_FOREIGN;
}

static enum tag_group
group_of(const struct tagged_resource *resource)
{
    const char *project = tag_find(resource, "Project");

    if (project == NULL)
        return group_without_project(resource);
    if (is_same_word(project, "UserMetrics"))
        return TAG_OURS;
    return is_same_word(project, "Application") ? TAG_APPLICATION : TAG_FOREIGN;
}

static enum tag_state
judge(const struct tag_rule *rule, const struct tagged_resource *resource, unsigned of)
{
    const char *value = tag_find(resource, rule->key);
    bool is_asked = (rule->of & of) != 0;

    if (value == NULL)
        return is_asked ? TAG_MISSING : TAG_NOT_ASKED;
    /* who has it though nobody asks is held to its values, in our own set */
    if (!is_asked && rule->set == TAG_APPLICATION)
        return TAG_NOT_ASKED;
    return is_right(rule, value) ? TAG_GOOD : TAG_WRONG;
}

void
tag_judge(struct tag_verdict *out, const struct tagged_resource *resource)
{
    enum tag_group group = group_of(resource), set = group == TAG_STRAY ? TAG_OURS : group;
    unsigned of = tag_kinds_of(resource->type);

    *out = (struct tag_verdict){ .group = (uint8_t)group };
    for (size_t i = 0; i < TAG_RULES; i++) {
        if (tag_rules[i].set != set)
            continue;
        out->states[i] = (uint8_t)judge(&tag_rules[i], resource, of);
        if (out->states[i] == TAG_MISSING)
            out->missing++;
        if (out->states[i] == TAG_WRONG)
            out->wrong++;
    }
}

/* --- telling --- */

size_t
tag_list_keys(struct buf *out, const struct tag_verdict *verdict, enum tag_state state,
              enum tag_demand demand)
{
    size_t count = 0;

    for (size_t i = 0; i < TAG_RULES; i++) {
        if (verdict->states[i] == state && tag_rules[i].demand == demand)
            buf_addf(out, "%s%s", count++ == 0 ? "" : ", ", tag_rules[i].key);
    }
    return count;
}

static bool
is_known_key(const char *key)
{
    for (size_t i = 0; i < TAG_RULES; i++) {
        if (strcmp(tag_rules[i].key, key) == 0)
            return true;
    }
    return is_in(key, extras) || strncmp(key, "aws:", 4) == 0 || strncmp(key, "sst:", 4) == 0;
}

const char *
tag_key_meant(const char *key)
{
    if (is_known_key(key))
        return NULL;
    for (size_t i = 0; i < TAG_RULES; i++) {
        if (is_like(key, tag_rules[i].key))
            return tag_rules[i].key;
    }
    return NULL;
}

/* The first tag whose key was meant to be `key`. */
static const char *
misspelt_key(const struct tagged_resource *resource, const char *key)
{
    for (size_t i = 0; i < resource->tag_count; i++) {
        const char *meant = tag_key_meant(resource->tags[i].key);

        if (meant != NULL && strcmp(meant, key) == 0)
            return resource->tags[i].key;
    }
    return NULL;
}

const char *
tag_hint(const struct tagged_resource *resource, const struct tag_verdict *verdict, size_t rule)
{
    const char *key = tag_rules[rule].key;

    if (verdict->states[rule] == TAG_MISSING)
        return misspelt_key(resource, key);
    if (verdict->states[rule] == TAG_WRONG)
        return like_one_of(tag_find(resource, key), tag_rules[rule].values);
    return NULL;
}

static void
tell_missing(struct buf *out, const struct tagged_resource *resource,
             const struct tag_verdict *verdict)
{
    const char *before = "lacks ";

    for (size_t i = 0; i < TAG_RULES; i++) {
        const char *hint;

        if (verdict->states[i] != TAG_MISSING)
            continue;
        buf_addf(out, "%s%s", before, tag_rules[i].key);
        hint = tag_hint(resource, verdict, i);
        if (hint != NULL)
            buf_addf(out, " (has \"%s\")", hint);
        before = ", ";
    }
}

static void
tell_wrong(struct buf *out, const struct tagged_resource *resource,
           const struct tag_verdict *verdict)
{
    const char *before = verdict->missing > 0 ? "; " : "";

    for (size_t i = 0; i < TAG_RULES; i++) {
        const char *hint;

        if (verdict->states[i] != TAG_WRONG)
            continue;
        hint = tag_hint(resource, verdict, i);
        buf_addf(out, "%s%s is \"%s\", ", before, tag_rules[i].key,
                 tag_find(resource, tag_rules[i].key));
        if (hint != NULL)
            buf_addf(out, "meant \"%s\"?", hint);
        else
            buf_addf(out, "not %s", tag_rules[i].expected);
        before = "; ";
    }
}

void
tag_tell(struct buf *out, const struct tagged_resource *resource, const struct tag_verdict *verdict)
{
    tell_missing(out, resource, verdict);
    tell_wrong(out, resource, verdict);
}
