/* usage.h - the tables of commands and settings as help, completions and manual pages.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_USAGE_H
#define OV_CLI_USAGE_H

#include "cli/command.h"

#include <stdbool.h>
#include <stdio.h>

/* "  left      right", the right part in as many lines as it needs. */
void usage_print_row(FILE *to, const char *left, const char *right);
void usage_print_overview(FILE *to);
void usage_print_command(FILE *to, const struct command *cmd);
/* false: no such shell. */
bool usage_print_completion(FILE *to, const char *shell);
/* mdoc(7) lists, for the manual pages: "Nm/Op" synopsis and "It Fl" options; all keys for
 * obsview-config(5). */
void usage_print_mdoc_synopsis(FILE *to, const struct command *cmd);
void usage_print_mdoc_options(FILE *to, const struct command *cmd);
void usage_print_mdoc_keys(FILE *to);
void usage_print_mdoc_commands(FILE *to);
void usage_print_mdoc_screen(FILE *to);   /* the keys of the screen */
void usage_print_mdoc_recorded(FILE *to); /* those of a recording that is played */

#endif
