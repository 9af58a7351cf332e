/* umami_hits.c - the order of Umami's own work: validation, website, visitor, bot, ids, rows.
 * SPDX-License-Identifier: MIT
 *
 * Where a real Umami stores nothing although the sender did little wrong (an unknown website, a
 * bot, a value too long for its column), the hit is stored here and doubted: in development a lost
 * hit says nothing, a doubted one says why. --umami-bots drop and --umami-websites strict bring the
 * original's behaviour back. */
#include "config.h"

#include "emulator/umami_hits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "domain/umami_data.h"

#define MILLISECONDS_FROM 100000000000.0 /* seconds: the year 5138 */
#define WEBSITE_SHOWN     64

struct taking {
    const struct umami_request *request;
    struct umami_outcome *out;
    enum umami_dialect dialect;
    struct umami_send send;
    struct umami_token token;
    enum umami_token_state token_state;
    struct umami_agent agent;
    struct umami_place place;
    const char *user_agent;
    struct umami_hit hit;
};

/* --- refusals --------------------------------------------------------------------------------- */

static void
answer_error(struct taking *t, unsigned status, const struct buf *b)
{
    t->out->status = status;
    t->out->error = arena_strndup(t->request->arena, b->data, b->len);
}

static void
refuse_faults(struct taking *t, const struct umami_faults *faults)
{
    struct buf b;

    buf_init(&b, UMAMI_ANSWER_MAX);
    umami_faults_print(&b, t->dialect, faults);
    answer_error(t, 400, &b);
    buf_fini(&b);
    t->out->doubt.rule = NULL;
    umami_faults_describe(t->out->doubt.text, sizeof t->out->doubt.text, faults);
    t->out->doubt.rule = "body";
}

static void
refuse(struct taking *t, unsigned status, const char *message)
{
    struct buf b;

    buf_init(&b, UMAMI_ANSWER_MAX);
    umami_error_print(&b, t->dialect, status, message);
    answer_error(t, status, &b);
    buf_fini(&b);
}

/* The exception of a host name that is none, without its stack. */
static void
refuse_hostname(struct taking *t)
{
    const char *url = t->send.url == NULL ? "undefined" : t->send.url;
    bool is_newer = t->dialect == UMAMI_V3;
    struct buf b;

    buf_init(&b, UMAMI_ANSWER_MAX);
    buf_adds(&b, is_newer ? "{\"error\":{\"message\":\"Server error\",\"code\":\"server-error\","
                            "\"status\":500,\"errorObject\":{"
                          : "{\"error\":{");
    buf_adds(&b, "\"code\":\"ERR_INVALID_URL\",\"input\":");
    json_print_string(&b, url, strlen(url));
    buf_adds(&b, ",\"base\":");
    url = arena_printf(t->request->arena, "https://%s", t->send.hostname);
    json_print_string(&b, url, strlen(url));
    buf_adds(&b, ",\"name\":\"TypeError\",\"message\":\"Invalid URL\"}}");
    if (is_newer)
        buf_addc(&b, '}');
    answer_error(t, 500, &b);
    buf_fini(&b);
    umami_doubt(&t->out->doubt, "hostname", "payload.hostname: expected a host name, got \"%.60s\"",
                t->send.hostname);
}

/* --- who -------------------------------------------------------------------------------------- */

static const char *
lower_case(struct arena *arena, const char *id)
{
    char *out = arena_strdup(arena, id);

    for (char *c = out; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 'a' - 'A');
    }
    return out;
}

static void
read_token(struct taking *t)
{
    const char *text = t->request->header(t->request->arg, "x-umami-cache");

    if (t->send.target != UMAMI_WEBSITE)
        t->token_state = UMAMI_TOKEN_IGNORED;
    else if (text != NULL && *text != '\0')
        t->token_state = umami_open_token(t->request->umami, text, &t->token) ? UMAMI_TOKEN_GOOD
                                                                              : UMAMI_TOKEN_BAD;
}

/* A token saves the look at the website, whichever it is for. */
static bool
find_website(struct taking *t)
{
    enum umami_website_state found = UMAMI_WEBSITE_KNOWN;
    bool has_token = t->token_state == UMAMI_TOKEN_GOOD;

    if (t->send.target != UMAMI_WEBSITE)
        return true;
    if (!has_token || !umami_is_strict(t->request->umami))
        found = umami_website_seen(t->request->umami, t->hit.website_id);
    if (has_token && found == UMAMI_WEBSITE_GONE)
        return true;
    if (found == UMAMI_WEBSITE_GONE) {
        refuse(t, 400, "Website not found.");
        umami_doubt(&t->out->doubt, "website", "website %.36s does not exist", t->hit.website_id);
        return false;
    }
    t->hit.makes_website = !umami_is_strict(t->request->umami);
    if (found == UMAMI_WEBSITE_NEW)
        umami_doubt(&t->out->doubt, "website",
                    "website %.36s was unknown and is made now: Umami answers 400 Website not "
                    "found.",
                    t->hit.website_id);
    return true;
}

static void
find_visitor(struct taking *t)
{
    const struct umami_request *r = t->request;

    t->user_agent = t->send.user_agent;
    if (t->user_agent == NULL || *t->user_agent == '\0')
        t->user_agent = r->header(r->arg, "user-agent");
    if (t->user_agent == NULL)
        t->user_agent = "";
    umami_agent_of(r->umami, t->user_agent, &t->agent);
    umami_place_find(&t->place, r->arena, umami_rules(r->umami), r->header, r->arg, t->send.ip,
                     r->socket);
}

static const char *
given_or(struct taking *t, const char *name, const char *given, const char *found)
{
    const char *kept;

    if (given == NULL || *given == '\0')
        return found;
    kept = umami_cut(t->request->arena, given, UMAMI_WIDTH_AGENT);
    if (kept != given)
        umami_doubt(&t->out->doubt, "too-long",
                    "payload.%s is longer than %d characters: Umami answers 500", name,
                    UMAMI_WIDTH_AGENT);
    return kept;
}

static void
fill_visitor(struct taking *t)
{
    struct umami_visitor *v = &t->hit.visitor;
    const struct umami_send *s = &t->send;

    v->browser = given_or(t, "browser", s->browser, t->agent.browser);
    v->os = given_or(t, "os", s->os, t->agent.os);
    v->device = given_or(t, "device", s->device, umami_device(t->dialect, &t->agent, s->screen));
    v->screen = s->screen;
    v->language = s->language;
    v->country = t->place.country;
    v->region = t->place.region;
    v->city = t->place.city;
    v->distinct_id = s->id == NULL || *s->id == '\0'
                         ? NULL
                         : umami_cut(t->request->arena, s->id, UMAMI_WIDTH_ID);
    if (v->distinct_id != NULL && v->distinct_id != s->id)
        umami_doubt(&t->out->doubt, "too-long",
                    "payload.id is longer than %d characters: Umami answers 500", UMAMI_WIDTH_ID);
}

/* --- when, and which visit -------------------------------------------------------------------- */

/* Takes over what was decided, and signs it for the next hit. */
static void
take_visit(struct taking *t, const struct umami_ids *ids, const struct umami_visit *visit)
{
    const struct umami_request *r = t->request;
    struct umami_token answer = { .iat_s = visit->iat_s };

    memcpy(t->hit.session_id, ids->session_id, UUID_TEXT);
    memcpy(t->hit.visit_id, visit->visit_id, UUID_TEXT);
    if (t->send.target == UMAMI_WEBSITE && strlen(t->send.target_id) < UUID_TEXT)
        snprintf(answer.website_id, sizeof answer.website_id, "%s", t->send.target_id);
    memcpy(answer.session_id, ids->session_id, UUID_TEXT);
    memcpy(answer.visit_id, visit->visit_id, UUID_TEXT);
    t->out->token = umami_sign_token(r->umami, &answer, arena_alloc(r->arena, UMAMI_TOKEN_TEXT));
    memcpy(t->out->session_id, ids->session_id, UUID_TEXT);
    memcpy(t->out->visit_id, visit->visit_id, UUID_TEXT);
    t->out->why = arena_strdup(r->arena, visit->why);
}

static bool
find_ids(struct taking *t)
{
    const struct umami_request *r = t->request;
    const struct umami_sender sender = { t->send.target_id, t->place.ip, t->user_agent,
                                         t->send.id };
    bool is_timed = t->send.timestamp != 0;
    int64_t now_s = r->now_ms / 1000;
    int64_t time_s = is_timed ? (int64_t)t->send.timestamp : now_s;
    struct umami_ids ids;
    struct umami_visit visit;

    if (!umami_identify(r->umami, &sender, time_s, &ids)) {
        refuse(t, 500, "Invalid time value");
        umami_doubt(&t->out->doubt, "timestamp", "payload.timestamp: there is no such time");
        return false;
    }
    t->hit.created_ms = is_timed ? time_s * 1000 : r->now_ms;
    umami_visit_decide(&visit,
                       &(struct umami_visit_facts){ .now_s = now_s,
                                                    .is_timed = is_timed,
                                                    .rotation = umami_environment(r->umami)->salt,
                                                    .state = t->token_state,
                                                    .token = &t->token,
                                                    .ids = &ids });
    take_visit(t, &ids, &visit);
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum umami_row
row_of(const struct umami_send *s)
{
    if (s->type == UMAMI_IDENTIFY)
        return UMAMI_ROW_NONE;
    if (s->type == UMAMI_PERFORMANCE)
        return UMAMI_ROW_PERFORMANCE;
    if (s->target != UMAMI_WEBSITE)
        return s->target == UMAMI_LINK ? UMAMI_ROW_LINK : UMAMI_ROW_PIXEL;
    return s->name != NULL && *s->name != '\0' ? UMAMI_ROW_EVENT : UMAMI_ROW_VIEW;
}

static bool
fill_rows(struct taking *t)
{
    struct umami_hit *hit = &t->hit;
    struct arena *arena = t->request->arena;

    hit->row = row_of(&t->send);
    if (hit->row != UMAMI_ROW_NONE) {
        if (!umami_page_make(&hit->page, arena, t->dialect,
                             umami_environment(t->request->umami)->drops_last_slash, &t->send,
                             &t->out->doubt)) {
            refuse_hostname(t);
            return false;
        }
        t->out->path = hit->page.url_path;
        t->out->name = hit->page.event_name;
    } else if (t->send.hostname != NULL) {
        hit->page.hostname = t->send.hostname;
    }
    if (hit->row == UMAMI_ROW_PERFORMANCE)
        memcpy(hit->vitals, t->send.vitals, sizeof hit->vitals);
    else
        umami_data_read(hit, arena, t->send.data, &t->out->doubt);
    if (hit->row != UMAMI_ROW_NONE && hit->row != UMAMI_ROW_PERFORMANCE)
        umami_data_revenue(hit, arena, t->send.data, &t->out->doubt);
    return true;
}

/* Things that are worth a word although they are taken as they are. */
static void
doubt_the_rest(struct taking *t)
{
    const struct umami_request *r = t->request;
    const char *dnt = r->header(r->arg, "dnt");

    if (fabs(t->send.timestamp) >= MILLISECONDS_FROM)
        umami_doubt(&t->out->doubt, "milliseconds",
                    "payload.timestamp %.0f is in milliseconds: Umami takes seconds, and this lies "
                    "thousands of years away",
                    t->send.timestamp);
    if (t->place.is_told)
        umami_doubt(&t->out->doubt, "private-address",
                    "%.45s is a private address: no place is looked up for it, whatever the "
                    "proxy's headers say",
                    t->place.ip);
    if (dnt != NULL && strcmp(dnt, "1") == 0)
        umami_doubt(&t->out->doubt, "do-not-track",
                    "the browser asks not to be tracked: with data-do-not-track=\"true\" the "
                    "tracker sends nothing");
}

/* true: the hit is dropped. */
static bool
check_bot(struct taking *t)
{
    if (t->agent.bot == NULL || !umami_checks_bots(t->request->umami))
        return false;
    t->out->doubt.rule = NULL; /* it outweighs an unknown website */
    umami_doubt(&t->out->doubt, "bot", "bot: %.60s: Umami answers {\"beep\":\"boop\"} and drops it",
                t->agent.bot);
    t->out->is_dropped = umami_drops_bots(t->request->umami);
    return t->out->is_dropped;
}

/* true: it is refused, as whoever set IGNORE_IP wants it. */
static bool
check_ignored(struct taking *t)
{
    if (!umami_env_ignores(umami_environment(t->request->umami), t->place.ip))
        return false;
    refuse(t, 403, "Forbidden");
    t->out->doubt.rule = NULL;
    umami_doubt(&t->out->doubt, "ignored-address", "IGNORE_IP holds %.45s: its hits are refused",
                t->place.ip);
    return true;
}

static const char *
type_name(enum umami_type type)
{
    return type == UMAMI_IDENTIFY ? "identify" : type == UMAMI_EVENT ? "event" : "performance";
}

static void
take(struct taking *t, const cJSON *body, struct store_write *write)
{
    struct umami_faults faults;

    faults.count = 0;
    if (!umami_send_read(&t->send, t->request->arena, t->dialect, body, &faults)) {
        refuse_faults(t, &faults);
        return;
    }
    t->out->type = type_name(t->send.type);
    t->hit.website_id = lower_case(t->request->arena, t->send.target_id);
    read_token(t);
    if (!find_website(t))
        return;
    find_visitor(t);
    t->out->place = umami_place_describe(t->request->arena, &t->place);
    if (check_bot(t) || check_ignored(t) || !find_ids(t) || !fill_rows(t))
        return;
    fill_visitor(t);
    t->hit.app_session = umami_data_session(&t->hit);
    doubt_the_rest(t);
    t->hit.makes_session = t->token_state != UMAMI_TOKEN_GOOD || t->token.session_id[0] == '\0';
    t->hit.rule = t->out->doubt.rule;
    t->hit.verdict = t->out->doubt.text;
    store_write_umami(write, &t->hit);
}

void
umami_take(struct umami_outcome *out, const struct umami_request *request, const cJSON *body,
           struct store_write *write)
{
    struct taking t = { .request = request,
                        .out = out,
                        .dialect = umami_dialect(request->umami),
                        .hit = { .received_ms = request->now_ms, .revenue = (double)NAN } };

    *out = (struct umami_outcome){ .status = 200,
                                   .website = umami_cut(
                                       request->arena,
                                       json_get_string(json_get(body, "payload"), "website", NULL),
                                       WEBSITE_SHOWN) };
    for (int i = 0; i < UMAMI_VITALS; i++)
        t.hit.vitals[i] = (double)NAN;
    take(&t, body, write);
}
