/* test_inventory.c - tagging, RDS, ECS and load balancing over a stack, and what they refuse.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws_ask.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

/* --- asking --- */

/* In the query protocol; the answer as text, which the caller frees. */
static char *
query(struct ask *a, const char *service, unsigned status, const char *form)
{
    struct ask_request rq = { .service = service,
                              .body = form,
                              .type = "application/x-www-form-urlencoded" };
    struct answer answer;
    char *text;

    ask_send(a, &rq, &answer);
    if (answer.status != status)
        fail_msg("%s: %u %.400s", form, answer.status, answer.body);
    text = xstrdup(answer.body);
    answer_fini(&answer);
    return text;
}

static void
assert_has(struct ask *a, const char *service, unsigned status, const char *form, const char *part)
{
    char *text = query(a, service, status, form);

    if (strstr(text, part) == NULL)
        fail_msg("%s\n  got:  %.1500s\n  want: ...%s...", form, text, part);
    free(text);
}

static void
assert_lacks(struct ask *a, const char *service, const char *form, const char *part)
{
    char *text = query(a, service, 200, form);

    if (strstr(text, part) != NULL)
        fail_msg("%s\n  got:  %.1500s\n  not:  ...%s...", form, text, part);
    free(text);
}

static size_t
count_parts(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

/* The text of the first element of that name, which the caller frees; NULL: there is none. */
static char *
element(const char *xml, const char *name)
{
    char *open = xasprintf("<%s>", name), *text = NULL;
    const char *at = strstr(xml, open);

    if (at != NULL)
        text = xstrndup(at + strlen(open), strcspn(at + strlen(open), "<"));
    free(open);
    return text;
}

/* --- tagging --- */

/* Names behind the last colon or slash of the ARNs, with blanks between. */
static void
assert_told(cJSON *answer, const char *want)
{
    const cJSON *mapping;
    struct buf b;

    buf_init(&b, 65536);
    cJSON_ArrayForEach(mapping, json_get(answer, "ResourceTagMappingList"))
    {
        const char *arn = json_get_string(mapping, "ResourceARN", "?");
        const char *slash = strrchr(arn, '/'), *colon = strrchr(arn, ':');

        buf_addf(&b, "%s%s", b.len == 0 ? "" : " ", (slash > colon ? slash : colon) + 1);
    }
    assert_string_equal(b.data, want);
    buf_fini(&b);
    cJSON_Delete(answer);
}

static const char tagged[] =
    "{\"obsview-stack\": 1, \"resources\": ["
    "{\"name\": \"a\", \"type\": \"s3:bucket\", \"tags\": {\"p\": \"x\", \"q\": \"1\"}},"
    "{\"name\": \"b\", \"type\": \"s3:bucket\", \"tags\": {\"p\": \"y\", \"q\": \"1\"}},"
    "{\"name\": \"c\", \"type\": \"rds:cluster\", \"version\": \"15.4\", \"tags\": {\"p\": \"z\"}},"
    "{\"name\": \"d\", \"type\": \"rds:db\", \"parent\": \"c\", \"class\": \"db.t4g.medium\","
    " \"tags\": {\"p\": \"\", \"r\": \"2\"}},"
    "{\"name\": \"bare\", \"type\": \"s3:bucket\"},"
    "{\"name\": \"late\", \"type\": \"s3:bucket\", \"created\": \"2026-11-24T00:00:00Z\","
    " \"tags\": {\"p\": \"x\"}},"
    "{\"name\": \"role\", \"type\": \"iam:role\", \"tags\": {\"p\": \"x\"}}]}";

static void
filters_are_and_between_keys_and_or_within(void **state)
{
    static const struct {
        const char *body, *want;
    } cases[] = {
        { "{}", "a b c d" },
        { "{'TagFilters':[]}", "a b c d" },
        { "{'TagFilters':[{'Key':'q'}]}", "a b" },
        { "{'TagFilters':[{'Key':'q','Values':[]}]}", "a b" },
        { "{'TagFilters':[{'Key':'p','Values':['x']}]}", "a" },
        { "{'TagFilters':[{'Key':'p','Values':['x','z']}]}", "a c" },
        { "{'TagFilters':[{'Key':'p','Values':['']}]}", "d" },
        { "{'TagFilters':[{'Key':'p','Values':['x','y']},{'Key':'q','Values':['1']}]}", "a b" },
        { "{'TagFilters':[{'Key':'p','Values':['z']},{'Key':'q'}]}", "" },
        { "{'TagFilters':[{'Key':'p','Values':['x']},{'Key':'p','Values':['y']}]}", "" },
        { "{'TagFilters':[{'Key':'P'}]}", "" },
        { "{'ResourceTypeFilters':['rds']}", "c d" },
        { "{'ResourceTypeFilters':['rds:cluster']}", "c" },
        { "{'ResourceTypeFilters':['rds:cluster','s3']}", "a b c" },
        { "{'ResourceTypeFilters':['rds:clust']}", "" },
        { "{'ResourceTypeFilters':['rd']}", "" },
        { "{'ResourceTypeFilters':['rds:']}", "" },
        { "{'ResourceTypeFilters':['s3'],'TagFilters':[{'Key':'p','Values':['y']}]}", "b" },
        { "{'ResourceARNList':['arn:aws:s3:::b','arn:aws:s3:::nobody','arn:aws:s3:::bare']}", "b" },
        { "{'IncludeComplianceDetails':false,'ExcludeCompliantResources':false}", "a b c d" },
    };
    struct ask a;

    (void)state;
    ask_start_with(&a, tagged);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_told(ask_json(&a, "tagging", "GetResources", 200, "%s", cases[i].body),
                    cases[i].want);
    ask_stop(&a);
}

/* Walks all pages; how many there were, and each resource's name once. */
static size_t
walk(struct ask *a, const char *limits, const char *want)
{
    char *token = xstrdup("");
    struct buf names;
    size_t pages = 0;

    buf_init(&names, 65536);
    do {
        cJSON *answer = ask_json(a, "tagging", "GetResources", 200, "{%s'PaginationToken':'%s'}",
                                 limits, token);
        const cJSON *mapping;

        cJSON_ArrayForEach(mapping, json_get(answer, "ResourceTagMappingList"))
        {
            const char *arn = json_get_string(mapping, "ResourceARN", "?");

            buf_addf(&names, "%s%s", names.len == 0 ? "" : " ", strrchr(arn, ':') + 1);
        }
        free(token);
        token = xstrdup(json_get_string(answer, "PaginationToken", "none"));
        cJSON_Delete(answer);
        pages++;
    } while (*token != '\0' && pages < 100);
    assert_string_equal(names.data, want);
    buf_fini(&names);
    free(token);
    return pages;
}

static void
pages_end_where_nothing_follows(void **state)
{
    struct ask a;

    (void)state;
    ask_start_with(&a, tagged);
    cJSON_Delete(ask_json(&a, "logs", "CreateLogGroup", 200,
                          "{'logGroupName':'/one','tags':{'p':'x','s':'3'}}"));
    cJSON_Delete(ask_json(&a, "logs", "CreateLogGroup", 200, "{'logGroupName':'/untagged'}"));
    cJSON_Delete(
        ask_json(&a, "logs", "CreateLogGroup", 200, "{'logGroupName':'/two','tags':{'t':''}}"));
    assert_int_equal(walk(&a, "", "a b c d /one /two"), 1);
    for (int size = 1; size <= 6; size++) {
        char limits[64];

        snprintf(limits, sizeof limits, "'ResourcesPerPage':%d,", size);
        assert_int_equal(walk(&a, limits, "a b c d /one /two"), (6 + size - 1) / size);
    }
    assert_int_equal(
        walk(&a, "'ResourceTypeFilters':['logs:log-group'],'ResourcesPerPage':1,", "/one /two"), 2);
    assert_told(ask_json(&a, "tagging", "GetResources", 200,
                         "{'ResourceARNList':['arn:aws:logs:eu-west-1:000000000000:log-group:/one'"
                         "]}"),
                "one");
    ask_stop(&a);
}

static void
a_page_of_tags_splits_no_resource(void **state)
{
    struct buf stack;
    struct ask a;

    (void)state;
    buf_init(&stack, 1 << 20); /* ten resources with 22 tags: four fit into a hundred */
    buf_adds(&stack, "{\"obsview-stack\": 1, \"resources\": [");
    for (int i = 0; i < 10; i++) {
        buf_addf(&stack, "%s{\"name\": \"b%d\", \"type\": \"s3:bucket\", \"tags\": {",
                 i == 0 ? "" : ",", i);
        for (int t = 0; t < 22; t++)
            buf_addf(&stack, "%s\"key%d\": \"v\"", t == 0 ? "" : ",", t);
        buf_adds(&stack, "}}");
    }
    buf_adds(&stack, "]}");
    ask_start_with(&a, stack.data);
    assert_int_equal(walk(&a, "'TagsPerPage':100,", "b0 b1 b2 b3 b4 b5 b6 b7 b8 b9"), 3);
    assert_int_equal(walk(&a, "'TagsPerPage':110,", "b0 b1 b2 b3 b4 b5 b6 b7 b8 b9"), 2);
    assert_int_equal(
        walk(&a, "'TagsPerPage':500,'ResourcesPerPage':3,", "b0 b1 b2 b3 b4 b5 b6 b7 b8 b9"), 4);
    buf_fini(&stack);
    ask_stop(&a);
}

static void
keys_and_values_are_told_once(void **state)
{
    cJSON *answer;
    struct ask a;

    (void)state;
    ask_start_with(&a, tagged);
    cJSON_Delete(ask_json(&a, "logs", "CreateLogGroup", 200,
                          "{'logGroupName':'/one','tags':{'p':'w','A':'3'}}"));
    answer = ask_json(&a, "tagging", "GetTagKeys", 200, "{}");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "TagKeys")), 4);
    assert_string_equal(cJSON_GetArrayItem(json_get(answer, "TagKeys"), 0)->valuestring, "A");
    assert_string_equal(cJSON_GetArrayItem(json_get(answer, "TagKeys"), 3)->valuestring, "r");
    assert_string_equal(json_get_string(answer, "PaginationToken", "none"), "");
    cJSON_Delete(answer);
    answer = ask_json(&a, "tagging", "GetTagValues", 200, "{'Key':'p'}");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "TagValues")), 5); /* "" w x y z */
    assert_string_equal(cJSON_GetArrayItem(json_get(answer, "TagValues"), 0)->valuestring, "");
    assert_string_equal(cJSON_GetArrayItem(json_get(answer, "TagValues"), 4)->valuestring, "z");
    cJSON_Delete(answer);
    answer = ask_json(&a, "tagging", "GetTagValues", 200, "{'Key':'nothing'}");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "TagValues")), 0);
    cJSON_Delete(answer);
    ask_stop(&a);
}

/* A JSON list of so many items made of a pattern with %d. */
static char *
many(size_t count, const char *before, const char *after)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < count; i++)
        buf_addf(&b, "%s%s%zu%s", i == 0 ? "" : ",", before, i, after);
    return buf_take(&b, NULL);
}

static void
refuse_many(struct ask *a, const char *message, const char *before, char *list, const char *after)
{
    char *body = xasprintf("%s%s%s", before, list, after);

    ask_refused(a, "tagging", "GetResources", "InvalidParameterException", message, "%s", body);
    free(body);
    free(list);
}

static void
tagging_refuses_what_aws_refuses(void **state)
{
    static const struct {
        const char *body, *message;
    } cases[] = {
        { "{'ResourcesPerPage':0}",
          "1 validation error detected: Value '0' at 'ResourcesPerPage' failed to satisfy "
          "constraint: Member must have value greater than or equal to 1" },
        { "{'ResourcesPerPage':101}",
          "1 validation error detected: Value '101' at 'ResourcesPerPage' failed to satisfy "
          "constraint: Member must have value less than or equal to 100" },
        { "{'TagsPerPage':99}",
          "1 validation error detected: Value '99' at 'TagsPerPage' failed to satisfy "
          "constraint: Member must have value greater than or equal to 100" },
        { "{'TagFilters':[{'Values':['x']}]}",
          "1 validation error detected: Value null at 'TagFilters.member.1.Key' failed to satisfy "
          "constraint: Member must not be null" },
        { "{'TagFilters':[{'Key':''}]}",
          "1 validation error detected: Value '' at 'TagFilters.member.1.Key' failed to satisfy "
          "constraint: Member must have length greater than or equal to 1" },
        { "{'PaginationToken':'garbage'}",
          "The parameter PaginationToken was not made for this request." },
        { "{'PaginationToken':'0000000000000000'}",
          "The parameter PaginationToken was not made for this request." },
        { "{'ResourceARNList':[]}", "The parameter ResourceARNList must have 1 to 100 items." },
        { "{'ResourceARNList':['no-arn']}",
          "The parameter ResourceARNList has no-arn, which is no ARN." },
        { "{'ResourceARNList':['arn:aws:s3:::a'],'TagFilters':[]}",
          "The parameter ResourceARNList can't be specified with TagFilters in the same request." },
        { "{'ResourceARNList':['arn:aws:s3:::a'],'ResourcesPerPage':5}",
          "The parameter ResourceARNList can't be specified with ResourcesPerPage in the same "
          "request." },
        { "{'IncludeComplianceDetails':true}",
          "The parameter IncludeComplianceDetails is not supported by obsview: no tag policy is in "
          "effect here." },
        { "{'Surprise':1}",
          "The parameter Surprise is not supported by obsview (see: obsview help aws)." },
    };
    struct ask a;

    (void)state;
    ask_start_with(&a, tagged);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ask_refused(&a, "tagging", "GetResources", "InvalidParameterException", cases[i].message,
                    "%s", cases[i].body);
    refuse_many(&a,
                "1 validation error detected: Value '' at 'TagFilters' failed to satisfy "
                "constraint: Member must have length less than or equal to 50, got 51",
                "{'TagFilters':[", many(51, "{'Key':'k", "'}"), "]}");
    refuse_many(&a,
                "1 validation error detected: Value '' at 'TagFilters.member.1.Values' failed to "
                "satisfy constraint: Member must have length less than or equal to 20, got 21",
                "{'TagFilters':[{'Key':'k','Values':[", many(21, "'v", "'"), "]}]}");
    refuse_many(&a,
                "1 validation error detected: Value '' at 'ResourceARNList' failed to satisfy "
                "constraint: Member must have length less than or equal to 100, got 101",
                "{'ResourceARNList':[", many(101, "'arn:aws:s3:::b", "'"), "]}");
    ask_stop(&a);
}

static void
a_token_holds_for_its_question_alone(void **state)
{
    cJSON *answer;
    struct ask a;

    (void)state;
    ask_start_with(&a, tagged);
    answer = ask_json(&a, "tagging", "GetResources", 200, "{'ResourcesPerPage':1}");
    ask_refused(&a, "tagging", "GetResources", "InvalidParameterException",
                "The parameter PaginationToken was not made for this request.",
                "{'TagFilters':[{'Key':'p'}],'PaginationToken':'%s'}",
                json_get_string(answer, "PaginationToken", ""));
    ask_refused(&a, "tagging", "GetTagKeys", "InvalidParameterException",
                "The parameter PaginationToken was not made for this request.",
                "{'PaginationToken':'%s'}", json_get_string(answer, "PaginationToken", ""));
    cJSON_Delete(answer);
    ask_stop(&a);
}

/* --- databases --- */

/* A cluster of two, the writer with its own number of connections; it restarts at 01:00. */
static const char databases[] =
    "{\"obsview-stack\": 1, \"since\": \"2026-11-01T00:00:00Z\", \"resources\": ["
    "{\"name\": \"plain\", \"type\": \"rds:cluster\", \"version\": \"16.2\"},"
    "{\"name\": \"main\", \"type\": \"rds:cluster\", \"version\": \"15.4\","
    " \"tags\": {\"Project\": \"a<b\"}},"
    "{\"name\": \"main-1\", \"type\": \"rds:db\", \"parent\": \"main\","
    " \"class\": \"db.t4g.medium\", \"maxConnections\": 250},"
    "{\"name\": \"main-2\", \"type\": \"rds:db\", \"parent\": \"main\","
    " \"class\": \"db.t4g.medium\"}],"
    "\"incidents\": [{\"name\": \"crash\", \"at\": \"2026-11-23T01:00:00Z\", \"minutes\": 1,"
    " \"effects\": [{\"resource\": \"main-1\", \"restart\": true}]}]}";

#define RDS(action) "Action=" action "&Version=2014-10-31"

static void
clusters_are_told_with_their_members(void **state)
{
    struct ask a;

    (void)state;
    ask_start_with(&a, databases);
    assert_has(&a, "rds", 200, RDS("DescribeDBClusters"),
               "<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>main-1"
               "</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>");
    assert_has(&a, "rds", 200, RDS("DescribeDBClusters") "&DBClusterIdentifier=MAIN",
               "<TagList><Tag><Key>Project</Key><Value>a&lt;b</Value></Tag></TagList>");
    assert_lacks(&a, "rds", RDS("DescribeDBClusters") "&DBClusterIdentifier=main", "plain");
    assert_has(&a, "rds", 200,
               RDS("DescribeDBClusters") "&DBClusterIdentifier=arn:aws:rds:eu-west-1:000000000000:"
                                         "cluster:plain",
               "<DBClusterParameterGroup>default.aurora-postgresql16<");
    assert_has(&a, "rds", 200,
               RDS("DescribeDBClusters") "&Filters.Filter.1.Name=db-cluster-id"
                                         "&Filters.Filter.1.Values.Value.1=nobody",
               "<DBClusters></DBClusters>");
    assert_has(&a, "rds", 200,
               RDS("DescribeDBInstances") "&Filters.Filter.1.Name=db-cluster-id"
                                          "&Filters.Filter.1.Values.Value.1=other"
                                          "&Filters.Filter.1.Values.Value.2=main",
               "<DBInstanceIdentifier>main-2</DBInstanceIdentifier>");
    assert_has(&a, "rds", 404, RDS("DescribeDBClusters") "&DBClusterIdentifier=nope",
               "<Code>DBClusterNotFoundFault</Code><Message>DBCluster nope not found.</Message>");
    assert_has(&a, "rds", 404, RDS("DescribeDBInstances") "&DBInstanceIdentifier=main",
               "<Code>DBInstanceNotFound</Code><Message>DBInstance main not found.</Message>");
    ask_stop(&a);
}

static void
rds_refuses_what_aws_refuses(void **state)
{
    static const struct {
        const char *form, *part;
    } cases[] = {
        { RDS("DescribeDBClusters") "&MaxRecords=19",
          "<Code>InvalidParameterValue</Code><Message>Invalid value 19 for MaxRecords. Must be "
          "between 20 and 100</Message>" },
        { RDS("DescribeDBInstances") "&MaxRecords=101", "Invalid value 101 for MaxRecords" },
        { RDS("DescribeDBInstances") "&MaxRecords=many", "<Code>MalformedInput</Code>" },
        { RDS("DescribeDBClusters") "&Marker=%00", "<Code>MalformedQueryString</Code>" },
        { RDS("DescribeDBClusters") "&Marker=abc", "The parameter Marker was not made for this" },
        { RDS("DescribeDBClusters") "&Filters.Filter.1.Name=colour"
                                    "&Filters.Filter.1.Values.Value.1=red",
          "Unrecognized filter name: colour" },
        { RDS("DescribeDBClusters") "&Filters.Filter.1.Name=engine",
          "<Code>MissingParameter</Code>" },
        { RDS("DescribeEvents") "&SourceIdentifier=main",
          "<Code>InvalidParameterCombination</Code>" },
        { RDS("DescribeEvents") "&SourceType=db-moon", "Member must satisfy enum value set" },
        { RDS("DescribeEvents") "&Duration=20161", "less than or equal to 20160" },
        { RDS("DescribeEvents") "&StartTime=2026-11-23T00:00:00Z&EndTime=2026-11-22T00:00:00Z",
          "<Code>InvalidParameterCombination</Code>" },
        { RDS("DescribeEvents") "&StartTime=yesterday", "be a time" },
        { RDS("DescribeDBClusterParameters"), "<Code>MissingParameter</Code>" },
    };
    struct ask a;

    (void)state;
    ask_start_with(&a, databases);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_has(&a, "rds", 400, cases[i].form, cases[i].part);
    ask_stop(&a);
}

static void
parameters_tell_the_formula_or_the_files_number(void **state)
{
    static const char one[] = "&Filters.Filter.1.Name=parameter-name"
                              "&Filters.Filter.1.Values.Value.1=max_connections";
    char *form;
    struct ask a;

    (void)state;
    ask_start_with(&a, databases);
    form = xasprintf("%s&DBClusterParameterGroupName=default.aurora-postgresql16%s",
                     RDS("DescribeDBClusterParameters"), one);
    assert_has(&a, "rds", 200, form,
               "<Parameters><Parameter><ParameterName>max_connections</ParameterName>"
               "<ParameterValue>LEAST({DBInstanceClassMemory/9531392},5000)</ParameterValue>");
    assert_lacks(&a, "rds", form, "max_wal_senders");
    free(form);
    form = xasprintf("%s&DBClusterParameterGroupName=main-parameters&Source=user",
                     RDS("DescribeDBClusterParameters"));
    assert_has(&a, "rds", 200, form,
               "<Parameters><Parameter><ParameterName>max_connections</ParameterName>"
               "<ParameterValue>250</ParameterValue>");
    assert_lacks(&a, "rds", form, "max_wal_senders");
    free(form);
    assert_has(&a, "rds", 404,
               RDS("DescribeDBClusterParameters") "&DBClusterParameterGroupName=nope",
               "<Code>DBParameterGroupNotFound</Code>");
    ask_stop(&a);
}

static void
a_restart_is_told_once_it_happened(void **state)
{
    static const char restarted[] = "DB instance restarted";
    struct ask a;

    (void)state;
    ask_start_with(&a, databases);
    assert_lacks(&a, "rds", RDS("DescribeEvents"), "DB instance shutdown");
    clock_set(a.clock, ASK_NOW + 3600000);
    assert_has(&a, "rds", 200, RDS("DescribeEvents"), "DB instance shutdown");
    assert_lacks(&a, "rds", RDS("DescribeEvents"), restarted);
    assert_has(&a, "rds", 200, RDS("DescribeDBInstances") "&DBInstanceIdentifier=main-1",
               "<DBInstanceStatus>rebooting</DBInstanceStatus>");
    clock_set(a.clock, ASK_NOW + 3600000 + 62000);
    assert_has(&a, "rds", 200, RDS("DescribeDBInstances") "&DBInstanceIdentifier=main-1",
               "<DBInstanceStatus>available</DBInstanceStatus>");
    assert_has(&a, "rds", 200, RDS("DescribeEvents") "&SourceType=db-instance", restarted);
    assert_has(&a, "rds", 200,
               RDS("DescribeEvents") "&SourceType=db-cluster&SourceIdentifier=main"
                                     "&EventCategories.EventCategory.1=failover",
               "<Message>Completed failover to DB instance: main-1</Message><EventCategories>"
               "<EventCategory>failover</EventCategory></EventCategories>"
               "<Date>2026-11-23T01:01:02Z</Date>");
    assert_lacks(&a, "rds", RDS("DescribeEvents") "&EventCategories.EventCategory.1=backup",
                 restarted);
    assert_lacks(&a, "rds", RDS("DescribeEvents") "&SourceType=db-cluster&SourceIdentifier=plain",
                 "main");
    ask_stop(&a);
}

/* Fourteen days of two snapshots each are 56 events; the clock moves between the pages. */
static void
events_page_over_what_was_asked_first(void **state)
{
    char *marker = NULL;
    size_t count = 0, pages = 0;
    struct ask a;

    (void)state;
    ask_start_with(&a, databases);
    do {
        char *form = xasprintf("%s&Duration=20160&MaxRecords=20&SourceType=db-cluster-snapshot%s%s",
                               RDS("DescribeEvents"),
                               marker == NULL ? "" : "&Marker=", marker == NULL ? "" : marker);
        char *xml = query(&a, "rds", 200, form);

        count += count_parts(xml, "<Event>");
        free(marker);
        marker = element(xml, "Marker");
        free(xml);
        free(form);
        clock_set(a.clock, ASK_NOW + (int64_t)++pages * 86400000);
    } while (marker != NULL && pages < 10);
    assert_int_equal(count, 2 * 2 * 14);
    assert_int_equal(pages, 3);
    ask_stop(&a);
}

/* --- services --- */

/* One of two tasks of "web" is down from 00:10 to 00:20. */
static const char services[] =
    "{\"obsview-stack\": 1, \"since\": \"2026-11-20T00:00:00Z\", \"resources\": ["
    "{\"name\": \"main\", \"type\": \"ecs:cluster\"},"
    "{\"name\": \"empty\", \"type\": \"ecs:cluster\"},"
    "{\"name\": \"web\", \"type\": \"ecs:service\", \"parent\": \"main\", \"tasks\": 2,"
    " \"image\": \"shop/web:1\", \"vcpu\": 0.5, \"memoryGiB\": 1},"
    "{\"name\": \"worker\", \"type\": \"ecs:service\", \"parent\": \"main\", \"tasks\": 1},"
    "{\"name\": \"alb\", \"type\": \"elasticloadbalancing:loadbalancer\"},"
    "{\"name\": \"tg\", \"type\": \"elasticloadbalancing:targetgroup\", \"parent\": \"alb\","
    " \"peer\": \"web\"},"
    "{\"name\": \"idle\", \"type\": \"elasticloadbalancing:targetgroup\", \"parent\": \"alb\"}],"
    "\"incidents\": [{\"name\": \"dies\", \"at\": \"2026-11-23T00:10:00Z\", \"minutes\": 10,"
    " \"effects\": [{\"resource\": \"web\", \"stopTasks\": 1}]}]}";

static const cJSON *
first(const cJSON *answer, const char *list)
{
    const cJSON *item = cJSON_GetArrayItem(json_get(answer, list), 0);

    assert_non_null(item);
    return item;
}

static void
assert_counts(struct ask *a, int running, int pending)
{
    cJSON *answer =
        ask_json(a, "ecs", "DescribeServices", 200, "{'cluster':'main','services':['web']}");
    const cJSON *service = first(answer, "services");
    const cJSON *deployment = first(service, "deployments");

    assert_int_equal(json_get_int(service, "desiredCount", -1), 2);
    assert_int_equal(json_get_int(service, "runningCount", -1), running);
    assert_int_equal(json_get_int(service, "pendingCount", -1), pending);
    assert_int_equal(json_get_int(deployment, "runningCount", -1), running);
    assert_string_equal(json_get_string(deployment, "rolloutState", ""), "COMPLETED");
    cJSON_Delete(answer);
}

static int
count_tasks(struct ask *a, const char *body)
{
    cJSON *answer = ask_json(a, "ecs", "ListTasks", 200, "%s", body);
    int count = cJSON_GetArraySize(json_get(answer, "taskArns"));

    cJSON_Delete(answer);
    return count;
}

/* The newest event has this text. */
static void
assert_newest(struct ask *a, const char *part)
{
    cJSON *answer =
        ask_json(a, "ecs", "DescribeServices", 200, "{'cluster':'main','services':['web']}");
    const char *message =
        json_get_string(first(first(answer, "services"), "events"), "message", "");

    if (strstr(message, part) == NULL)
        fail_msg("got: %s\nwant: %s", message, part);
    cJSON_Delete(answer);
}

static void
an_incident_goes_through_a_service(void **state)
{
    struct ask a;

    (void)state;
    ask_start_with(&a, services);
    assert_counts(&a, 2, 0);
    assert_newest(&a, "(service web) has reached a steady state.");
    assert_int_equal(count_tasks(&a, "{'cluster':'main'}"), 3);
    assert_int_equal(count_tasks(&a, "{'cluster':'main','serviceName':'worker'}"), 1);
    assert_int_equal(count_tasks(&a, "{'cluster':'main','family':'web'}"), 2);
    assert_int_equal(count_tasks(&a, "{'cluster':'main','launchType':'EC2'}"), 0);
    assert_int_equal(count_tasks(&a, "{'cluster':'main','desiredStatus':'STOPPED'}"), 0);
    assert_int_equal(count_tasks(&a, "{'cluster':'empty'}"), 0);
    clock_set(a.clock, ASK_NOW + 10 * 60000);
    assert_counts(&a, 1, 1);
    assert_newest(&a, "(service web) deregistered 1 targets in (target-group arn:aws:elastic");
    assert_int_equal(count_tasks(&a, "{'cluster':'main'}"), 3); /* the attempt is desired, too */
    assert_int_equal(count_tasks(&a, "{'cluster':'main','desiredStatus':'STOPPED'}"), 1);
    clock_set(a.clock, ASK_NOW + 21 * 60000);
    assert_counts(&a, 2, 0);
    assert_newest(&a, "(service web) has reached a steady state.");
    assert_int_equal(count_tasks(&a, "{'cluster':'main','desiredStatus':'STOPPED'}"), 6);
    clock_set(a.clock, ASK_NOW + 80 * 60000);
    assert_int_equal(count_tasks(&a, "{'cluster':'main','desiredStatus':'STOPPED'}"), 0);
    ask_stop(&a);
}

/* The description of the first task that is listed so. */
static cJSON *
describe_first(struct ask *a, const char *status)
{
    cJSON *list = ask_json(a, "ecs", "ListTasks", 200,
                           "{'cluster':'main','serviceName':'web','desiredStatus':'%s'}", status);
    cJSON *answer = ask_json(a, "ecs", "DescribeTasks", 200, "{'cluster':'main','tasks':['%s']}",
                             first(list, "taskArns")->valuestring);

    cJSON_Delete(list);
    return answer;
}

static void
tasks_say_what_they_are_and_why_they_stopped(void **state)
{
    const cJSON *task;
    cJSON *answer;
    struct ask a;

    (void)state;
    ask_start_with(&a, services);
    clock_set(a.clock, ASK_NOW + 13 * 60000);
    answer = describe_first(&a, "RUNNING");
    task = first(answer, "tasks");
    assert_string_equal(json_get_string(task, "lastStatus", ""), "RUNNING");
    assert_string_equal(json_get_string(task, "healthStatus", ""), "HEALTHY");
    assert_string_equal(json_get_string(task, "cpu", ""), "512");
    assert_string_equal(json_get_string(task, "memory", ""), "1024");
    assert_string_equal(json_get_string(task, "group", ""), "service:web");
    assert_string_equal(json_get_string(first(task, "containers"), "image", ""), "shop/web:1");
    cJSON_Delete(answer);
    answer = describe_first(&a, "STOPPED");
    task = first(answer, "tasks");
    assert_string_equal(json_get_string(task, "lastStatus", ""), "STOPPED");
    assert_string_equal(json_get_string(task, "stopCode", ""), "EssentialContainerExited");
    assert_string_equal(json_get_string(task, "stoppedReason", ""),
                        "Essential container in task exited");
    assert_true(json_get_number(task, "stoppedAt", 0) == (double)(ASK_NOW / 1000 + 600));
    assert_int_equal(json_get_int(first(task, "containers"), "exitCode", -1), 1);
    cJSON_Delete(answer);
    ask_stop(&a);
}

static void
what_is_missing_is_a_failure(void **state)
{
    cJSON *answer;
    struct ask a;

    (void)state;
    ask_start_with(&a, services);
    answer = ask_json(&a, "ecs", "DescribeServices", 200,
                      "{'cluster':'main','services':['web','missing']}");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "services")), 1);
    assert_string_equal(json_get_string(first(answer, "failures"), "arn", ""),
                        "arn:aws:ecs:eu-west-1:000000000000:service/main/missing");
    assert_string_equal(json_get_string(first(answer, "failures"), "reason", ""), "MISSING");
    cJSON_Delete(answer);
    answer = ask_json(&a, "ecs", "DescribeServices", 200, "{'cluster':'empty','services':['web']}");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "failures")), 1);
    cJSON_Delete(answer);
    answer = ask_json(&a, "ecs", "DescribeTasks", 200,
                      "{'cluster':'main','tasks':['0123456789abcdef0123456789abcdef',"
                      "'0123456789abcdef0123456789abcdef']}");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "tasks")), 0);
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "failures")), 1);
    cJSON_Delete(answer);
    answer = ask_json(&a, "ecs", "DescribeClusters", 200, "{'clusters':['main','nope']}");
    assert_int_equal(json_get_int(first(answer, "clusters"), "runningTasksCount", -1), 3);
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "failures")), 1);
    cJSON_Delete(answer);
    ask_stop(&a);
}

static void
ecs_refuses_what_aws_refuses(void **state)
{
    static const struct {
        const char *operation, *body, *code, *message;
    } cases[] = {
        { "ListServices", "{}", "ClusterNotFoundException", "Cluster not found." },
        { "DescribeServices", "{'cluster':'nope','services':['web']}", "ClusterNotFoundException",
          "Cluster not found." },
        { "DescribeServices", "{'cluster':'main','services':[]}", "InvalidParameterException",
          "Services cannot be empty." },
        { "DescribeServices",
          "{'cluster':'main','services':['1','2','3','4','5','6','7','8','9','10','11']}",
          "InvalidParameterException",
          "1 validation error detected: Value '' at 'services' failed to satisfy constraint: "
          "Member must have length less than or equal to 10, got 11" },
        { "DescribeTasks", "{'cluster':'main'}", "InvalidParameterException",
          "Tasks cannot be empty." },
        { "DescribeTasks", "{'cluster':'main','tasks':['short']}", "InvalidParameterException",
          "taskId length should be one of [32,36]" },
        { "ListTasks", "{'cluster':'main','serviceName':'nope'}", "ServiceNotFoundException",
          "Service not found." },
        { "ListTasks", "{'cluster':'main','nextToken':'x'}", "InvalidParameterException",
          "The parameter nextToken was not made for this request." },
        { "ListServices", "{'cluster':'main','maxResults':101}", "InvalidParameterException",
          "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
          "Member must have value less than or equal to 100" },
        { "DescribeServices", "{'cluster':'main','services':['web'],'include':['MOON']}",
          "InvalidParameterException", "The parameter include has MOON, which is not told here." },
    };
    struct ask a;

    (void)state;
    ask_start_with(&a, services);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ask_refused(&a, "ecs", cases[i].operation, cases[i].code, cases[i].message, "%s",
                    cases[i].body);
    ask_stop(&a);
}

/* Page by page; all ARNs once. */
static size_t
walk_ecs(struct ask *a, const char *operation, const char *list, const char *limit, size_t *pages)
{
    char *token = xstrdup("");
    size_t count = 0;

    *pages = 0;
    do {
        cJSON *answer = ask_json(a, "ecs", operation, 200, "{'cluster':'main',%s'nextToken':'%s'}",
                                 limit, token);

        count += (size_t)cJSON_GetArraySize(json_get(answer, list));
        free(token);
        token = xstrdup(json_get_string(answer, "nextToken", ""));
        cJSON_Delete(answer);
        (*pages)++;
    } while (*token != '\0' && *pages < 1000);
    free(token);
    return count;
}

static void
lists_of_a_cluster_page(void **state)
{
    struct buf stack;
    size_t pages;
    struct ask a;

    (void)state;
    buf_init(&stack, 1 << 20);
    buf_adds(&stack, "{\"obsview-stack\": 1, \"resources\": ["
                     "{\"name\": \"main\", \"type\": \"ecs:cluster\"}");
    for (int i = 0; i < 25; i++)
        buf_addf(&stack,
                 ",{\"name\": \"s%d\", \"type\": \"ecs:service\", \"parent\": \"main\","
                 " \"tasks\": 7}",
                 i);
    buf_adds(&stack, "]}");
    ask_start_with(&a, stack.data);
    assert_int_equal(walk_ecs(&a, "ListServices", "serviceArns", "", &pages), 25);
    assert_int_equal(pages, 3); /* ten a page, unless asked for more */
    assert_int_equal(walk_ecs(&a, "ListServices", "serviceArns", "'maxResults':25,", &pages), 25);
    assert_int_equal(pages, 1);
    assert_int_equal(walk_ecs(&a, "ListTasks", "taskArns", "", &pages), 175);
    assert_int_equal(pages, 2);
    assert_int_equal(walk_ecs(&a, "ListTasks", "taskArns", "'maxResults':1,", &pages), 175);
    assert_int_equal(pages, 175);
    assert_int_equal(walk_ecs(&a, "ListTasks", "taskArns", "'maxResults':7,", &pages), 175);
    assert_int_equal(pages, 25);
    buf_fini(&stack);
    ask_stop(&a);
}

/* --- targets --- */

#define ELB(action) "Action=" action "&Version=2015-12-01"

static char *
group_arn(struct ask *a, const char *name)
{
    char *form = xasprintf("%s&Names.member.1=%s", ELB("DescribeTargetGroups"), name);
    char *xml = query(a, "elasticloadbalancing", 200, form);
    char *arn = element(xml, "TargetGroupArn");

    assert_non_null(arn);
    free(form);
    free(xml);
    return arn;
}

/* So many targets are in each state. */
static void
assert_healths(struct ask *a, const char *form, size_t healthy, size_t unhealthy, size_t draining)
{
    char *xml = query(a, "elasticloadbalancing", 200, form);

    assert_int_equal(count_parts(xml, "<State>healthy</State>"), healthy);
    assert_int_equal(count_parts(xml, "<State>unhealthy</State><Reason>Target.FailedHealthChecks"
                                      "</Reason><Description>Health checks failed<"),
                     unhealthy);
    assert_int_equal(count_parts(xml, "<State>draining</State><Reason>"
                                      "Target.DeregistrationInProgress</Reason>"),
                     draining);
    free(xml);
}

static void
targets_follow_the_tasks(void **state)
{
    char *arn, *form;
    struct ask a;

    (void)state;
    ask_start_with(&a, services);
    arn = group_arn(&a, "tg");
    form = xasprintf("%s&TargetGroupArn=%s", ELB("DescribeTargetHealth"), arn);
    assert_healths(&a, form, 2, 0, 0);
    clock_set(a.clock, ASK_NOW + 10 * 60000);
    assert_healths(&a, form, 1, 1, 1);
    clock_set(a.clock, ASK_NOW + 12 * 60000);
    assert_healths(&a, form, 1, 1, 2);
    clock_set(a.clock, ASK_NOW + 20 * 60000);
    assert_healths(&a, form, 2, 0, 3); /* attempts that were given up at 16, 18 and 20 */
    clock_set(a.clock, ASK_NOW + 26 * 60000);
    assert_healths(&a, form, 2, 0, 0);
    free(form);
    free(arn);
    arn = group_arn(&a, "idle");
    form = xasprintf("%s&TargetGroupArn=%s", ELB("DescribeTargetHealth"), arn);
    assert_has(&a, "elasticloadbalancing", 200, form, "<TargetHealthDescriptions></");
    free(form);
    form = xasprintf("%s&TargetGroupArn=%s&Targets.member.1.Id=10.9.9.9",
                     ELB("DescribeTargetHealth"), arn);
    assert_has(&a, "elasticloadbalancing", 200, form,
               "<State>unused</State><Reason>Target.NotRegistered</Reason>");
    free(form);
    free(arn);
    ask_stop(&a);
}

static void
elb_refuses_what_aws_refuses(void **state)
{
    static const struct {
        const char *form, *part;
    } cases[] = {
        { ELB("DescribeTargetGroups") "&Names.member.1=nope",
          "<Code>TargetGroupNotFound</Code><Message>One or more target groups not "
          "found</Message>" },
        { ELB("DescribeLoadBalancers") "&Names.member.1=nope",
          "<Code>LoadBalancerNotFound</Code>" },
        { ELB("DescribeLoadBalancers") "&LoadBalancerArns.member.1=alb",
          "<Code>ValidationError</Code><Message>'alb' is not a valid load balancer ARN</Message>" },
        { ELB("DescribeTargetHealth") "&TargetGroupArn=arn:aws:elasticloadbalancing:x",
          "<Code>TargetGroupNotFound</Code>" },
        { ELB("DescribeTargetHealth"), "<Code>ValidationError</Code>" },
        { ELB("DescribeTargetGroups") "&PageSize=401", "less than or equal to 400" },
        { ELB("DescribeTargetGroups") "&LoadBalancerArn=arn:aws:nope",
          "<Code>LoadBalancerNotFound</Code>" },
        { ELB("DescribeTargetGroups") "&Marker=zz", "The parameter Marker was not made" },
    };
    struct ask a;

    (void)state;
    ask_start_with(&a, services);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_has(&a, "elasticloadbalancing", 400, cases[i].form, cases[i].part);
    ask_stop(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_and_between_keys_and_or_within),
        cmocka_unit_test(pages_end_where_nothing_follows),
        cmocka_unit_test(a_page_of_tags_splits_no_resource),
        cmocka_unit_test(keys_and_values_are_told_once),
        cmocka_unit_test(tagging_refuses_what_aws_refuses),
        cmocka_unit_test(a_token_holds_for_its_question_alone),
        cmocka_unit_test(clusters_are_told_with_their_members),
        cmocka_unit_test(rds_refuses_what_aws_refuses),
        cmocka_unit_test(parameters_tell_the_formula_or_the_files_number),
        cmocka_unit_test(a_restart_is_told_once_it_happened),
        cmocka_unit_test(events_page_over_what_was_asked_first),
        cmocka_unit_test(an_incident_goes_through_a_service),
        cmocka_unit_test(tasks_say_what_they_are_and_why_they_stopped),
        cmocka_unit_test(what_is_missing_is_a_failure),
        cmocka_unit_test(ecs_refuses_what_aws_refuses),
        cmocka_unit_test(lists_of_a_cluster_page),
        cmocka_unit_test(targets_follow_the_tasks),
        cmocka_unit_test(elb_refuses_what_aws_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
