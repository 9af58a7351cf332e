/* test_settings.c - where a value comes from, and what is said about a slip.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/settings.h"

static char warned[400];

static void
remember(const char *sentence)
{
    snprintf(warned, sizeof warned, "%s", sentence);
}

static char config_path[64];

static int
write_config(const char *text)
{
    FILE *f = fopen(config_path, "w");

    if (f == NULL)
        return -1;
    fputs(text, f);
    warned[0] = '\0';
    return fclose(f);
}

static int
set_up(void **state)
{
    int fd;

    (void)state;
    snprintf(config_path, sizeof config_path, "/tmp/obsview-settings-XXXXXX");
    fd = mkstemp(config_path);
    if (fd < 0)
        return -1;
    close(fd);
    unsetenv("OBSVIEW_LISTEN");
    return setenv("OBSVIEW_CONFIG", config_path, 1);
}

static int
tear_down(void **state)
{
    (void)state;
    return unlink(config_path);
}

static void
flag_beats_variable_beats_section_beats_file_beats_default(void **state)
{
    struct settings *s = settings_new();
    struct err err;
    bool took;

    (void)state;
    assert_int_equal(
        write_config(
            "[default]\nlisten = file:1\nemf-listen = file:2\ntheme = dark\nrate-limit = 7\n"
            "[env prod]\nemf-listen = section:2\nlisten = section:1\n"
            "[env other]\ntheme = light\n"),
        0);
    setenv("OBSVIEW_LISTEN", "variable:1", 1);
    assert_int_equal(settings_set_flag(s, "env", "prod", &took, &err), OK);
    assert_int_equal(settings_set_flag(s, "rate-limit", "0", &took, &err), OK);
    assert_int_equal(settings_resolve(s, remember, &err), OK);
    assert_string_equal(settings_text(s, SET_LISTEN), "variable:1");
    assert_string_equal(settings_origin(s, SET_LISTEN), "variable OBSVIEW_LISTEN");
    assert_string_equal(settings_text(s, SET_EMF_LISTEN), "section:2");
    assert_string_equal(settings_text(s, SET_THEME), "dark");
    assert_int_equal(settings_int(s, SET_RATE_LIMIT), 0);
    assert_string_equal(settings_origin(s, SET_RATE_LIMIT), "flag");
    assert_int_equal(settings_int(s, SET_MAX_SIZE), 1073741824);
    assert_string_equal(settings_origin(s, SET_MAX_SIZE), "default");
    assert_string_equal(warned, "");
    unsetenv("OBSVIEW_LISTEN");
    settings_free(s);
}

static void
unknown_keys_warn_with_the_nearest(void **state)
{
    struct settings *s = settings_new();
    struct err err;

    (void)state;
    assert_int_equal(write_config("[default]\nlissen = x\n"), 0);
    assert_int_equal(settings_resolve(s, remember, &err), OK);
    assert_non_null(strstr(warned, "unknown key \"lissen\" (did you mean \"listen\"?)"));
    settings_free(s);
}

static void
wrong_values_name_place_and_expectation(void **state)
{
    static const struct {
        const char *config, *sentence;
    } cases[] = {
        { "[default]\nmouse = maybe\n", "mouse: expected on or off, got \"maybe\"" },
        { "[default]\nmax-size = 1 GB\n", "max-size: expected a size such as 64MiB or 1GiB" },
        { "[default]\nrate-limit = -1\n", "rate-limit: expected a whole number" },
        { "[default]\ntheme = pink\n",
          "theme: expected one of terminal, dark, light, high-contrast, mono" },
        { "[default]\nnonsense\n", "line 2: expected [section] or key = value" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings *s = settings_new();
        struct err err;

        assert_int_equal(write_config(cases[i].config), 0);
        assert_int_equal(settings_resolve(s, remember, &err), E_USAGE);
        assert_non_null(strstr(err.text, cases[i].sentence));
        assert_non_null(strstr(err.text, config_path));
        settings_free(s);
    }
}

static void
flags_are_checked_at_once(void **state)
{
    struct settings *s = settings_new();
    struct err err;
    bool took;

    (void)state;
    assert_int_equal(settings_set_flag(s, "lisen", "x", &took, &err), E_USAGE);
    assert_string_equal(err.text, "unknown option --lisen (did you mean --listen?)");
    assert_int_equal(settings_set_flag(s, "listen", NULL, &took, &err), E_USAGE);
    assert_string_equal(err.text, "--listen needs a value: --listen HOST:PORT");
    assert_int_equal(settings_set_flag(s, "demo", "x", &took, &err), OK);
    assert_false(took);
    assert_true(settings_bool(s, SET_DEMO));
    assert_int_equal(settings_set_flag(s, "no-demo", NULL, &took, &err), OK);
    assert_false(settings_bool(s, SET_DEMO));
    settings_free(s);
}

static void
lists_are_split_at_commas(void **state)
{
    struct settings *s = settings_new();
    const char *const *list;
    struct err err;
    bool took;

    (void)state;
    assert_null(settings_list(s, SET_ALLOW_ORIGIN));
    assert_int_equal(
        settings_set_flag(s, "allow-origin", "https://a.example, https://b.example", &took, &err),
        OK);
    list = settings_list(s, SET_ALLOW_ORIGIN);
    assert_string_equal(list[0], "https://a.example");
    assert_string_equal(list[1], "https://b.example");
    assert_null(list[2]);
    settings_free(s);
}

static void
pairs_are_one_a_flag_and_one_a_line(void **state)
{
    struct settings *s = settings_new();
    const char *const *list;
    struct err err;
    bool took;

    (void)state;
    setenv("OBSVIEW_DIM", "a=b\nc", 1);
    write_config("");
    assert_int_equal(settings_resolve(s, remember, &err), E_USAGE);
    setenv("OBSVIEW_DIM", "a=b\n\nc=d\n", 1);
    assert_int_equal(settings_resolve(s, remember, &err), OK);
    list = settings_list(s, SET_DIM);
    assert_string_equal(list[0], "a=b");
    assert_string_equal(list[1], "c=d");
    assert_null(list[2]);
    unsetenv("OBSVIEW_DIM");

    assert_int_equal(settings_set_flag(s, "dim", "a=one\ntwo=2\n", &took, &err), OK);
    assert_int_equal(settings_set_flag(s, "dim", "b=c", &took, &err), OK);
    list = settings_list(s, SET_DIM);
    assert_string_equal(list[0], "a=one\ntwo=2\n");
    assert_string_equal(list[1], "b=c");
    assert_null(list[2]);
    settings_free(s);
}

/* "--where $CONDITION" of a variable that is not set must not match everything. */
static void
a_flag_that_may_be_given_again_is_not_empty(void **state)
{
    struct settings *s = settings_new();
    struct err err;
    bool took;

    (void)state;
    assert_int_equal(settings_set_flag(s, "where", "", &took, &err), E_USAGE);
    assert_string_equal(err.text, "--where: expected NAME=TEXT, got nothing");
    assert_int_equal(settings_set_flag(s, "dim", "", &took, &err), E_USAGE);
    settings_free(s);
}

static void
every_row_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < SETTINGS; i++) {
        const struct setting_info *info = &setting_table[i];

        assert_non_null(info->key);
        assert_true(strlen(info->help) > 0);
        assert_true(info->commands != 0);
        assert_int_equal(info->argument == NULL, info->type == TYPE_BOOL);
        assert_int_equal(info->choices != NULL, info->type == TYPE_CHOICE);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(info->key, setting_table[j].key);
    }
    for (const struct command *c = commands; c->name != NULL; c++) {
        assert_true(strlen(c->help) > 0 && strlen(c->about) > 0);
        assert_non_null(c->run);
        assert_ptr_equal(command_find(c->name), c);
    }
}

static void
another_environment_can_be_chosen(void **state)
{
    struct settings *s = settings_new(), *other = NULL;
    struct err err = { 0 };
    char **names;
    bool took;

    (void)state;
    write_config("[default]\ntheme = light\n[env dev]\nprofile = dev\nregion = eu-west-1\n"
                 "[env prod]\nprofile = live\nenvironment = prod\n[env dev]\nrange = 15m\n");
    assert_int_equal(settings_set_flag(s, "profile", "mine", &took, &err), OK);
    assert_int_equal(settings_set_flag(s, "range", "3h", &took, &err), OK);
    setenv("OBSVIEW_REGION", "us-east-2", 1);
    assert_int_equal(settings_resolve(s, remember, &err), OK);
    names = settings_environments(s);
    assert_string_equal(names[0], "dev");
    assert_string_equal(names[1], "prod");
    assert_null(names[2]);
    settings_environments_free(names);
    assert_int_equal(settings_switch(&other, s, "prod", remember, &err), OK);
    assert_string_equal(settings_text(other, SET_ENV), "prod");
    assert_string_equal(settings_text(other, SET_PROFILE), "live"); /* no flag of before */
    assert_string_equal(settings_text(other, SET_ENVIRONMENT), "prod");
    assert_null(settings_text(other, SET_REGION)); /* nor a variable */
    assert_string_equal(settings_text(other, SET_RANGE), "3h");
    assert_string_equal(settings_text(other, SET_THEME), "light");
    settings_free(other);
    other = NULL;
    assert_int_equal(settings_switch(&other, s, "gone", remember, &err), E_USAGE);
    assert_null(other);
    assert_non_null(strstr(err.text, "[env gone]"));
    unsetenv("OBSVIEW_REGION");
    settings_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flag_beats_variable_beats_section_beats_file_beats_default),
        cmocka_unit_test(unknown_keys_warn_with_the_nearest),
        cmocka_unit_test(wrong_values_name_place_and_expectation),
        cmocka_unit_test(flags_are_checked_at_once),
        cmocka_unit_test(lists_are_split_at_commas),
        cmocka_unit_test(pairs_are_one_a_flag_and_one_a_line),
        cmocka_unit_test(a_flag_that_may_be_given_again_is_not_empty),
        cmocka_unit_test(another_environment_can_be_chosen),
        cmocka_unit_test(every_row_is_complete),
    };

    return cmocka_run_group_tests_name("settings", tests, set_up, tear_down);
}
