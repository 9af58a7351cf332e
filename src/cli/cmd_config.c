/* cmd_config.c - what the settings are, and why.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/start.h"
#include "domain/umami_env.h"

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

        printf("# %-21s = %-17s # %s\n", v->name,
               !is_set        ? ""
               : v->is_secret ? "(set)"
                              : value,
               v->help);
    }
    if (umami_env_read(&env, UMAMI_V3, getenv, &err) != OK)
        printf("# wrong: %s\n", err.text);
}

/* A database that nobody named is somewhere, too. */
static void
print_database(const struct settings *s)
{
    char *path = NULL;
    struct err err;

    if (settings_text(s, SET_DB) != NULL)
        return;
    if (start_database_path(&path, s, &err) == OK)
        printf(": %s", path);
    else
        printf(": %s", err.text);
    free(path);
}

int
cmd_config(struct invocation *inv)
{
    const struct settings *s = inv->settings;

    printf("# config file: %s\n", settings_config_path(s));
    for (int i = 0; i < SETTINGS; i++) {
        const char *value = settings_text(s, (enum setting)i);

        /* a secret is named, never shown */
        if ((i == SET_TOKEN || i == SET_UMAMI_SECRET) && value != NULL)
            value = "(set)";
        printf("%-19s = %-24s # %s", setting_table[i].key, value == NULL ? "" : value,
               settings_origin(s, (enum setting)i));
        if (i == SET_DB)
            print_database(s);
        putchar('\n');
    }
    print_umami();
    return EXIT_OK;
}
