/* test_reviews.c - the file of reviewed sessions: what it keeps, and what it makes of rubbish.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tui/reviews.h"

struct place {
    char directory[64];
    char *path;
};

static int
make_place(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);

    snprintf(place->directory, sizeof place->directory, "/tmp/obsview-reviews-XXXXXX");
    if (mkdtemp(place->directory) == NULL)
        return -1;
    place->path = xasprintf("%s/state/reviews", place->directory); /* the directory is made */
    *state = place;
    return 0;
}

static int
drop_place(void **state)
{
    static const char *const names[] = { "state/reviews", "state/reviews.lock", "state/reviews.new",
                                         "state", "" };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = xasprintf("%s/%s", place->directory, names[i]);

        if (unlink(path) != 0)
            rmdir(path);
        free(path);
    }
    free(place->path);
    free(place);
    return 0;
}

static void
add(const struct place *place, const char *environment, const char *session, int64_t time_ms,
    const char *note)
{
    const struct review review = {
        .environment = environment, .session = session, .time_ms = time_ms, .note = note
    };
    struct err err = { 0 };

    assert_int_equal(reviews_add(place->path, &review, &err), OK);
}

static struct reviews *
load(const struct place *place)
{
    struct reviews *reviews = NULL;
    struct err err = { 0 };

    assert_int_equal(reviews_load(&reviews, place->path, &err), OK);
    return reviews;
}

static void
the_last_word_about_a_session_counts(void **state)
{
    const struct place *place = *state;
    struct reviews *r = load(place);
    struct stat at;

    assert_int_equal(reviews_count(r), 0); /* there is no file */
    reviews_free(r);
    add(place, "dev", "7", 1000, "first");
    add(place, "dev", "8", 2000, "a tab\tand a line\nin it");
    add(place, "dev", "7", 3000, "second");
    add(place, "prod", "7", 4000, "elsewhere");
    r = load(place);
    assert_int_equal(reviews_count(r), 3);
    assert_string_equal(reviews_find(r, "dev", "7")->note, "second");
    assert_string_equal(reviews_find(r, "dev", "8")->note, "a tab and a line in it");
    assert_string_equal(reviews_find(r, "prod", "7")->note, "elsewhere");
    assert_true(*reviews_find(r, "dev", "7")->by != '\0');
    assert_null(reviews_find(r, "prod", "8"));
    assert_int_equal(reviews_at(r, 0)->time_ms, 4000); /* the newest first */
    reviews_free(r);
    assert_int_equal(stat(place->path, &at), 0);
    assert_int_equal(at.st_mode & 0777, 0600);
}

static void
looks_only_go_forward(void **state)
{
    const struct place *place = *state;
    struct err err = { 0 };
    struct reviews *r;

    assert_int_equal(reviews_look(place->path, "dev", 500, &err), OK);
    assert_int_equal(reviews_look(place->path, "dev", 300, &err), OK);
    r = load(place);
    assert_int_equal(reviews_last_look_ms(r, "dev"), 500);
    assert_int_equal(reviews_last_look_ms(r, "prod"), 0);
    assert_int_equal(reviews_last_look_ms(NULL, "dev"), 0);
    reviews_free(r);
}

static void
ids_are_ids(void **state)
{
    static const char *const wrong[] = { "", "a b", "../x", "a\tb", "\x1b[2J", "\xc3\xa9" };
    const struct place *place = *state;
    char longest[REVIEW_SESSION + 2];
    struct err err;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct review review = { .environment = "dev", .session = wrong[i], .time_ms = 1 };

        assert_int_equal(reviews_add(place->path, &review, &err), E_INVALID);
    }
    memset(longest, '7', sizeof longest - 1);
    longest[REVIEW_SESSION + 1] = '\0';
    assert_false(review_is_session(longest));
    longest[REVIEW_SESSION] = '\0';
    assert_true(review_is_session(longest));
    assert_true(review_is_session("5b66e557-7ee1-454f-9ded-65086368abb0"));
}

static void
a_long_note_is_cut_between_characters(void **state)
{
    const struct place *place = *state;
    char note[REVIEW_NOTE + 40] = "";
    struct reviews *r;

    for (size_t i = 0; i + 3 < sizeof note; i += 2)
        memcpy(note + i + 1, "\xc3\xa9", 3); /* begins at an odd offset */
    note[0] = 'x';
    add(place, "dev", "7", 1, note);
    r = load(place);
    assert_int_equal(strlen(reviews_find(r, "dev", "7")->note), REVIEW_NOTE - 1);
    reviews_free(r);
}

static void
rubbish_is_passed_over(void **state)
{
    const struct place *place = *state;
    struct reviews *r;
    FILE *file;

    add(place, "dev", "7", 1, "good");
    file = fopen(place->path, "ae");
    assert_non_null(file);
    fputs("review\n\n\t\t\t\t\t\nreview\tdev\t8\tnever\tme\tnote\nreview\tdev\t9\t-5\tme\tnote\n"
          "review\tdev\t../x\t1\tme\tnote\nlook\tdev\nlook\tdev\t99999999999999999999\n"
          "reviews\tdev\t1\t1\tme\tnote\n",
          file);
    fwrite("review\tdev\t6\t1\tme\t\0\n", 1, 20, file);
    fclose(file);
    r = load(place);
    assert_non_null(reviews_find(r, "dev", "7"));
    assert_null(reviews_find(r, "dev", "8"));
    assert_null(reviews_find(r, "dev", "9"));
    assert_int_equal(reviews_last_look_ms(r, "dev"), 0);
    reviews_free(r);
}

/* Looks alone would make the file grow for ever. */
static void
the_file_stays_short(void **state)
{
    const struct place *place = *state;
    struct err err = { 0 };
    struct reviews *r;
    struct stat at;

    add(place, "dev", "7", 1, "kept");
    for (int64_t i = 1; i <= 20000; i++)
        assert_int_equal(reviews_look(place->path, "dev", i, &err), OK);
    assert_int_equal(stat(place->path, &at), 0);
    assert_true(at.st_size < 300 * 1024);
    r = load(place);
    assert_string_equal(reviews_find(r, "dev", "7")->note, "kept");
    assert_int_equal(reviews_last_look_ms(r, "dev"), 20000);
    reviews_free(r);
}

static void
several_processes_write_at_once(void **state)
{
    const struct place *place = *state;
    struct reviews *r;
    pid_t children[4];

    for (int child = 0; child < 4; child++) {
        children[child] = fork();
        if (children[child] != 0)
            continue;
        for (int i = 0; i < 100; i++) {
            char id[24];
            struct err err;
            const struct review review = {
                .environment = "dev", .session = id, .time_ms = 1, .by = "me"
            };

            snprintf(id, sizeof id, "%d-%d", child, i);
            if (reviews_add(place->path, &review, &err) != OK)
                _exit(1);
        }
        _exit(0);
    }
    for (int child = 0; child < 4; child++) {
        int status = 1;

        assert_int_equal(waitpid(children[child], &status, 0), children[child]);
        assert_int_equal(status, 0);
    }
    r = load(place);
    assert_int_equal(reviews_count(r), 400);
    reviews_free(r);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, drop_place)
    const struct CMUnitTest tests[] = {
        TEST(the_last_word_about_a_session_counts),
        TEST(looks_only_go_forward),
        TEST(ids_are_ids),
        TEST(a_long_note_is_cut_between_characters),
        TEST(rubbish_is_passed_over),
        TEST(the_file_stays_short),
        TEST(several_processes_write_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
