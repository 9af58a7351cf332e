/* sending.h - one document, body or question to an address: for commands that say or ask one thing.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_SENDING_H
#define OV_CLI_SENDING_H

#include "aws/client.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/settings.h"
#include "domain/emission.h"

/* The NAME=VALUE pairs of a setting. */
struct emission_fields sending_fields(struct arena *arena, struct settings *s, enum setting which);

/* Where lines go: tcp://HOST:PORT, udp://HOST:PORT, as the EMF libraries' agents listen. E_USAGE:
 * it is neither; E_IO: it could not be sent. Nobody there acknowledges a line, so OK means that the
 * system took it. */
MUST_CHECK enum status sending_line(const char *to, const struct buf *line, struct err *err);

/* The same with many lines through one socket (close(2)). */
MUST_CHECK enum status sending_open(int *fd, const char *to, struct err *err);
MUST_CHECK enum status sending_through(int fd, const char *to, const struct buf *line,
                                       struct err *err);

/* Whether it is an http(s):// URL, as the calls below take it. */
bool sending_is_url(const char *to);

/* POSTs `body` to `path` below the http(s):// URL `to`, with --token where it is set, and appends
 * the answer's body. E_IO: no answer; E_INVALID: refused, the sentence has the status and what the
 * server said. */
MUST_CHECK enum status sending_post(const char *to, const char *path, const struct buf *body,
                                    const char *user_agent, const struct settings *s,
                                    struct buf *answer, struct err *err);

/* GETs `path` below `to`, likewise, and appends the answer's body. */
MUST_CHECK enum status sending_get(const char *to, const char *path, const struct settings *s,
                                   struct buf *answer, struct err *err);
/* The same with a deadline of its own. */
MUST_CHECK enum status sending_get_within(int ms, const char *to, const char *path,
                                          const struct settings *s, struct buf *answer,
                                          struct err *err);

/* What an obsview at `to` says of itself; the caller deletes *out. NULL: somebody else answered.
 * The errors are those of sending_get(). */
MUST_CHECK enum status sending_get_health(cJSON **out, const char *to, const struct settings *s,
                                          struct err *err);

/* GETs as above into a file that is open to read and write, at most `most` bytes (E_LIMIT). */
MUST_CHECK enum status sending_fetch_within(int ms, const char *to, const char *path,
                                            const struct settings *s, int fd, int64_t most,
                                            struct err *err);

/* One AWS call, to its end; `input` is taken. */
MUST_CHECK enum status sending_call(struct aws_client *client, const char *operation, cJSON *input,
                                    struct err *err);

/* Into a log group, with PutLogEvents, of whom the settings name (watching_target()); a stream of
 * today's is made there. CloudWatch makes metrics of EMF it gets this way. */
MUST_CHECK enum status sending_log(const char *group, const struct buf *line, int64_t now_ms,
                                   const struct settings *s, struct err *err);

#endif
