/* recording.c - looking one thing up in a recorded session.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/recording.h"

#include <stdio.h>
#include <string.h>

void
recording_device(char text[RECORDING_DEVICE_TEXT], const char *agent)
{
    static const char *const browsers[][2] = { { "Edg/", "Edge" },
                                               { "OPR/", "Opera" },
                                               { "Firefox/", "Firefox" },
                                               { "Chrome/", "Chrome" },
                                               { "Safari/", "Safari" } };
    static const char *const systems[][2] = { { "Android", "Android" }, { "iPhone", "iPhone" },
                                              { "iPad", "iPad" },       { "Windows", "Windows" },
                                              { "Mac OS X", "macOS" },  { "Linux", "Linux" } };
    const char *browser = "", *system = "";

    for (size_t i = 0; i < sizeof browsers / sizeof browsers[0] && *browser == '\0'; i++)
        browser = strstr(agent, browsers[i][0]) != NULL ? browsers[i][1] : "";
    for (size_t i = 0; i < sizeof systems / sizeof systems[0] && *system == '\0'; i++)
        system = strstr(agent, systems[i][0]) != NULL ? systems[i][1] : "";
    snprintf(text, RECORDING_DEVICE_TEXT, "%s%s%s", browser, *browser && *system ? ", " : "",
             system);
}

bool
recording_message(struct openreplay_message *out, const struct recording_told *told,
                  const struct openreplay_line *line)
{
    struct openreplay_reader reader;
    const struct recording_bytes *body;

    if (line->body >= told->body_count || line->offset >= told->bodies[line->body].length)
        return false;
    body = &told->bodies[line->body];
    if (body->is_file)
        openreplay_reader_init_file(&reader, body->at, body->length);
    else
        openreplay_reader_init(&reader, body->at, body->length);
    reader.at = line->offset;
    reader.is_file = true; /* it need not begin with a header */
    return openreplay_reader_next(&reader, out) && out->offset == line->offset;
}
