/* cmd_help.c - help, completion and version.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/libcurl.h"
#include "base/text.h"
#include "cli/check/check_rules.h"
#include "cli/usage.h"
#include "emulator/aws.h"
#include "wire/service.h"

#include <cjson/cJSON.h>
#include <microhttpd.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* The build makes the lists of the manual pages with these; they are not meant for people. */
static bool
help_for_manual(const char *topic)
{
    static const struct {
        const char *prefix;
        void (*print)(FILE *, const struct command *);
    } parts[] = { { "mdoc-synopsis:", usage_print_mdoc_synopsis },
                  { "mdoc-options:", usage_print_mdoc_options } };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t len = strlen(parts[i].prefix);
        const struct command *cmd =
            strncmp(topic, parts[i].prefix, len) == 0 ? command_find(topic + len) : NULL;

        if (cmd != NULL) {
            parts[i].print(stdout, cmd);
            return true;
        }
    }
    if (strcmp(topic, "mdoc-keys") == 0)
        usage_print_mdoc_keys(stdout);
    else if (strcmp(topic, "mdoc-commands") == 0)
        usage_print_mdoc_commands(stdout);
    else if (strcmp(topic, "mdoc-screen") == 0)
        usage_print_mdoc_screen(stdout);
    else if (strcmp(topic, "mdoc-recorded") == 0)
        usage_print_mdoc_recorded(stdout);
    else
        return false;
    return true;
}

static const char *
service_title(const char *signing_name)
{
    const struct wire_service *service = service_by_name(signing_name);

    return service == NULL ? signing_name : service->title;
}

static void
print_operations(void)
{
    const char *service = "";

    puts("AWS operations the emulator answers, for signed requests with any credentials:");
    for (const struct aws_operation *op = aws_operations; op->name != NULL; op++) {
        if (strcmp(op->service, service) != 0)
            printf("\n%s\n", service_title(op->service));
        service = op->service;
        usage_print_row(stdout, op->name, op->doc);
    }
    puts("\nCloudWatch takes AWS JSON, RPC v2 CBOR and the query protocol, the others what\n"
         "their clients speak.");
    puts("All other operations answer with an error of their protocol that names them.");
}

int
cmd_help(struct invocation *inv)
{
    const struct command *cmd;
    const char *topic;

    if (inv->argument_count == 0) {
        usage_print_overview(stdout);
        return EXIT_OK;
    }
    topic = inv->arguments[0];
    cmd = command_find(topic);
    if (cmd != NULL)
        usage_print_command(stdout, cmd);
    else if (strcmp(topic, "aws") == 0)
        print_operations();
    else if (strcmp(topic, "checks") == 0)
        check_rules_print(stdout);
    else if (!help_for_manual(topic)) {
        command_say(stderr, "obsview: no command or topic \"%s\"; see obsview help", topic);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

int
cmd_completion(struct invocation *inv)
{
    if (inv->argument_count == 1 && usage_print_completion(stdout, inv->arguments[0]))
        return EXIT_OK;
    fputs("obsview: completion needs a shell: bash, zsh or fish\n", stderr);
    return EXIT_USAGE;
}

int
cmd_version(struct invocation *inv)
{
    bool has_curl = libcurl_load(NULL) == OK;

    (void)inv;
    printf("%s\nsqlite %s, libmicrohttpd %s, libcurl %s, cJSON %s\n", PACKAGE_STRING,
           sqlite3_libversion(), MHD_get_version(),
           has_curl ? libcurl.version_info(CURLVERSION_NOW)->version : "missing", cJSON_Version());
    return EXIT_OK;
}
