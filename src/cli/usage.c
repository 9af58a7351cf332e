/* usage.c - one text generator per reader: a person, a shell, mandoc.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/usage.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/check/checks.h"
#include "tui/keymap.h"
#include "tui/view.h"

#include <stdlib.h>
#include <string.h>

#define OPTION_COLUMN 28
#define LINE_COLUMNS  80
#define MORE_MAX      1024

static bool
takes(const struct command *cmd, int which)
{
    return (setting_table[which].commands & cmd->settings) != 0;
}

/* Words in lines that end before LINE_COLUMNS; the first begins at `at`, the others at `column`. */
static void
print_filled(FILE *to, int at, int column, const char *text)
{
    bool is_first = true;

    while (*text != '\0') {
        int len = (int)strcspn(text, " \n");

        if (!is_first && at + 1 + len > LINE_COLUMNS) {
            fprintf(to, "\n%*s", column, "");
            at = column;
        } else if (!is_first)
            at += fprintf(to, " ");
        at += fprintf(to, "%.*s", len, text);
        is_first = false;
        text += len;
        text += strspn(text, " \n");
    }
    fputc('\n', to);
}

void
usage_print_row(FILE *to, const char *left, const char *right)
{
    int pad = OPTION_COLUMN - (int)strlen(left);
    int at = fprintf(to, "  %s%*s", left, pad > 2 ? pad : 2, "");

    print_filled(to, at, OPTION_COLUMN + 2, right);
}

void
usage_print_overview(FILE *to)
{
    fprintf(to, "usage: obsview [command] [options]\n\n"
                "Emulates the observability stack of a serverless web app, and shows it live.\n\n");
    for (const struct command *c = commands; c->name != NULL; c++)
        usage_print_row(to, *c->name == '\0' ? "(no command)" : c->name, c->help);
    fprintf(to, "\nSee obsview help COMMAND for its options.\n");
}

static void
print_option(FILE *to, const struct command *cmd, int which)
{
    const char *const *choices = setting_choices((enum setting)which, cmd->settings);
    const struct setting_info *info = &setting_table[which];
    char left[80], variable[64];
    struct buf more;

    settings_variable((enum setting)which, variable);
    snprintf(left, sizeof left, "--%s%s%s", info->key, info->argument == NULL ? "" : " ",
             info->argument == NULL ? "" : info->argument);
    usage_print_row(to, left, info->help);
    buf_init(&more, MORE_MAX);
    buf_adds(&more, variable);
    if (info->otherwise != NULL)
        buf_addf(&more, ", default %s", info->otherwise);
    if (choices != NULL) {
        buf_adds(&more, "; one of");
        for (const char *const *c = choices; *c != NULL; c++)
            buf_addf(&more, " %s", *c);
    }
    usage_print_row(to, "", more.data);
    buf_fini(&more);
}

/* What stands behind an empty line is a table, and printed as it is. */
static void
print_about(FILE *to, const char *about)
{
    const char *table = strstr(about, "\n\n");
    char *text = table == NULL ? xstrdup(about) : xstrndup(about, (size_t)(table - about));

    print_filled(to, 0, 0, text);
    if (table != NULL)
        fprintf(to, "%s\n", table + 1);
    free(text);
}

void
usage_print_command(FILE *to, const struct command *cmd)
{
    fprintf(to, "usage: obsview%s%s%s%s%s\n\n", *cmd->name == '\0' ? "" : " ", cmd->name,
            cmd->settings == 0 ? "" : " [options]", *cmd->arguments == '\0' ? "" : " ",
            cmd->arguments);
    print_about(to, cmd->about);
    if (cmd->settings == 0)
        return;
    fputs("\noptions (each also a variable, and a key of the config file):\n", to);
    for (int i = 0; i < SETTINGS; i++) {
        if (takes(cmd, i))
            print_option(to, cmd, i);
    }
    fputs("\nexit codes: 0 ok, 1 finding, 2 usage, 3 cannot reach or read\n", to);
}

/* --- completions
 * ------------------------------------------------------------------------------------------------
 */

static void
print_words(FILE *to, const char *const *words)
{
    for (const char *const *w = words; *w != NULL; w++)
        fprintf(to, "%s%s", w == words ? "" : " ", *w);
}

static void
print_command_names(FILE *to)
{
    for (const struct command *c = commands + 1; c->name != NULL; c++)
        fprintf(to, "%s%s", c == commands + 1 ? "" : " ", c->name);
}

/* The words of "stat|verify FILE...|redact IN OUT"; what is to be replaced has capitals. */
static void
print_alternatives(FILE *to, const char *arguments)
{
    const char *between = "";

    while (*arguments != '\0') {
        size_t word = strspn(arguments, "abcdefghijklmnopqrstuvwxyz");

        if (word > 0)
            fprintf(to, "%s%.*s", between, (int)word, arguments);
        between = word > 0 ? " " : between;
        arguments += strcspn(arguments, "|");
        arguments += *arguments == '|';
    }
}

/* What may stand behind a command that is no option. */
static void
print_arguments(FILE *to, const struct command *cmd)
{
    if (strcmp(cmd->name, "help") == 0) {
        print_command_names(to);
        fputs(" aws checks", to);
    } else if (strcmp(cmd->name, "check") == 0) {
        for (const struct check *c = checks; c->name != NULL; c++)
            fprintf(to, "%s%s", c == checks ? "" : " ", c->name);
    } else if (strcmp(cmd->name, "report") == 0 || strcmp(cmd->name, "iam-policy") == 0) {
        for (size_t i = 0; views[i] != NULL; i++)
            fprintf(to, "%s%s", i == 0 ? "" : " ", views[i]->name);
    } else
        print_alternatives(to, cmd->arguments);
}

/* Its first argument is a word, and a file may follow it. */
static bool
takes_file(const struct command *cmd)
{
    return strstr(cmd->arguments, "FILE") != NULL;
}

static bool
is_file(int which)
{
    const char *argument = setting_table[which].argument;

    return which == SET_DB || (argument != NULL && strstr(argument, "FILE") != NULL);
}

/* Those of a choice that not all commands offer alike. */
static bool
differs(int which)
{
    return which == SET_FORMAT;
}

static void
complete_bash_choices(FILE *to, const char *command, int which, const char *const *choices)
{
    fprintf(to, "    '%s --%s') COMPREPLY=($(compgen -W '", command, setting_table[which].key);
    print_words(to, choices);
    fputs("' -- \"$cur\")); return ;;\n", to);
}

/* By command and option, those that one command has in its own way. */
static void
complete_bash_different(FILE *to)
{
    fputs("    case \"$cmd $prev\" in\n", to);
    for (const struct command *c = commands + 1; c->name != NULL; c++) {
        for (int i = 0; i < SETTINGS; i++) {
            if (differs(i) && takes(c, i))
                complete_bash_choices(to, c->name, i,
                                      setting_choices((enum setting)i, c->settings));
        }
    }
    fputs("    esac\n", to);
}

static void
complete_bash(FILE *to)
{
    fputs("# bash completion for obsview\n_obsview()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w\n"
          "    for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        case $w in -*) ;; *) cmd=$w; break ;; esac\n    done\n",
          to);
    complete_bash_different(to);
    fputs("    case $prev in\n", to);
    for (int i = 0; i < SETTINGS; i++) {
        if (setting_table[i].choices == NULL || differs(i))
            continue;
        fprintf(to, "    --%s) COMPREPLY=($(compgen -W '", setting_table[i].key);
        print_words(to, setting_table[i].choices);
        fputs("' -- \"$cur\")); return ;;\n", to);
    }
    for (int i = 0; i < SETTINGS; i++) {
        if (is_file(i))
            fprintf(to, "    --%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n",
                    setting_table[i].key);
    }
    fputs("    esac\n    case $cmd in\n", to);
    for (const struct command *c = commands; c->name != NULL; c++) {
        fprintf(to, "    '%s') ", c->name);
        if (takes_file(c))
            fprintf(
                to,
                "if [ \"$prev\" != %s ]; then COMPREPLY=($(compgen -f -- \"$cur\")); return; fi; ",
                c->name);
        fputs("COMPREPLY=($(compgen -W '", to);
        if (*c->name == '\0')
            print_command_names(to);
        print_arguments(to, c);
        for (int i = 0; i < SETTINGS; i++) {
            if (takes(c, i))
                fprintf(to, " --%s", setting_table[i].key);
        }
        fputs("' -- \"$cur\")) ;;\n", to);
    }
    fputs("    esac\n}\ncomplete -F _obsview obsview\n", to);
}

/* zsh reads "name[help]:argument:action"; a quote would end the word. */
static void
print_zsh_help(FILE *to, const char *help)
{
    for (const char *p = help; *p != '\0'; p++) {
        if (*p == '\'')
            fputs("'\\''", to);
        else if (*p == '[' || *p == ']' || *p == ':')
            fprintf(to, "\\%c", *p);
        else
            fputc(*p, to);
    }
}

static void
complete_zsh_different(FILE *to)
{
    for (int i = 0; i < SETTINGS; i++) {
        if (!differs(i))
            continue;
        fprintf(to, "_obsview_%s() {\n  case $words[2] in\n", setting_table[i].key);
        for (const struct command *c = commands + 1; c->name != NULL; c++) {
            if (!takes(c, i))
                continue;
            fprintf(to, "  %s) compadd ", c->name);
            print_words(to, setting_choices((enum setting)i, c->settings));
            fputs(" ;;\n", to);
        }
        fputs("  esac\n}\n", to);
    }
}

static void
complete_zsh(FILE *to)
{
    fputs("#compdef obsview\n_obsview() {\n  local -a commands\n  commands=(\n", to);
    for (const struct command *c = commands + 1; c->name != NULL; c++) {
        fprintf(to, "    '%s:", c->name);
        print_zsh_help(to, c->help);
        fputs("'\n", to);
    }
    fputs("  )\n  _arguments '1: :{_describe command commands}' '*: :_obsview_arguments' \\\n", to);
    for (int i = 0; i < SETTINGS; i++) {
        fprintf(to, "    '--%s[", setting_table[i].key);
        print_zsh_help(to, setting_table[i].help);
        fputs("]", to);
        if (differs(i))
            fprintf(to, ":%s:_obsview_%s", setting_table[i].key, setting_table[i].key);
        else if (setting_table[i].choices != NULL) {
            fprintf(to, ":%s:(", setting_table[i].key);
            print_words(to, setting_table[i].choices);
            fputs(")", to);
        } else if (setting_table[i].argument != NULL)
            fprintf(to, ":%s:%s", setting_table[i].key, is_file(i) ? "_files" : "");
        fputs("' \\\n", to);
    }
    fputs("    '--help[explain]'\n}\n", to);
    complete_zsh_different(to);
    fputs("_obsview_arguments() {\n  case $words[2] in\n", to);
    for (const struct command *c = commands + 1; c->name != NULL; c++) {
        if (*c->arguments == '\0')
            continue;
        fprintf(to, "  %s) ", c->name);
        if (takes_file(c))
            fputs("if (( CURRENT > 3 )); then _files; return; fi; ", to);
        fputs("compadd ", to);
        print_arguments(to, c);
        fputs(" ;;\n", to);
    }
    fputs("  esac\n}\n_obsview \"$@\"\n", to);
}

/* Of all commands, or of one. */
static void
complete_fish_option(FILE *to, const char *command, int which, const char *const *choices)
{
    const struct setting_info *info = &setting_table[which];

    fprintf(to, "complete -c obsview -l %s", info->key);
    if (command != NULL)
        fprintf(to, " -n \"__fish_seen_subcommand_from %s\"", command);
    if (choices != NULL) {
        fputs(" -x -a '", to);
        print_words(to, choices);
        fputs("'", to);
    } else if (info->argument != NULL)
        fputs(is_file(which) ? " -r -F" : " -x", to);
    fprintf(to, " -d '%s'\n", info->help);
}

static void
complete_fish(FILE *to)
{
    fputs("# fish completion for obsview\ncomplete -c obsview -f\n", to);
    for (const struct command *c = commands + 1; c->name != NULL; c++)
        fprintf(to, "complete -c obsview -n __fish_use_subcommand -a %s -d \"%s\"\n", c->name,
                strcmp(c->name, "help") == 0 ? "explain a command or topic" : c->help);
    for (const struct command *c = commands + 1; c->name != NULL; c++) {
        if (*c->arguments == '\0')
            continue;
        fprintf(to, "complete -c obsview -n \"__fish_seen_subcommand_from %s\" -a '", c->name);
        print_arguments(to, c);
        fputs(takes_file(c) ? "' -F\n" : "'\n", to);
    }
    for (int i = 0; i < SETTINGS; i++) {
        if (!differs(i)) {
            complete_fish_option(to, NULL, i, setting_table[i].choices);
            continue;
        }
        for (const struct command *c = commands + 1; c->name != NULL; c++) {
            if (takes(c, i))
                complete_fish_option(to, c->name, i, setting_choices((enum setting)i, c->settings));
        }
    }
}

bool
usage_print_completion(FILE *to, const char *shell)
{
    static const struct {
        const char *shell;
        void (*print)(FILE *);
    } shells[] = { { "bash", complete_bash }, { "zsh", complete_zsh }, { "fish", complete_fish } };

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print(to);
            return true;
        }
    }
    return false;
}

/* --- manual pages
 * -----------------------------------------------------------------------------------------------
 */

/* mdoc takes a line that begins with a dot or a quote for a macro, and a backslash for an escape.
 */
static void
print_mdoc_text(FILE *to, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", to);
    for (; *text != '\0'; text++)
        fputs(*text == '\\' ? "\\e" : (char[2]){ *text, '\0' }, to);
}

void
usage_print_mdoc_synopsis(FILE *to, const struct command *cmd)
{
    fprintf(to, ".Nm obsview%s%s\n", *cmd->name == '\0' ? "" : " ", cmd->name);
    for (int i = 0; i < SETTINGS; i++) {
        if (!takes(cmd, i))
            continue;
        fprintf(to, ".Op Fl -%s", setting_table[i].key);
        if (setting_table[i].argument != NULL)
            fprintf(to, " Ar %s", setting_table[i].argument);
        fputc('\n', to);
    }
    if (*cmd->arguments != '\0')
        fprintf(to, ".Ar %s\n", cmd->arguments);
}

static void
print_mdoc_setting(FILE *to, int which, const struct command *cmd)
{
    const bool as_flag = cmd != NULL; /* else as a key of the file */
    const char *const *choices = as_flag ? setting_choices((enum setting)which, cmd->settings)
                                         : setting_table[which].choices;
    const struct setting_info *info = &setting_table[which];
    char variable[64];

    settings_variable((enum setting)which, variable);
    if (as_flag)
        fprintf(to, ".It Fl -%s", info->key);
    else
        fprintf(to, ".It Ic %s", info->key);
    if (info->argument != NULL)
        fprintf(to, as_flag ? " Ar %s" : " No = Ar %s", info->argument);
    else if (!as_flag)
        fputs(" No = Cm on | off", to);
    fputc('\n', to);
    print_mdoc_text(to, info->help);
    fputs(choices != NULL ? "; one of\n" : "\n", to);
    if (choices != NULL) {
        for (const char *const *c = choices; *c != NULL; c++)
            fprintf(to, ".Cm %s%s\n", *c, c[1] == NULL ? "" : " ,");
    }
    fprintf(to, ".Pq variable Ev %s", variable);
    if (info->otherwise != NULL)
        fprintf(to, " ; default Ql %s", info->otherwise);
    fputc('\n', to);
}

void
usage_print_mdoc_options(FILE *to, const struct command *cmd)
{
    fputs(".Bl -tag -width Ds\n", to);
    for (int i = 0; i < SETTINGS; i++) {
        if (takes(cmd, i))
            print_mdoc_setting(to, i, cmd);
    }
    fputs(".El\n", to);
}

void
usage_print_mdoc_keys(FILE *to)
{
    fputs(".Bl -tag -width Ds\n", to);
    for (int i = 0; i < SETTINGS; i++) {
        if (i != SET_ENV)
            print_mdoc_setting(to, i, NULL);
    }
    fputs(".El\n", to);
}

void
usage_print_mdoc_commands(FILE *to)
{
    fputs(".Bl -tag -width completion\n", to);
    for (const struct command *c = commands + 1; c->name != NULL; c++) {
        fprintf(to, ".It Ic %s", c->name);
        if (*c->arguments != '\0')
            fprintf(to, " Ar %s", c->arguments);
        fputc('\n', to);
        print_mdoc_text(to, c->help);
        fputc('\n', to);
    }
    fputs(".El\n", to);
}

/* The keys of an action, each safe from being taken for punctuation. */
static void
print_mdoc_key_names(FILE *to, const char *keys)
{
    while (*keys != '\0') {
        size_t n = strcspn(keys, " ");

        fprintf(to, " Ic \\&%.*s", (int)n, keys);
        keys += n;
        keys += strspn(keys, " ");
        if (*keys != '\0')
            fputs(" ,", to);
    }
}

static void
print_mdoc_actions(FILE *to, const struct action *actions)
{
    fputs(".Bl -tag -width Ds\n", to);
    for (const struct action *a = actions; a->name != NULL; a++) {
        fputs(".It", to);
        print_mdoc_key_names(to, a->keys);
        fprintf(to, " Pq Ic \\&:%s", a->name);
        if (a->argument != NULL)
            fprintf(to, " Ar %s", a->argument);
        fputc('\n', to);
        print_mdoc_text(to, a->help);
        fputc('\n', to);
    }
    fputs(".El\n", to);
}

void
usage_print_mdoc_screen(FILE *to)
{
    print_mdoc_actions(to, app_actions);
}

void
usage_print_mdoc_recorded(FILE *to)
{
    print_mdoc_actions(to, app_transport_actions);
}
