/* cmd_config.c - what the settings are, and why.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include <stdio.h>

int
cmd_config(struct invocation *inv)
{
    const struct settings *s = inv->settings;

    printf("# config file: %s\n", settings_config_path(s));
    for (int i = 0; i < SETTINGS; i++) {
        const char *value = settings_text(s, (enum setting)i);

        /* the one secret among the settings is named, never shown */
        if (i == SET_TOKEN && value != NULL)
            value = "(set)";
        printf("%-14s = %-24s # %s\n", setting_table[i].key, value == NULL ? "" : value,
               settings_origin(s, (enum setting)i));
    }
    return EXIT_OK;
}
