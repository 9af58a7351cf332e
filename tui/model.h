/* model.h - what a view has to say, before anybody decides how it looks.
 * SPDX-License-Identifier: MIT
 *
 * A view's build function turns answers into one immutable model inside an arena. The screen draws
 * it, `report` prints it as text, JSON, CSV or Markdown: the same numbers, so the two cannot
 * disagree. Nothing here knows a terminal. Text may be foreign and raw: whoever shows it cleans it.
 * Times are epoch milliseconds, 0 means "none"; a number that is unknown is NaN. */
#ifndef OV_TUI_MODEL_H
#define OV_TUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A judgement. Drawn as mark and colour together, never as colour alone. */
enum level {
    LEVEL_NONE,    /* nothing is said */
    LEVEL_UNKNOWN, /* asked for, no data */
    LEVEL_OK,
    LEVEL_WARN,
    LEVEL_BAD
};

/* What a number counts; decides how it is printed ("2.41 s", "12.4 k", "$0.04") and the JSON unit.
 */
enum quantity {
    QUANTITY_PLAIN,        /* up to three significant digits */
    QUANTITY_COUNT,        /* 1,204; 12.4 k when narrow */
    QUANTITY_MILLISECONDS, /* 236 ms, 2.41 s, 3 m 20 s */
    QUANTITY_SCORE,        /* 0.04: CLS */
    QUANTITY_PERCENT,      /* 1.9 % */
    QUANTITY_BYTES,        /* 416 B, 24.1 kB */
    QUANTITY_MICROUSD,     /* $0.04 */
    QUANTITIES
};

enum cell_kind {
    CELL_EMPTY,
    CELL_TEXT,   /* text */
    CELL_NUMBER, /* number, in the cell's quantity */
    CELL_DELTA,  /* number, printed with its sign */
    CELL_TIME,   /* time_ms: a clock, or an age when is_age, or as the person chose */
    CELL_TREND,  /* series: a sparkline */
    CELL_SHARES, /* shares: good, fair and poor parts of one bar */
    CELL_GAUGE,  /* number of `full`, with a mark at `limit` */
    CELL_LANE    /* lane: what happened when, on an axis that all lanes of a table share */
};

/* Values at equal steps of time; NaN is a gap. */
struct series {
    const char *name;
    int64_t from_ms; /* start of the first step */
    int64_t step_ms;
    const double *values;
    size_t count;
    size_t open; /* steps at the end that were not over when it was asked for: they still change */
    enum quantity quantity;
    bool keeps_lows; /* squeezed, it keeps its lowest values instead of its peaks */
};

/* Moments on a time axis. */
enum lane_style {
    LANE_MARKS,   /* a mark each */
    LANE_DENSITY, /* how many there are, as heights; marks where one has a level */
    LANE_PAGES    /* a line from each to the next, with its name */
};
struct lane_mark {
    int64_t time_ms;
    enum level level;
    const char *text; /* LANE_PAGES; else NULL */
};
struct lane {
    enum lane_style style;
    int64_t from_ms, to_ms;        /* of the axis */
    int64_t at_ms;                 /* where one is; 0: nowhere */
    const struct lane_mark *marks; /* ascending */
    size_t count;
};

struct cell {
    enum cell_kind kind;
    enum level level; /* a mark: before a text, behind a number */
    enum quantity quantity;
    const char *text;
    double number;
    double full;  /* CELL_GAUGE */
    double limit; /* CELL_GAUGE; NaN: no mark */
    int64_t time_ms;
    bool is_age;
    bool is_latest; /* CELL_TIME: it may have been earlier, but not later */
    const struct series *series;
    double shares[3]; /* CELL_SHARES: good, fair, poor; any scale */
    const struct lane *lane;
};

struct column {
    const char
        *name; /* heading; what filters, sorting, JSON and CSV call it; unique in its table */
    enum cell_kind kind; /* of every cell that is not empty */
    enum quantity quantity;
    uint8_t priority;   /* 0 stays always; the highest is dropped first when space is short */
    uint8_t min_width;  /* 0: as the heading needs */
    uint8_t max_width;  /* 0: as the content needs */
    bool takes_rest;    /* flexible: may be wider than that where there is room */
    bool is_name;       /* what an entered row is called above it; else its first unmarked text */
    bool is_flexible;   /* takes the space that is left (text, trends); may share it with others */
    bool is_in_summary; /* shown when the table shrinks to "LCP 2.41 s ●" */
};

struct row {
    const char *key; /* the cursor stays on it; unique in its table, stable between models */
    const struct cell *cells; /* as many as columns */
    enum level level;         /* LEVEL_WARN and LEVEL_BAD are where `n` stops */
    bool is_new;              /* since the range began: marked, and `n` stops there too */
    /* What Enter does. open_view NULL and open_key not: deeper in this view. Both NULL: nothing. */
    const char *open_view;
    const char *open_key;
    const char *open_panel; /* of this view: the focus goes there; NULL */
};

/* A table of the screen: rows under headings. (`struct table` is the hash table of src/base.) */
struct grid {
    const char *name; /* its name in JSON: "routes" */
    const struct column *columns;
    size_t column_count;
    const struct row *rows; /* in the view's own order */
    size_t row_count;
    int sort_column; /* the column the view's own order follows, -1: none worth naming */
    bool sort_descending;
    bool is_tail; /* lines of a log: grows at the end, may be followed; the last column is the
                     message, which can be wrapped and have JSON unfolded */
    const char *subject; /* what its rows are of: of another, one begins at the top; NULL */
    const char *empty;   /* the sentence instead of rows: what would fill it */
};

struct chart_limit {
    double value;
    const char *label;
    enum level level;
};

struct chart_mark {
    int64_t time_ms;
    const char *label;
};

struct chart {
    const char *name;
    const struct series *series; /* share one time axis and one scale */
    size_t series_count;
    const struct chart_limit *limits;
    size_t limit_count;
    const struct chart_mark *marks; /* deployments and the like, drawn as vertical lines */
    size_t mark_count;
    enum quantity quantity;
};

/* How values are spread: one bar a bin. */
struct bin {
    double from; /* inclusive */
    double to;   /* exclusive; infinite in the last */
    double count;
    enum level level;
};

struct spread {
    const char *name;
    const struct bin *bins;
    size_t bin_count;
    enum quantity quantity;
};

/* One fact: "routes  /checkout 20". */
struct fact {
    const char *name;
    struct cell value;
};

/* Many lines of text: a stack trace, a request's body. Raw, with its newlines. */
struct passage {
    const char *name;
    const char *text;
    size_t len;
    bool is_json; /* may be shown indented */
};

/* One framed part of a view. Of its contents, those that are there are drawn in this order. */
struct panel {
    const char *name;  /* "routes"; layouts, focus and JSON know it by this */
    const char *title; /* "by route" */
    const char *note;  /* at the right of the title: "1,204 loads"; NULL or "": none */
    /* Where the numbers come from, and how old they are. */
    const char *source;  /* "CloudWatch GetMetricData" */
    int64_t got_ms;      /* the oldest answer in it; 0: none yet */
    int64_t pace_ms;     /* how often it is asked for; older than two of these is stale */
    const char *failure; /* why the last try failed, or what the answer lacks; NULL: all is well */
    int64_t retry_ms;    /* when it is tried again; 0: unknown */
    bool is_waiting;     /* a part of what it shows has not been answered yet */
    const char *open_view; /* Enter on a panel without rows goes there; NULL: nowhere */

    const struct fact *facts;
    size_t fact_count;
    const struct grid *grid;
    const struct spread *spread;
    const struct chart *charts;
    size_t chart_count;
    const struct passage *passages;
    size_t passage_count;
};

struct model {
    int64_t now_ms;
    int64_t from_ms; /* the range shown */
    int64_t to_ms;
    const struct panel *panels;
    size_t panel_count;
    /* What the tab says when something needs eyes: "Errors ▲3". */
    unsigned attention;
    enum level attention_level;
};

const struct panel *model_panel(const struct model *model, const char *name); /* NULL: not there */

/* It shows nothing, and nobody has said yet that there is nothing. A count in its note would be
 * made up, and so would a sentence like "no errors in this range". */
bool panel_is_awaited(const struct panel *panel); /* the answer is on its way */
bool panel_is_unknown(const struct panel *panel); /* and `failure` says why it does not come */

const char *level_name(enum level level);          /* "ok", "warn", "bad", "unknown", "" */
const char *quantity_unit(enum quantity quantity); /* for JSON: "ms", "bytes", "percent", ... */

/* Shorthand for builders; the cell borrows what it is given. A NaN number is CELL_EMPTY with
 * LEVEL_UNKNOWN. */
struct cell cell_text(const char *text, enum level level);
struct cell cell_number(double number, enum quantity quantity, enum level level);
struct cell cell_delta(double number, enum quantity quantity);
struct cell cell_time(int64_t time_ms); /* 12:04:19 */
struct cell cell_age(int64_t time_ms);  /* 12 s, from the same time_ms */
struct cell cell_trend(const struct series *series);
struct cell cell_lane(const struct lane *lane);
struct cell cell_shares(double good, double fair, double poor);
struct cell cell_gauge(double number, double full, double limit, enum quantity quantity,
                       enum level level);

#endif
