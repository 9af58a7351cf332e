/* test_openreplay_story.c - recordings told as a person would, and nothing told that should not be.
 * SPDX-License-Identifier: MIT
 *
 * What a story says of a capture stands in its story.txt; OBSVIEW_RECORD=1 writes those files anew.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/openreplay_mob.h"
#include "domain/openreplay_story.h"
#include "openreplay_captures.h"

#define STORY_MAX ((size_t)4 << 20)

static struct captures captures;

static int
load(void **state)
{
    (void)state;
    captures_load(&captures);
    return 0;
}

static int
unload(void **state)
{
    (void)state;
    captures_free(&captures);
    return 0;
}

struct told {
    struct arena *arena;
    struct openreplay_story *story;
    const struct openreplay_line *lines;
    size_t count;
    struct openreplay_summary summary;
};

static struct told
begin(size_t max_lines, bool reveal)
{
    struct told told = { .arena = arena_new() };

    told.story = openreplay_story_new(told.arena, max_lines, reveal);
    return told;
}

static void
end(struct told *told)
{
    told->lines = openreplay_story_lines(told->story, &told->count);
    openreplay_story_summary(told->story, &told->summary);
    openreplay_story_free(told->story);
}

static struct openreplay_fault
take(struct told *told, const struct capture_body *body)
{
    return openreplay_story_take(told->story, body->bytes, body->length, false);
}

static struct told
tell(const struct capture *capture, bool reveal)
{
    struct told told = begin(0, reveal);

    for (size_t i = 0; i < capture->body_count; i++)
        assert_int_equal(take(&told, &capture->bodies[i]).kind, OPENREPLAY_NO_FAULT);
    end(&told);
    return told;
}

static void
print_story(struct buf *b, const struct told *told)
{
    for (size_t i = 0; i < told->count; i++) {
        const struct openreplay_line *line = &told->lines[i];

        buf_addf(b, "%7.3f %.4s/%llu %s%s %s",
                 (double)(line->time_ms - told->summary.first_ms) / 1e3, line->tab,
                 (unsigned long long)line->page_no, openreplay_kind_name(line->kind),
                 line->severity == OPENREPLAY_FAILURE   ? "!"
                 : line->severity == OPENREPLAY_WARNING ? "?"
                                                        : "",
                 line->text);
        if (line->element != NULL)
            buf_addf(b, " [%s]", line->element);
        if (line->repeated > 1)
            buf_addf(b, " x%u", line->repeated);
        buf_addc(b, '\n');
    }
}

/* --- what is told ------------------------------------------------------------------------------
 */

static void
same_as_recorded(const char *name)
{
    const struct capture *capture = captures_find(&captures, name);
    struct told told = tell(capture, false);
    struct buf text;
    size_t length;
    char *recorded;

    buf_init(&text, STORY_MAX);
    print_story(&text, &told);
    if (getenv("OBSVIEW_RECORD") != NULL) {
        char *path = xasprintf("%s/story.txt", capture->directory);
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fwrite(text.data, 1, text.len, file);
        fclose(file);
        free(path);
    }
    recorded = captures_read(capture->directory, "story.txt", &length);
    assert_string_equal(text.data, recorded);
    free(recorded);
    buf_fini(&text);
    arena_free(told.arena);
}

static void
recordings_read_as_their_scripts_went(void **state)
{
    (void)state;
    same_as_recorded("v14-alltypes");
    same_as_recorded("v18-default-p2");
    same_as_recorded("v19-coldstart");
    same_as_recorded("v19-default-p1"); /* two tabs */
    same_as_recorded("v19-rules-p1");
}

/* The lines of the script, in its order, whatever the tracker and the protocol. */
static void
every_tracker_tells_the_same(void **state)
{
    static const char *const names[] = { "v14-alltypes",   "v16-alltypes",    "v17-default",
                                         "v18-default-p2", "v19-alltypes-p2", "v19-default-p1",
                                         "v19-default-p2", "v19-gzip-p1",     "v19-leak-p2",
                                         "v19-rules-p1" };
    static const struct {
        enum openreplay_kind kind;
        const char *text;
    } script[] = {
        { OPENREPLAY_PAGE, "/?scen=" },
        { OPENREPLAY_CLICK, "ame" },
        { OPENREPLAY_INPUT, "ame" },
        { OPENREPLAY_INPUT, "pass hidden" },
        { OPENREPLAY_INPUT, "agree checked" },
        { OPENREPLAY_CLICK, "log" },
        { OPENREPLAY_CONSOLE, "error: bad" },
        { OPENREPLAY_CLICK, "net" },
        { OPENREPLAY_NETWORK, "xhr GET /api" },
        { OPENREPLAY_ERROR, "TypeError: thrown" },
        { OPENREPLAY_ERROR, "Error: rejected" },
        { OPENREPLAY_CLICK, "#spa" },
        { OPENREPLAY_PAGE, "(route)" },
        { OPENREPLAY_CLICK, "at 50 %" },
        { OPENREPLAY_ISSUE, "click_rage" },
        { OPENREPLAY_PAGE, "\"Capture page\"" },
        { OPENREPLAY_CLICK, "log" },
    };

    (void)state;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct told told = tell(captures_find(&captures, names[n]), false);
        size_t at = 0;

        for (size_t i = 0; i < told.count && at < sizeof script / sizeof *script; i++)
            at += told.lines[i].kind == script[at].kind &&
                  strstr(told.lines[i].text, script[at].text) != NULL;
        if (at < sizeof script / sizeof *script)
            fail_msg("%s: \"%s\" is not told", names[n], script[at].text);
        arena_free(told.arena);
    }
}

static void
lines_are_in_order_and_say_where_they_are_from(void **state)
{
    (void)state;
    for (size_t c = 0; c < captures.count; c++) {
        const struct capture *capture = &captures.list[c];
        struct told told = tell(capture, false);

        assert_true(told.count > 5);
        for (size_t i = 0; i < told.count; i++) {
            const struct openreplay_line *line = &told.lines[i];

            assert_true(i == 0 || told.lines[i - 1].time_ms <= line->time_ms);
            assert_true(line->time_ms >= told.summary.first_ms);
            assert_true(line->time_ms <= told.summary.last_ms);
            assert_true(line->body < capture->body_count);
            assert_true(line->offset < capture->bodies[line->body].length);
            assert_true(line->kind > OPENREPLAY_NOISE && line->repeated >= 1);
            assert_true(line->text[0] != '\0' && line->page != NULL && line->tab != NULL);
        }
        arena_free(told.arena);
    }
}

static void
a_summary_counts_what_lists_show(void **state)
{
    struct told told = tell(captures_find(&captures, "v19-default-p1"), false);

    (void)state;
    assert_int_equal(told.summary.messages, 1338);
    assert_int_equal(told.summary.pages, 4);
    assert_int_equal(told.summary.clicks, 21);
    assert_int_equal(told.summary.errors, 3);
    assert_int_equal(told.summary.failed_requests, 1);
    assert_int_equal(told.summary.issues, 3);
    assert_int_equal(told.summary.tabs, 2);
    assert_int_equal(told.summary.faults, 0);
    assert_true(told.summary.has_analytics);
    assert_string_equal(told.summary.user_id, "user-42");
    assert_int_equal(told.summary.metadata_count, 2);
    assert_string_equal(told.summary.metadata[1].name, "tier");
    assert_string_equal(told.summary.metadata[1].value, "gold");
    assert_int_equal(told.summary.last_ms - told.summary.first_ms, 9957);
    arena_free(told.arena);
}

/* --- in which way the bodies come --------------------------------------------------------------
 */

static void
the_order_of_bodies_does_not_matter(void **state)
{
    struct buf straight, reversed;

    (void)state;
    buf_init(&straight, STORY_MAX);
    buf_init(&reversed, STORY_MAX);
    for (size_t c = 0; c < captures.count; c++) {
        const struct capture *capture = &captures.list[c];
        struct told first = tell(capture, false), second = begin(0, false);

        for (size_t i = capture->body_count; i-- > 0;) {
            take(&second, &capture->bodies[i]);
            take(&second, &capture->bodies[i]); /* a repeat */
        }
        end(&second);
        buf_clear(&straight);
        buf_clear(&reversed);
        print_story(&straight, &first);
        print_story(&reversed, &second);
        assert_string_equal(reversed.data, straight.data);
        assert_int_equal(second.summary.messages, first.summary.messages);
        arena_free(first.arena);
        arena_free(second.arena);
    }
    buf_fini(&straight);
    buf_fini(&reversed);
}

static unsigned
count_kind(const struct told *told, enum openreplay_kind kind)
{
    unsigned count = 0;

    for (size_t i = 0; i < told->count; i++)
        count += told->lines[i].kind == kind;
    return count;
}

/* The files of a bucket: no errors, vitals and events, but inputs by their samples. */
static void
files_of_a_bucket_tell_what_they_have(void **state)
{
    (void)state;
    for (size_t c = 0; c < captures.count; c++) {
        const struct capture *capture = &captures.list[c];
        struct told whole = tell(capture, false), files = begin(0, false), full = begin(0, false);

        for (enum openreplay_file file = 0; file < OPENREPLAY_FILES; file++) {
            struct buf bytes;

            buf_init(&bytes, STORY_MAX);
            openreplay_mob_begin(&bytes);
            for (size_t i = 0; i < capture->body_count; i++)
                openreplay_mob_add(&bytes, file, whole.summary.first_ms, capture->bodies[i].bytes,
                                   capture->bodies[i].length);
            openreplay_story_take(file == OPENREPLAY_FULL ? full.story : files.story, bytes.data,
                                  bytes.len, true);
            buf_fini(&bytes);
        }
        end(&files);
        end(&full);
        assert_int_equal(full.count, whole.count);
        assert_int_equal(full.summary.errors, whole.summary.errors);
        assert_false(files.summary.has_analytics);
        assert_int_equal(files.summary.errors, 0);
        assert_int_equal(files.summary.clicks, whole.summary.clicks);
        assert_int_equal(files.summary.pages, whole.summary.pages);
        assert_int_equal(files.summary.failed_requests, whole.summary.failed_requests);
        assert_int_equal(count_kind(&files, OPENREPLAY_NETWORK),
                         count_kind(&whole, OPENREPLAY_NETWORK));
        assert_int_equal(count_kind(&files, OPENREPLAY_VITAL), 0);
        if (count_kind(&whole, OPENREPLAY_INPUT) > 3)
            assert_true(count_kind(&files, OPENREPLAY_INPUT) > 3);
        arena_free(whole.arena);
        arena_free(files.arena);
        arena_free(full.arena);
    }
}

/* Each script clicked four times in haste, once. (In private mode all labels are stars, and the
 * tracker of 19 itself takes clicks on several things for rage.) */
static void
rage_is_told_once_by_tracker_or_by_us(void **state)
{
    static const char *const names[] = { "v14-alltypes",   "v16-alltypes",    "v17-default",
                                         "v18-default-p2", "v19-alltypes-p2", "v19-default-p1",
                                         "v19-rules-p1" };

    (void)state;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct told told = tell(captures_find(&captures, names[n]), false);
        unsigned rage = 0;

        for (size_t i = 0; i < told.count; i++) {
            const struct openreplay_line *line = &told.lines[i];

            if (line->kind != OPENREPLAY_ISSUE || strncmp(line->text, "click_rage", 10) != 0)
                continue;
            rage++;
            assert_non_null(strstr(line->text, "#obs {\"Count\":4}"));
            assert_int_equal(line->severity, OPENREPLAY_WARNING);
        }
        assert_int_equal(rage, 1);
        arena_free(told.arena);
    }
}

/* --- what is not told --------------------------------------------------------------------------
 */

/* What the scripts typed, selected, logged and sent. */
static const char *const planted[] = {
    "leak.user",  "(415) 555-0132", "415-555-0132", "7946 0958",      "078-05-1120", "4111 1111",
    "title.attr", "data.attr",      "secret.sel",   "prefilled.area", "opt.value",   "opt.text",
    "input.mail", "219-09-9999",    "555-0187",     "5500 0000",      "note.mail",   "console.leak",
    "err.leak",   "net.body",       "net.query",    "api.user",       "url.leak",    "tok999",
    "abc123",     "hunter2",        "Lovelace",     "1990-02-03",     "S3cr3tPw",    "@example",
    "%40example",
};

static bool
holds_planted(const char *text)
{
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
        if (text != NULL && strstr(text, planted[i]) != NULL)
            return true;
    return false;
}

static void
planted_values_are_nowhere(void **state)
{
    unsigned revealed = 0;

    (void)state;
    for (size_t c = 0; c < captures.count; c++) {
        struct told told = tell(&captures.list[c], false);

        for (size_t i = 0; i < told.count; i++) {
            const struct openreplay_line *line = &told.lines[i];

            if (holds_planted(line->text) || holds_planted(line->page) ||
                holds_planted(line->element) || holds_planted(line->tab))
                fail_msg("%s: %s [%s] %s", captures.list[c].name, line->text, line->element,
                         line->page);
        }
        arena_free(told.arena);
        told = tell(&captures.list[c], true);
        for (size_t i = 0; i < told.count; i++)
            revealed += holds_planted(told.lines[i].text);
        arena_free(told.arena);
    }
    assert_true(revealed > 40);
}

/* --- hostile ------------------------------------------------------------------------------------
 */

static void
stories_of_damaged_bodies_end(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (size_t c = 0; c < captures.count; c++) {
        const struct capture *capture = &captures.list[c];

        for (int round = 0; round < 30; round++) {
            struct told told = begin(500, round % 2 == 1);

            for (size_t i = 0; i < capture->body_count; i++) {
                const struct capture_body *body = &capture->bodies[i];
                unsigned char *copy = xmalloc(body->length);

                memcpy(copy, body->bytes, body->length);
                for (int flip = 0; flip < round; flip++) {
                    seed = seed * 6364136223846793005u + 1442695040888963407u;
                    copy[(seed >> 33) % body->length] = (unsigned char)(seed >> 24);
                }
                openreplay_story_take(told.story, copy, body->length, round % 3 == 0);
                free(copy);
            }
            end(&told);
            assert_true(told.count <= 500);
            for (size_t i = 1; i < told.count; i++)
                assert_true(told.lines[i - 1].time_ms <= told.lines[i].time_ms);
            arena_free(told.arena);
        }
    }
}

/* Each message of its own tab, page and segment, and more lines than are wanted. */
static void
there_are_bounds_to_everything(void **state)
{
    struct told told = begin(1000, false);
    struct buf body;

    (void)state;
    buf_init(&body, (size_t)16 << 20);
    for (unsigned i = 0; i < 200000; i++) {
        char id[8];

        snprintf(id, sizeof id, "%06u", i);
        buf_add(&body, "\x51\x01\x00\x00\x00\x00", 6);
        buf_add(&body, "\x76\x07\x00\x00\x06", 5);
        buf_add(&body, id, 6);
        buf_add(&body, "\x16\x06\x00\x00\x03log\x01x", 10); /* ConsoleLog */
        buf_add(&body,
                "\x12\x06\x00\x00\x01\x03"
                "abc\x00",
                10); /* SetInputValue */
    }
    assert_int_equal(openreplay_story_take(told.story, body.data, body.len, false).kind,
                     OPENREPLAY_NO_FAULT);
    end(&told);
    assert_true(told.count <= 1000);
    assert_int_equal(told.summary.messages, 800000);
    assert_true(told.summary.tabs <= 4096);
    assert_true(arena_used(told.arena) < ((size_t)64 << 20));
    arena_free(told.arena);
    buf_fini(&body);
}

static void
a_fault_is_counted_and_what_is_before_it_told(void **state)
{
    static const char body[] = "\x51\x01\x00\x00\x14\x00" /* BatchMetadata at 10 */
                               "\x16\x08\x00\x00\x05"
                               "error\x01x" /* ConsoleLog */
                               "\x16\x09\x00\x00\x05"
                               "error\x7fy";
    struct told told = begin(0, false);
    struct openreplay_fault fault;

    (void)state;
    fault = openreplay_story_take(told.story, body, sizeof body - 1, false);
    assert_int_equal(fault.kind, OPENREPLAY_TRUNCATED);
    assert_int_equal(openreplay_story_take(told.story, "", 0, false).kind, OPENREPLAY_NO_HEADER);
    end(&told);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.lines[0].text, "error: x");
    assert_int_equal(told.lines[0].severity, OPENREPLAY_FAILURE);
    assert_int_equal(told.lines[0].time_ms, 10);
    assert_int_equal(told.summary.faults, 2);
    arena_free(told.arena);
    told = begin(0, false);
    end(&told);
    assert_int_equal(told.count, 0);
    assert_int_equal(told.summary.messages, 0);
    arena_free(told.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recordings_read_as_their_scripts_went),
        cmocka_unit_test(every_tracker_tells_the_same),
        cmocka_unit_test(lines_are_in_order_and_say_where_they_are_from),
        cmocka_unit_test(a_summary_counts_what_lists_show),
        cmocka_unit_test(the_order_of_bodies_does_not_matter),
        cmocka_unit_test(files_of_a_bucket_tell_what_they_have),
        cmocka_unit_test(rage_is_told_once_by_tracker_or_by_us),
        cmocka_unit_test(planted_values_are_nowhere),
        cmocka_unit_test(stories_of_damaged_bodies_end),
        cmocka_unit_test(there_are_bounds_to_everything),
        cmocka_unit_test(a_fault_is_counted_and_what_is_before_it_told),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
