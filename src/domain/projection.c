/* projection.c - ranges of the document, and who is outside.
 * SPDX-License-Identifier: MIT
 *
 * A month is judged by what it will come to, since on its fifth day everything is below its range.
 * The driver is the component that is furthest above its range, or, when none is, furthest below:
 * too much is what people look for. */
#include "config.h"

#include "domain/projection.h"

#include "domain/money.h"

#include <string.h>

#define USD(n) ((n)*MONEY_USD)
#define SLACK  (MONEY_USD / 2) /* the document rounds to dollars: $9.40 is still its $9 */

const struct projected projected_components[PROJECTED_COMPONENTS] = {
    { "Infrastructure", USD(35), USD(45), "VPC, NAT gateway, subnets" },
    { "OpenReplay", USD(25), USD(35), "ECS (0.5 vCPU), S3, ALB" },
    { "Umami", USD(15), USD(25), "ECS (0.25 vCPU), Aurora (shared), ALB" },
    { "CloudWatch", USD(10), USD(20), "EMF metrics, Logs, Logs Insights" },
    { "Grafana", USD(9), USD(9), "Managed Grafana, the price of one editor" },
};
const struct projected projected_total = { "total", USD(94), USD(134), "" };

static void
judge(struct projection_line *line, bool has_end)
{
    const struct projected *p = line->projected;
    int64_t low = p == NULL ? 0 : p->low, high = p == NULL ? 0 : p->high;
    int64_t slack = p == NULL ? 0 : SLACK;

    if (!has_end)
        return;
    line->verdict = PROJECTION_IN;
    if (line->end_of_month > high + slack) {
        line->verdict = PROJECTION_ABOVE;
        line->off = line->end_of_month - high;
    } else if (line->end_of_month < low - slack) {
        line->verdict = PROJECTION_BELOW;
        line->off = line->end_of_month - low;
    }
}

static const struct spend_part *
part_of(const struct spend_part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    }
    return NULL;
}

static bool
is_projected(const char *name)
{
    for (size_t i = 0; i < PROJECTED_COMPONENTS; i++) {
        if (strcmp(projected_components[i].component, name) == 0)
            return true;
    }
    return false;
}

static void
find_driver(struct projection *out)
{
    const struct projection_line *above = NULL, *below = NULL;

    for (size_t i = 0; i < out->count; i++) {
        const struct projection_line *line = &out->lines[i];

        if (line->off > SLACK && (above == NULL || line->off > above->off))
            above = line;
        if (line->off < 0 && (below == NULL || line->off < below->off))
            below = line;
    }
    out->driver = above != NULL ? above : below;
}

void
projection_compare(struct projection *out, const struct spend_part *parts, size_t count)
{
    bool has_end = false;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++)
        has_end |= parts[i].has_end; /* all of them, or none: they are of the same days */
    for (size_t i = 0; i < PROJECTED_COMPONENTS; i++) {
        const struct spend_part *part = part_of(parts, count, projected_components[i].component);

        out->lines[out->count++] =
            (struct projection_line){ .component = projected_components[i].component,
                                      .projected = &projected_components[i],
                                      .actual = part == NULL ? 0 : part->to_date,
                                      .end_of_month = part == NULL ? 0 : part->end_of_month };
    }
    for (size_t i = 0; i < count && out->count < PROJECTION_LINES; i++) {
        if (is_projected(parts[i].name) || (parts[i].to_date == 0 && parts[i].end_of_month == 0))
            continue;
        out->lines[out->count++] =
            (struct projection_line){ .component = parts[i].name,
                                      .actual = parts[i].to_date,
                                      .end_of_month = parts[i].end_of_month };
    }
    out->total = (struct projection_line){ .component = "total", .projected = &projected_total };
    for (size_t i = 0; i < out->count; i++) {
        judge(&out->lines[i], has_end);
        out->total.actual += out->lines[i].actual;
        out->total.end_of_month += out->lines[i].end_of_month;
    }
    judge(&out->total, has_end);
    find_driver(out);
}
