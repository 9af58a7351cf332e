/* test_query_client.c - the asking end of the query protocol.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "wire/query_client.h"
#include "wire/xml_read.h"

static const struct wire_service *
monitoring(void)
{
    return service_by_name("monitoring");
}

struct form_case {
    const char *name;
    const char *input;
    const char *form; /* behind Action and Version */
};

static const struct form_case form_cases[] = {
    { "nothing", "{}", "" },
    { "text, escaped", "{\"Namespace\":\"Shop/Web & co\"}", "&Namespace=Shop%2FWeb%20%26%20co" },
    { "numbers", "{\"Period\":60,\"Threshold\":0.5}", "&Period=60&Threshold=0.5" },
    { "times are written out", "{\"StartTime\":1795393200,\"EndTime\":1795396800.5}",
      "&StartTime=2026-11-23T00%3A20%3A00Z&EndTime=2026-11-23T01%3A20%3A00Z" },
    { "truths", "{\"ReturnData\":false}", "&ReturnData=false" },
    { "lists of structures", "{\"Dimensions\":[{\"Name\":\"a\",\"Value\":\"b\"},{\"Name\":\"c\"}]}",
      "&Dimensions.member.1.Name=a&Dimensions.member.1.Value=b&Dimensions.member.2.Name=c" },
    { "structures within", "{\"Q\":[{\"MetricStat\":{\"Metric\":{\"MetricName\":\"LCP\"}}}]}",
      "&Q.member.1.MetricStat.Metric.MetricName=LCP" },
    { "null is nothing", "{\"NextToken\":null}", "" },
};

static void
forms_are_what_the_cli_sends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof form_cases / sizeof form_cases[0]; i++) {
        const struct form_case *c = &form_cases[i];
        char *expect = xasprintf("Action=Op&Version=2010-08-01%s", c->form);
        cJSON *input = cJSON_Parse(c->input);
        struct buf form;

        print_message("%s\n", c->name);
        assert_non_null(input);
        buf_init(&form, 65536);
        query_client_form(&form, monitoring(), "Op", input);
        assert_string_equal(form.data, expect);
        buf_fini(&form);
        cJSON_Delete(input);
        free(expect);
    }
}

struct read_case {
    const char *name;
    const char *xml;
    const char *json; /* or a part of the sentence after "!" */
};

#define RESULT(X) "<OpResponse><OpResult>" X "</OpResult></OpResponse>"

static const struct read_case read_cases[] = {
    { "series",
      RESULT("<MetricDataResults><member><Id>q0</Id><Timestamps><member>2026-11-23T00:20:00Z"
             "</member></Timestamps><Values><member>1.5</member></Values></member>"
             "</MetricDataResults><Messages/><NextToken>t</NextToken>"),
      "{\"MetricDataResults\":[{\"Id\":\"q0\",\"Timestamps\":[1795393200],\"Values\":[1.5]}],"
      "\"Messages\":[],\"NextToken\":\"t\"}" },
    { "empty lists", RESULT("<Metrics></Metrics>"), "{\"Metrics\":[]}" },
    { "blanks between",
      "<?xml version=\"1.0\"?>\n<OpResponse xmlns=\"x\">\n <OpResult>\n  <Metrics>\n   <member>\n"
      "    <Namespace> a </Namespace>\n   </member>\n  </Metrics>\n </OpResult>\n</OpResponse>\n",
      "{\"Metrics\":[{\"Namespace\":\" a \"}]}" },
    { "an alarm",
      RESULT("<MetricAlarms><member><AlarmName>a &amp; b</AlarmName><Threshold>2500.0</Threshold>"
             "<ActionsEnabled>true</ActionsEnabled><StateUpdatedTimestamp>2026-11-23T00:20:00.5Z"
             "</StateUpdatedTimestamp><Period>60</Period><Dimensions/></member></MetricAlarms>"),
      "{\"MetricAlarms\":[{\"AlarmName\":\"a & b\",\"Threshold\":2500,\"ActionsEnabled\":true,"
      "\"StateUpdatedTimestamp\":1795393200.5,\"Period\":60,\"Dimensions\":[]}]}" },
    { "a map",
      RESULT("<M><entry><key>k</key><value>v</value></entry><entry><key>l</key><value>w"
             "</value></entry></M>"),
      "{\"M\":{\"k\":\"v\",\"l\":\"w\"}}" },
    { "names that come again", RESULT("<A>1</A><A>2</A><A>3</A>"), "{\"A\":[\"1\",\"2\",\"3\"]}" },
    { "no result", "<OpResponse><ResponseMetadata/></OpResponse>", "{}" },
    { "an empty result", RESULT(""), "{}" },
    { "not XML", "{\"Metrics\":[]}", "!the answer is not XML" },
    { "cut off", "<OpResponse><OpResult>", "!the answer is not XML" },
    { "a page", "<html><body/></html>", "!expected <...Response> in the answer, got <html>" },
    { "an error", "<ErrorResponse><Error/></ErrorResponse>", "!expected <...Response>" },
    { "a DOCTYPE", "<!DOCTYPE a [<!ENTITY x \"y\">]><OpResponse>&x;</OpResponse>", "!DOCTYPE" },
    { "a list with something else", RESULT("<Metrics><member>a</member><other>b</other></Metrics>"),
      "!mixes a list" },
};

static void
xml_is_read_as_json_would_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof read_cases / sizeof read_cases[0]; i++) {
        const struct read_case *c = &read_cases[i];
        cJSON *json = NULL;
        struct err err = { 0 };
        enum status st = query_client_read(&json, monitoring(), c->xml, strlen(c->xml), &err);

        print_message("%s\n", c->name);
        if (*c->json == '!') {
            assert_int_not_equal(st, OK);
            assert_null(json);
            if (strstr(err.text, c->json + 1) == NULL)
                fail_msg("%s", err.text);
            continue;
        }
        if (st != OK)
            fail_msg("%s", err.text);
        else {
            struct buf text;

            buf_init(&text, 65536);
            json_print(&text, json);
            assert_string_equal(text.data, c->json);
            buf_fini(&text);
        }
        cJSON_Delete(json);
    }
}

struct service_case {
    const char *name;
    const char *service;
    const char *xml;
    const char *json;
};

/* As AWS writes them: botocore's models, and the layout of RDS's documentation. */
static const struct service_case service_cases[] = {
    { "a cluster", "rds",
      RESULT(
          "<Marker>m</Marker><DBClusters><DBCluster><DBClusterIdentifier>a"
          "</DBClusterIdentifier><Port>5432</Port><MultiAZ>true</MultiAZ>"
          "<DBClusterMembers><DBClusterMember><IsClusterWriter>false</IsClusterWriter>"
          "</DBClusterMember></DBClusterMembers><ServerlessV2ScalingConfiguration><MinCapacity>0.5"
          "</MinCapacity><MaxCapacity>8.0</MaxCapacity></ServerlessV2ScalingConfiguration>"
          "<TagList/></DBCluster></DBClusters>"),
      "{\"Marker\":\"m\",\"DBClusters\":[{\"DBClusterIdentifier\":\"a\",\"Port\":5432,"
      "\"MultiAZ\":true,\"DBClusterMembers\":[{\"IsClusterWriter\":false}],"
      "\"ServerlessV2ScalingConfiguration\":{\"MinCapacity\":0.5,\"MaxCapacity\":8},"
      "\"TagList\":[]}]}" },
    { "no clusters", "rds", RESULT("<DBClusters/>"), "{\"DBClusters\":[]}" },
    { "members that are called so", "rds",
      RESULT("<DBClusters><member><Status>available</Status></member></DBClusters>"),
      "{\"DBClusters\":[{\"Status\":\"available\"}]}" },
    { "an event", "rds",
      RESULT("<Events><Event><EventCategories><EventCategory>failover</EventCategory>"
             "<EventCategory>notification</EventCategory></EventCategories>"
             "<Date>2026-11-23T00:20:00Z</Date></Event></Events>"),
      "{\"Events\":[{\"EventCategories\":[\"failover\",\"notification\"],"
      "\"Date\":1795393200}]}" },
    { "what CloudWatch's names mean there is not what they mean here", "rds",
      RESULT("<Period>60</Period><Metrics/>"), "{\"Period\":\"60\",\"Metrics\":\"\"}" },
    { "health of targets", "elasticloadbalancing",
      RESULT("<TargetHealthDescriptions><member><Target><Id>10.0.0.1</Id><Port>3000</Port></Target>"
             "<TargetHealth><State>healthy</State></TargetHealth><HealthCheckPort>3000"
             "</HealthCheckPort></member></TargetHealthDescriptions>"),
      "{\"TargetHealthDescriptions\":[{\"Target\":{\"Id\":\"10.0.0.1\",\"Port\":3000},"
      "\"TargetHealth\":{\"State\":\"healthy\"},\"HealthCheckPort\":\"3000\"}]}" },
};

static void
each_service_has_its_own_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof service_cases / sizeof service_cases[0]; i++) {
        const struct service_case *c = &service_cases[i];
        cJSON *json = NULL;
        struct err err = { 0 };
        struct buf text;

        print_message("%s\n", c->name);
        if (query_client_read(&json, service_by_name(c->service), c->xml, strlen(c->xml), &err) !=
            OK)
            fail_msg("%s", err.text);
        buf_init(&text, 65536);
        json_print(&text, json);
        assert_string_equal(text.data, c->json);
        buf_fini(&text);
        cJSON_Delete(json);
    }
}

static void
lists_are_asked_by_the_names_of_the_service(void **state)
{
    cJSON *input = cJSON_Parse("{\"Filters\":[{\"Name\":\"engine\",\"Values\":[\"a\",\"b\"]}]}");
    struct buf form;

    (void)state;
    buf_init(&form, 65536);
    query_client_form(&form, service_by_name("rds"), "Op", input);
    assert_string_equal(form.data, "Action=Op&Version=2014-10-31&Filters.Filter.1.Name=engine"
                                   "&Filters.Filter.1.Values.Value.1=a"
                                   "&Filters.Filter.1.Values.Value.2=b");
    buf_clear(&form);
    query_client_form(&form, service_by_name("elasticloadbalancing"), "Op", input);
    assert_non_null(strstr(form.data, "Filters.member.1.Values.member.2=b"));
    buf_fini(&form);
    cJSON_Delete(input);
}

/* Depth, number and width are bounded before memory is. */
static void
what_has_no_end_is_refused(void **state)
{
    static const struct {
        const char *name, *piece, *close;
        size_t times;
    } cases[] = {
        { "deep", "<a>", "</a>", 40 },
        { "many", "<member/>", "", XML_READ_NODES_MAX + 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf xml;
        cJSON *json = NULL;
        struct err err;

        print_message("%s\n", cases[i].name);
        buf_init(&xml, 16u << 20);
        buf_adds(&xml, "<OpResponse><OpResult>");
        for (size_t n = 0; n < cases[i].times; n++)
            buf_adds(&xml, cases[i].piece);
        for (size_t n = 0; n < cases[i].times; n++)
            buf_adds(&xml, cases[i].close);
        buf_adds(&xml, "</OpResult></OpResponse>");
        assert_int_equal(query_client_read(&json, monitoring(), xml.data, xml.len, &err), E_LIMIT);
        assert_null(json);
        buf_clear(&xml);
        buf_fini(&xml);
    }
}

static void
a_wide_structure_is_refused(void **state)
{
    struct buf xml;
    cJSON *json = NULL;
    struct err err;

    (void)state;
    buf_init(&xml, 1u << 20);
    buf_adds(&xml, "<OpResponse><OpResult>");
    for (int n = 0; n < 300; n++)
        buf_addf(&xml, "<a%d/>", n);
    buf_adds(&xml, "</OpResult></OpResponse>");
    assert_int_equal(query_client_read(&json, monitoring(), xml.data, xml.len, &err), E_LIMIT);
    buf_fini(&xml);
}

static void
errors_have_code_and_sentence(void **state)
{
    static const char xml[] = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>"
                              "<Message>Rate exceeded</Message></Error></ErrorResponse>";
    static const char page[] = "<html><h1>502</h1></html>";
    struct wire_error error = { .code = "before" };

    (void)state;
    assert_true(query_client_read_error(&error, 400, xml, sizeof xml - 1));
    assert_string_equal(error.code, "Throttling");
    assert_string_equal(error.message, "Rate exceeded");
    assert_int_equal(error.status, 400);
    assert_false(query_client_read_error(&error, 502, page, sizeof page - 1));
    assert_string_equal(error.code, "Throttling");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_what_the_cli_sends),
        cmocka_unit_test(xml_is_read_as_json_would_be),
        cmocka_unit_test(each_service_has_its_own_names),
        cmocka_unit_test(lists_are_asked_by_the_names_of_the_service),
        cmocka_unit_test(what_has_no_end_is_refused),
        cmocka_unit_test(a_wide_structure_is_refused),
        cmocka_unit_test(errors_have_code_and_sentence),
    };

    return cmocka_run_group_tests_name("query_client", tests, NULL, NULL);
}
