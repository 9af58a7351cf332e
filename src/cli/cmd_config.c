/* cmd_config.c - what the settings are, and why.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/start.h"
#include "domain/umami_env.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

/* As comments: they are none of this file's settings. */
static void
print_umami(void)
{
    const struct umami_variable *v;
    struct umami_env env;
    struct err err;

    puts("# variables by which Umami is configured, of which the emulator takes these:");
    for (size_t i = 0; (v = umami_variable(i)) != NULL; i++) {
        const char *value = getenv(v->name);
        bool is_set = value != NULL && *value != '\0';

        command_say(stdout, "# %-21s = %-17s # %s", v->name,
                    !is_set        ? ""
                    : v->is_secret ? "(set)"
                                   : value,
                    v->help);
    }
    if (umami_env_read(&env, UMAMI_V3, getenv, &err) != OK)
        printf("# wrong: %s\n", err.text);
}

/* Why a setting is as it is; of a database that nobody named, where it is, too. The caller's. */
static char *
origin_of(const struct settings *s, enum setting id)
{
    const char *origin = settings_origin(s, id);
    char *path = NULL, *text;
    struct err err;

    if (id != SET_DB || settings_text(s, SET_DB) != NULL)
        return xstrdup(origin);
    if (start_database_path(&path, s, &err) == OK)
        text = xasprintf("%s: %s", origin, path);
    else
        text = xasprintf("%s: %s", origin, err.text);
    free(path);
    return text;
}

/* Each thing of a list that was given again and again. */
static void
print_setting(const char *key, const char *value, const char *origin)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\n')
            buf_adds(&line, ", ");
        else
            buf_addc(&line, *at);
    }
    command_say(stdout, "%-19s = %-24s # %s", key, line.data == NULL ? "" : line.data, origin);
    buf_fini(&line);
}

int
cmd_config(struct invocation *inv)
{
    const struct settings *s = inv->settings;

    command_say(stdout, "# config file: %s", settings_config_path(s));
    for (int i = 0; i < SETTINGS; i++) {
        const char *value = settings_text(s, (enum setting)i);
        char *origin = origin_of(s, (enum setting)i);

        /* a secret is named, never shown */
        if ((i == SET_TOKEN || i == SET_UMAMI_SECRET) && value != NULL)
            value = "(set)";
        print_setting(setting_table[i].key, value == NULL ? "" : value, origin);
        free(origin);
    }
    print_umami();
    return EXIT_OK;
}
