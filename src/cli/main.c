/* main.c - reads the command line and runs one row of the command table.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMANDS_MOST 64

static void
warn(const char *sentence)
{
    command_say(stderr, "obsview: warning: %s", sentence);
}

/* Reads "--name", "--name=value" or "--name value" at argv[*at]; moves *at over what it used. */
static enum status
read_option(struct settings *s, char **argv, int *at, struct err *err)
{
    char *name = argv[*at] + 2, *equals = strchr(name, '=');
    const char *value = equals != NULL ? equals + 1 : argv[*at + 1];
    char *bare = xstrndup(name, equals != NULL ? (size_t)(equals - name) : strlen(name));
    bool took;
    enum status st = settings_set_flag(s, bare, value, &took, err);

    if (st == OK && equals != NULL && !took)
        st = err_set(err, E_USAGE, "--%s takes no value", bare);
    if (took && equals == NULL)
        (*at)++;
    free(bare);
    return st;
}

static const struct command *
unknown_command(const char *word, struct err *err)
{
    const char *names[COMMANDS_MOST] = { NULL };
    const char *near;
    size_t n = 0;

    for (const struct command *c = commands; c->name != NULL && n + 1 < COMMANDS_MOST; c++) {
        if (*c->name != '\0')
            names[n++] = c->name;
    }
    near = text_nearest(word, names);
    err_set(err, E_USAGE,
            near == NULL ? "unknown command \"%s\"; see obsview help"
                         : "unknown command \"%s\" (did you mean \"%s\"?)",
            word, near);
    return NULL;
}

/* Behind `run` the first word that is no option is the command to run, and all behind it is its
 * own, as with nice(1) and its like. */
static bool
is_a_command(const struct command *cmd, const char *word)
{
    return cmd->settings == FOR_RUN && *word != '-';
}

/* Fills `inv` and finds the command; NULL with `err` set when the line makes no sense. */
static const struct command *
read_line(struct invocation *inv, int argc, char **argv, struct err *err)
{
    const struct command *cmd = NULL;
    double number;

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (cmd != NULL && (strcmp(word, "--") == 0 || is_a_command(cmd, word))) {
            for (i += strcmp(word, "--") == 0; i < argc; i++)
                inv->arguments[inv->argument_count++] = argv[i];
            break;
        }
        if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
            if (cmd != NULL && *cmd->name != '\0') {
                inv->arguments[0] = cmd->name;
                inv->argument_count = 1;
            } else {
                inv->argument_count = 0;
            }
            return command_find("help");
        }
        if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
            return command_find("version");
        if (strncmp(word, "--", 2) == 0 && word[2] != '\0') {
            if (read_option(inv->settings, argv, &i, err) != OK)
                return NULL;
        } else if (*word == '-' && word[1] != '\0' && !text_parse_double(&number, word)) {
            err_set(err, E_USAGE, "unknown option %s; options are written --name", word);
            return NULL;
        } else if (cmd == NULL) {
            cmd = command_find(word);
            if (cmd == NULL || *word == '\0')
                return unknown_command(word, err);
        } else
            inv->arguments[inv->argument_count++] = argv[i];
    }
    if (cmd == NULL)
        cmd = command_find("");
    if (inv->argument_count > cmd->max_arguments) {
        err_set(err, E_USAGE, "%s takes no argument \"%s\"; see obsview help %s",
                *cmd->name == '\0' ? "obsview" : cmd->name, inv->arguments[cmd->max_arguments],
                cmd->name);
        return NULL;
    }
    return cmd;
}

/* A value of a choice may be one that others have, but not this command. */
static enum status
check_choice(const struct command *cmd, enum setting which, const struct settings *s,
             struct err *err)
{
    const char *const *choices = setting_choices(which, cmd->settings);
    const char *value = settings_text(s, which);
    char known[160] = "";

    for (const char *const *c = choices; c != NULL && *c != NULL; c++) {
        if (strcmp(*c, value) == 0)
            return OK;
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
                 c == choices   ? ""
                 : c[1] == NULL ? " or "
                                : ", ",
                 *c);
    }
    return choices == NULL ? OK
                           : err_set(err, E_USAGE, "--%s %s: expected %s for %s",
                                     setting_table[which].key, value, known, cmd->name);
}

/* A flag that the command does not take is a mistake worth a sentence; variables and the file serve
 * all commands. */
static enum status
check_flags(const struct command *cmd, const struct settings *s, struct err *err)
{
    for (int i = 0; i < SETTINGS; i++) {
        if (strcmp(settings_origin(s, (enum setting)i), "flag") != 0 || cmd->settings == 0)
            continue;
        if ((setting_table[i].commands & cmd->settings) == 0)
            return err_set(err, E_USAGE, "%s does not take --%s; see obsview help %s", cmd->name,
                           setting_table[i].key, cmd->name);
        if (check_choice(cmd, (enum setting)i, s, err) != OK)
            return E_USAGE;
    }
    return OK;
}

int
main(int argc, char **argv)
{
    struct invocation inv = { .settings = settings_new() };
    struct err err = { 0 };
    const struct command *cmd;
    int code;

    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC,
              "C"); /* numbers on our wires have a point, whatever the user's language */
    inv.ignores_pipes = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    /* a file that gets too large is an error like a full disk */
    inv.ignores_sizes = signal(SIGXFSZ, SIG_IGN) == SIG_IGN;
    inv.arguments = xcalloc((size_t)argc + 1, sizeof *inv.arguments);
    cmd = read_line(&inv, argc, argv, &err);
    if (cmd == NULL || check_flags(cmd, inv.settings, &err) != OK ||
        (cmd->settings != 0 && settings_resolve(inv.settings, warn, &err) != OK))
        code = command_fail(&err);
    else
        code = cmd->run(&inv);
    if (fflush(stdout) != 0 && code == EXIT_OK) {
        if (errno != EPIPE) /* who closed a pipe has seen enough */
            command_say(stderr, "obsview: standard output: %s", strerrordesc_np(errno));
        code = EXIT_UNREACHABLE;
    }
    free(inv.arguments);
    settings_free(inv.settings);
    return code;
}
