/* test_query.c - forms in, XML out.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "wire/codec.h"
#include "wire/form.h"
#include "wire/query.h"
#include "wire/xml.h"

static void
forms_become_values_by_their_names(void **state)
{
    static const struct {
        const char *form;
        const char *json;
    } cases[] = {
        { "", "{}" },
        { "&&", "{}" },
        { "A=1", "{\"A\":\"1\"}" },
        { "A", "{\"A\":\"\"}" },
        { "A=", "{\"A\":\"\"}" },
        { "A=b%2Fc+d%3D=e", "{\"A\":\"b/c d==e\"}" },
        { "A=100%&B=%zz", "{\"A\":\"100%\",\"B\":\"%zz\"}" },
        { "A.B=x&A.C=y", "{\"A\":{\"B\":\"x\",\"C\":\"y\"}}" },
        { "L.member.1=x&L.member.2=y", "{\"L\":[\"x\",\"y\"]}" },
        { "L.member.10=j&L.member.9=i&L.member.1=a", "{\"L\":[\"a\",\"i\",\"j\"]}" },
        { "L.member.999999999=far&L.member.7=near", "{\"L\":[\"near\",\"far\"]}" },
        { "L.1=x&L.2=y", "{\"L\":[\"x\",\"y\"]}" },
        { "Filters.Filter.1.Name=n&Filters.Filter.1.Values.Value.1=v",
          "{\"Filters\":[{\"Name\":\"n\",\"Values\":[\"v\"]}]}" },
        { "A.B.member.1=x", "{\"A\":{\"B\":[\"x\"]}}" },
        { "A.B.member.1.C=x&A.D=y", "{\"A\":{\"B\":[{\"C\":\"x\"}],\"D\":\"y\"}}" },
        { "M.entry.1.key=k&M.entry.1.value=v&M.entry.2.key=l&M.entry.2.value.A=w",
          "{\"M\":{\"k\":\"v\",\"l\":{\"A\":\"w\"}}}" },
        { "D.member.2.V=b&D.member.1.V=a&D.member.1.N=n&D.member.2.N=m",
          "{\"D\":[{\"N\":\"n\",\"V\":\"a\"},{\"N\":\"m\",\"V\":\"b\"}]}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *value = NULL;
        struct err err = { 0 };
        struct buf b;

        buf_init(&b, 4096);
        if (form_parse(&value, cases[i].form, strlen(cases[i].form), &err) != OK)
            fail_msg("%s: %s", cases[i].form, err.text);
        json_print(&b, value);
        assert_string_equal(b.data, cases[i].json);
        buf_fini(&b);
        cJSON_Delete(value);
    }
}

static void
crooked_forms_are_named(void **state)
{
    static const struct {
        const char *form;
        const char *says;
    } cases[] = {
        { "A=1&A=2", "A is given twice" },
        { "A=1&A.B=2", "A is given twice, or as value and structure" },
        { "L.member.1=x&L.member.1=y", "1 is given twice" },
        { "L.member.0=x", "list index 0" },
        { "L.member.01=x", "list index 01" },
        { "L.member.9999999999=x", "list index 9999999999" },
        { "L.member.99999999999999999999999=x", "list index 99999" },
        { "1=x", "list index 1 stands beside names or alone" },
        { "L.1=x&L.a=y", "list index 1 stands beside names" },
        { "A..B=x", "empty name" },
        { ".A=x", "empty name" },
        { "A.=x", "empty name" },
        { "=x", "empty name" },
        { "A=x%00y", "NUL byte in parameter A" },
        { "A%00=x", "NUL byte in parameter A" },
        { "M.entry.1.key=k", "map entry" },
        { "M.entry.1=k", "map entry" },
        { "M.entry.1.value=k", "map entry" },
        { "M.entry.1.key.a=k&M.entry.1.value=v", "map entry" },
        { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u=1", "deeper than 20 names" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *value = NULL;
        struct err err = { 0 };

        if (form_parse(&value, cases[i].form, strlen(cases[i].form), &err) == OK)
            fail_msg("accepted: %s", cases[i].form);
        assert_null(value);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].form, err.text, cases[i].says);
    }
}

static void
as_many_parameters_as_stated_and_no_more(void **state)
{
    struct buf form;
    cJSON *value = NULL;
    struct err err = { 0 };

    (void)state;
    buf_init(&form, 4 * 1024 * 1024);
    for (int i = FORM_PAIRS_MAX; i > 0; i--) /* the worst order */
        buf_addf(&form, "%sL.member.%d=%d", form.len == 0 ? "" : "&", i, i);
    assert_int_equal(form_parse(&value, form.data, form.len, &err), OK);
    assert_int_equal(cJSON_GetArraySize(json_get(value, "L")), FORM_PAIRS_MAX);
    assert_string_equal(json_get(value, "L")->child->valuestring, "1");
    cJSON_Delete(value);
    value = NULL;
    buf_adds(&form, "&B=1");
    assert_int_equal(form_parse(&value, form.data, form.len, &err), E_LIMIT);
    buf_fini(&form);
}

static void
assert_xml(const struct wire_service *service, const cJSON *value, const char *expected)
{
    struct buf b;

    buf_init(&b, 4096);
    xml_element(&b, service, "R", value);
    assert_string_equal(b.data, expected);
    buf_fini(&b);
}

static void
values_become_elements(void **state)
{
    cJSON *map = json_map();
    cJSON *object = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(object, "Values");

    (void)state;
    cJSON_AddItemToArray(list, cJSON_CreateNumber(1.5));
    cJSON_AddItemToArray(list, cJSON_CreateNumber(2));
    cJSON_AddItemToObject(object, "At", json_time(1795482123000));
    cJSON_AddItemToObject(object, "Near", json_time(1795482123004));
    cJSON_AddNullToObject(object, "Absent");
    cJSON_AddTrueToObject(object, "Yes");
    cJSON_AddArrayToObject(object, "Empty");
    cJSON_AddNumberToObject(map, "p99.9", 7);
    cJSON_AddItemToObject(object, "Ext", map);
    assert_xml(service_by_name("monitoring"), object,
               "<R><Values><member>1.5</member><member>2</member></Values>"
               "<At>2026-11-24T01:02:03Z</At><Near>2026-11-24T01:02:03.004Z</Near><Yes>true</Yes>"
               "<Empty></Empty>"
               "<Ext><entry><key>p99.9</key><value>7</value></entry></Ext></R>");
    cJSON_Delete(object);
}

static void
lists_call_their_items_as_the_service_does(void **state)
{
    static const char *const text[] = { "a", "b" };
    cJSON *object = cJSON_CreateObject(), *inner = cJSON_CreateObject();
    cJSON *outer = cJSON_AddArrayToObject(object, "DBClusters");

    (void)state;
    cJSON_AddItemToObject(inner, "TagList", cJSON_CreateStringArray(text, 2));
    cJSON_AddItemToObject(inner, "Plain", cJSON_CreateStringArray(text, 1));
    cJSON_AddItemToArray(outer, inner);
    cJSON_AddArrayToObject(object, "Events");
    assert_xml(service_by_name("rds"), object,
               "<R><DBClusters><DBCluster><TagList><Tag>a</Tag><Tag>b</Tag></TagList>"
               "<Plain><member>a</member></Plain></DBCluster></DBClusters><Events></Events></R>");
    assert_xml(service_by_name("sts"), object,
               "<R><DBClusters><member><TagList><member>a</member><member>b</member></TagList>"
               "<Plain><member>a</member></Plain></member></DBClusters><Events></Events></R>");
    cJSON_Delete(object);
}

static void
text_is_fit_for_xml(void **state)
{
    static const struct {
        const char *text;
        const char *xml;
    } cases[] = {
        { "plain \xc3\xa9\xf0\x9f\x98\x80", "plain \xc3\xa9\xf0\x9f\x98\x80" },
        { "<a href=\"x\">&amp;</a>", "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;" },
        { "tab\tline\nreturn\r", "tab\tline\nreturn&#13;" },
        { "bell\x07 esc\x1b[31m", "bell\xef\xbf\xbd esc\xef\xbf\xbd[31m" },
        { "bad \xff\xc3", "bad \xef\xbf\xbd\xef\xbf\xbd" },
        { "non-character \xef\xbf\xbe", "non-character \xef\xbf\xbd" },
        { "]]>", "]]&gt;" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;

        buf_init(&b, 256);
        xml_text(&b, cases[i].text);
        assert_string_equal(b.data, cases[i].xml);
        buf_fini(&b);
    }
}

static const struct http_header form_headers[] = {
    { "Host", "localhost" },
    { "content-type", "application/x-www-form-urlencoded; charset=utf-8" },
};

static struct http_request
post(const char *body)
{
    return (struct http_request){
        .method = "POST",
        .path = "/",
        .query = "",
        .headers = form_headers,
        .header_count = 2,
        .body = body,
        .body_len = strlen(body),
    };
}

static void
a_query_call_is_answered_in_xml(void **state)
{
    struct http_request rq = post("Action=ListMetrics&Version=2010-08-01&Namespace=Shop%2FWeb");
    const struct wire_codec *codec = codec_find(&rq);
    struct wire_call call;
    struct wire_error error = { 0 };
    struct wire_reply reply;
    cJSON *result = cJSON_CreateObject();

    (void)state;
    assert_ptr_equal(codec, &codec_query);
    assert_int_equal(codec->decode(&call, &rq, &error), OK);
    assert_string_equal(call.service->name, "monitoring");
    assert_string_equal(call.operation, "ListMetrics");
    assert_string_equal(json_get_string(call.input, "Namespace", ""), "Shop/Web");
    assert_null(json_get(call.input, "Action"));
    assert_null(json_get(call.input, "Version"));

    cJSON_AddStringToObject(result, "NextToken", "a&b");
    wire_reply_init(&reply);
    codec_encode(codec, &reply, &call, result, "id-1");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.content_type, "text/xml");
    assert_string_equal(
        reply.body.data,
        "<ListMetricsResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"
        "<ListMetricsResult><NextToken>a&amp;b</NextToken></ListMetricsResult>"
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ListMetricsResponse>");
    wire_reply_fini(&reply);

    wire_reply_init(&reply);
    codec_encode(codec, &reply, &call, NULL, "id-2"); /* an operation without output */
    assert_string_equal(
        reply.body.data,
        "<ListMetricsResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"
        "<ResponseMetadata><RequestId>id-2</RequestId></ResponseMetadata></ListMetricsResponse>");
    wire_reply_fini(&reply);

    wire_error_set(&error, 400, "InvalidParameterValueException", "a < b");
    wire_reply_init(&reply);
    codec->encode_error(&reply, &call, &error, "id-3");
    assert_int_equal(reply.status, 400);
    assert_string_equal(
        reply.body.data,
        "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><Error>"
        "<Type>Sender</Type><Code>InvalidParameterValue</Code><Message>a &lt; b</Message></Error>"
        "<RequestId>id-3</RequestId></ErrorResponse>");
    wire_reply_fini(&reply);
    cJSON_Delete(result);
    wire_call_fini(&call);
}

static void
query_calls_that_name_nothing_are_refused(void **state)
{
    static const struct {
        const char *body;
        const char *code;
        const char *says;
    } cases[] = {
        { "", "MissingAction", "Action" },
        { "Version=2010-08-01", "MissingAction", "Action" },
        { "Action=ListMetrics", "UnknownOperationException", "(none given)" },
        { "Action=ListMetrics&Version=1999-01-01", "UnknownOperationException", "1999-01-01" },
        { "Action=A&Version=2010-08-01&B=1&B=2", "MalformedQueryString", "B is given twice" },
        { "Action.x=A&Version=2010-08-01", "MissingAction", "Action" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request rq = post(cases[i].body);
        struct wire_call call;
        struct wire_error error = { 0 };

        assert_int_not_equal(codec_query.decode(&call, &rq, &error), OK);
        assert_string_equal(error.code, cases[i].code);
        assert_int_equal(error.status, 400);
        assert_non_null(strstr(error.message, cases[i].says));
        wire_call_fini(&call);
    }
}

static void
a_presigned_get_is_a_query_call(void **state)
{
    struct http_request rq = {
        .method = "GET",
        .path = "/",
        .query = "X-Amz-Date=20261124T010203Z&Action=GetCallerIdentity&Version=2011-06-15"
                 "&X-Amz-Signature=00",
    };
    struct wire_call call;
    struct wire_error error;

    (void)state;
    assert_ptr_equal(codec_find(&rq), &codec_query);
    assert_int_equal(codec_query.decode(&call, &rq, &error), OK);
    assert_string_equal(call.service->name, "sts");
    assert_null(call.input->child);
    wire_call_fini(&call);
    rq.query = "page=1&NoAction=x";
    assert_null(codec_find(&rq));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_become_values_by_their_names),
        cmocka_unit_test(crooked_forms_are_named),
        cmocka_unit_test(as_many_parameters_as_stated_and_no_more),
        cmocka_unit_test(values_become_elements),
        cmocka_unit_test(lists_call_their_items_as_the_service_does),
        cmocka_unit_test(text_is_fit_for_xml),
        cmocka_unit_test(a_query_call_is_answered_in_xml),
        cmocka_unit_test(query_calls_that_name_nothing_are_refused),
        cmocka_unit_test(a_presigned_get_is_a_query_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
