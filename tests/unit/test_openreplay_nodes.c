/* test_openreplay_nodes.c - the tree of recorded pages names its elements.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "domain/openreplay_batch.h"
#include "domain/openreplay_nodes.h"
#include "openreplay_captures.h"

#define T(s)                          \
    {                                 \
        .text = {(s), sizeof(s) - 1 } \
    }
#define U(n)     \
    {            \
        .u = (n) \
    }

struct page {
    struct openreplay_nodes *nodes;
    struct buf said;
};

static int
begin(void **state)
{
    struct page *page = xcalloc(1, sizeof *page);

    page->nodes = openreplay_nodes_new();
    buf_init(&page->said, 4096);
    *state = page;
    return 0;
}

static int
end(void **state)
{
    struct page *page = *state;

    openreplay_nodes_free(page->nodes);
    buf_fini(&page->said);
    free(page);
    return 0;
}

static void
take(struct page *page, uint64_t id, const union openreplay_value *values)
{
    struct openreplay_message message = { .id = id, .layout = openreplay_layout(id) };

    assert_non_null(message.layout);
    if (values != NULL)
        memcpy(message.values, values, message.layout->field_count * sizeof *values);
    openreplay_nodes_take(page->nodes, &message);
}
#define TAKE(page, id, ...) take(page, id, (const union openreplay_value[]){ __VA_ARGS__ })

static const char *
describe(struct page *page, uint64_t id)
{
    buf_clear(&page->said);
    openreplay_nodes_describe(page->nodes, id, &page->said);
    return page->said.data;
}

static void
elements_have_tag_id_class_and_name(void **state)
{
    struct page *page = *state;

    take(page, OPENREPLAY_CREATE_DOCUMENT, NULL);
    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(7), U(0), U(0), T("INPUT"), { .b = false });
    assert_string_equal(describe(page, 7), "input");
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(7), T("id"), T("email"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(7), T("class"), T("  field wide third "));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(7), T("name"), T("e\x1b[31m"));
    assert_string_equal(describe(page, 7), "input#email.field.wide[name=e\xef\xbf\xbd[31m]");
    TAKE(page, OPENREPLAY_REMOVE_ATTRIBUTE, U(7), T("name"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(7), T("class"), T(""));
    assert_string_equal(describe(page, 7), "input#email");
    TAKE(page, OPENREPLAY_CREATE_TEXT, U(8), U(7), U(0));
    assert_string_equal(describe(page, 8), "input#email › text");
    TAKE(page, OPENREPLAY_MOVE_NODE, U(8), U(0), U(0));
    assert_string_equal(describe(page, 8), "html › text");
    TAKE(page, OPENREPLAY_REMOVE_NODE, U(7));
    assert_string_equal(describe(page, 7), "node 7");
    assert_string_equal(describe(page, UINT64_MAX), "node 18446744073709551615");
    take(page, OPENREPLAY_CREATE_DOCUMENT, NULL);
    assert_string_equal(describe(page, 8), "node 8");
}

static void
three_generations_of_dictionaries(void **state)
{
    struct page *page = *state;

    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(1), U(0), U(0), T("P"), { .b = false });
    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(2), U(0), U(0), T("P"), { .b = false });
    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(3), U(0), U(0), T("P"), { .b = false });
    TAKE(page, OPENREPLAY_STRING_DICT_OLD, U(1), T("id"));
    TAKE(page, OPENREPLAY_STRING_DICT_OLD, U(2), T("old"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE_DICT_OLD, U(1), U(1), U(2));
    TAKE(page, OPENREPLAY_STRING_DICT, T("0_1"), T("id"));
    TAKE(page, OPENREPLAY_STRING_DICT, T("0_2"), T("mid"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE_DICT, U(2), T("0_1"), T("0_2"));
    TAKE(page, OPENREPLAY_STRING_DICT_GLOBAL, U(953928327520000), T("id"));
    TAKE(page, OPENREPLAY_STRING_DICT_GLOBAL, U(953928327520001), T("new"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL, U(3), U(953928327520000), U(953928327520001));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL, U(3), U(953928327520001), U(5));
    assert_string_equal(describe(page, 1), "p#old");
    assert_string_equal(describe(page, 2), "p#mid");
    assert_string_equal(describe(page, 3), "p#new");
    openreplay_nodes_clear(page->nodes);
    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(1), U(0), U(0), T("P"), { .b = false });
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE_DICT_OLD, U(1), U(1), U(2));
    assert_string_equal(describe(page, 1), "p");
}

static void
roots_of_frames_and_shadow_trees_hang_below_their_hosts(void **state)
{
    struct page *page = *state;
    struct openreplay_node node;

    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(4), U(0), U(0), T("IFRAME"), { .b = false });
    TAKE(page, OPENREPLAY_CREATE_ROOT, U(4), U(5));
    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(6), U(5), U(0), T("BODY"), { .b = false });
    assert_true(openreplay_nodes_find(page->nodes, 6, &node));
    assert_int_equal(node.parent, 5);
    assert_true(openreplay_nodes_find(page->nodes, node.parent, &node));
    assert_int_equal(node.parent, 4);
    assert_false(openreplay_nodes_find(page->nodes, 7, &node));
}

static void
what_is_hostile_is_cut_or_left_out(void **state)
{
    struct page *page = *state;
    struct openreplay_node node;
    char *name = xcalloc(1, 2000);
    const char *value;

    memset(name, 'x', 1999);
    TAKE(page, OPENREPLAY_CREATE_ELEMENT, U(1), U(1), U(0), T("a\0b"), { .b = false });
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(1), T("id\0x"), T("nul"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(1), { .text = { name, 1999 } }, T("too long a name"));
    TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(1), T("id"), { .text = { name, 1999 } });
    for (char c = 'A'; c <= 'z'; c++)
        for (int i = 0; i < 2; i++)
            TAKE(page, OPENREPLAY_SET_ATTRIBUTE, U(1), { .text = { &c, 1 } }, T("one of many"));
    assert_true(openreplay_nodes_find(page->nodes, 1, &node));
    assert_true(node.attribute_count <= OPENREPLAY_ATTRIBUTES_MAX);
    value = openreplay_node_attribute(&node, "id");
    assert_non_null(value);
    assert_true(strlen(value) <= OPENREPLAY_ATTRIBUTE_MAX);
    assert_true(strlen(describe(page, 1)) <= 120);
    for (uint64_t id = 2; id < OPENREPLAY_NODES_MAX + 10; id++)
        TAKE(page, OPENREPLAY_CREATE_TEXT, U(id), U(1), U(0));
    assert_true(openreplay_nodes_find(page->nodes, OPENREPLAY_NODES_MAX, &node));
    assert_false(openreplay_nodes_find(page->nodes, OPENREPLAY_NODES_MAX + 1, &node));
    free(name);
}

/* Every click and committed field of a capture is on an element that can be named. */
static void
recorded_clicks_have_names(void **state)
{
    struct page *page = *state;
    struct captures captures;
    unsigned named = 0;

    captures_load(&captures);
    for (size_t c = 0; c < captures.count; c++) {
        if (strstr(captures.list[c].name, "-p2") != NULL)
            continue; /* several streams: the story puts them in order */
        openreplay_nodes_clear(page->nodes);
        for (size_t i = 0; i < captures.list[c].body_count; i++) {
            const struct capture_body *body = &captures.list[c].bodies[i];
            struct openreplay_message message;
            struct openreplay_reader reader;

            openreplay_reader_init(&reader, body->bytes, body->length);
            while (openreplay_reader_next(&reader, &message)) {
                openreplay_nodes_take(page->nodes, &message);
                if (message.id != OPENREPLAY_MOUSE_CLICK || message.values[0].u > 1000)
                    continue;
                assert_null(strstr(describe(page, message.values[0].u), "node"));
                named++;
            }
        }
    }
    print_message("%u clicks\n", named);
    assert_true(named > 100);
    captures_free(&captures);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(elements_have_tag_id_class_and_name, begin, end),
        cmocka_unit_test_setup_teardown(three_generations_of_dictionaries, begin, end),
        cmocka_unit_test_setup_teardown(roots_of_frames_and_shadow_trees_hang_below_their_hosts,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_is_hostile_is_cut_or_left_out, begin, end),
        cmocka_unit_test_setup_teardown(recorded_clicks_have_names, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
