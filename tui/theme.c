/* theme.c - the themes as tables.
 * SPDX-License-Identifier: MIT
 *
 * Text keeps the terminal's own foreground and background everywhere, so light, dark and
 * transparent terminals all stay readable. Good and bad never differ by hue alone: their marks
 * differ in shape, and bad is bold. In mono, bold, dim and reverse carry the roles. */
#include "config.h"

#include "tui/theme.h"

#include <string.h>

struct theme {
    const char *name;
    bool is_mono; /* whatever the terminal offers */
    struct look looks[ROLES];
    int16_t select;         /* background of the row one is on; -1: reversed */
    struct look low[ROLES]; /* in 16 colours */
};

#define FG(n)                               \
    {                                       \
        .foreground = (n), .background = -1 \
    }
#define BOLD(n)                                              \
    {                                                        \
        .foreground = (n), .background = -1, .is_bold = true \
    }
#define FAINT                                              \
    {                                                      \
        .foreground = -1, .background = -1, .is_dim = true \
    }

/* The 16 colours are the person's own palette. */
#define TERMINAL_LOOKS                                                                    \
    {                                                                                     \
        [ROLE_TEXT] = FG(-1), [ROLE_DIM] = FAINT, [ROLE_OK] = FG(2), [ROLE_WARN] = FG(3), \
        [ROLE_BAD] = BOLD(1), [ROLE_ACCENT] = BOLD(6), [ROLE_HEAD] = BOLD(-1),            \
        [ROLE_MARK] = BOLD(5), [ROLE_GRAPH1] = FG(6), [ROLE_GRAPH2] = FG(5),              \
        [ROLE_GRAPH3] = FG(4), [ROLE_GRAPH4] = FG(3)                                      \
    }

static const struct look mono_looks[ROLES] = {
    [ROLE_TEXT] = FG(-1),
    [ROLE_DIM] = FAINT,
    [ROLE_OK] = FG(-1),
    [ROLE_WARN] = BOLD(-1),
    [ROLE_BAD] = { .foreground = -1, .background = -1, .is_bold = true, .is_underlined = true },
    [ROLE_ACCENT] = BOLD(-1),
    [ROLE_HEAD] = BOLD(-1),
    [ROLE_MARK] = { .foreground = -1, .background = -1, .is_underlined = true },
    [ROLE_GRAPH1] = FG(-1),
    [ROLE_GRAPH2] = BOLD(-1),
    [ROLE_GRAPH3] = FAINT,
    [ROLE_GRAPH4] = FG(-1),
};

static const struct theme terminal = {
    .name = "terminal",
    .looks = TERMINAL_LOOKS,
    .select = -1,
    .low = TERMINAL_LOOKS,
};

static const struct theme dark = {
    .name = "dark",
    .looks = { [ROLE_TEXT] = FG(-1),
               [ROLE_DIM] = FG(245),
               [ROLE_OK] = FG(114),
               [ROLE_WARN] = FG(221),
               [ROLE_BAD] = BOLD(203),
               [ROLE_ACCENT] = BOLD(81),
               [ROLE_HEAD] = BOLD(252),
               [ROLE_MARK] = FG(213),
               [ROLE_GRAPH1] = FG(81),
               [ROLE_GRAPH2] = FG(176),
               [ROLE_GRAPH3] = FG(111),
               [ROLE_GRAPH4] = FG(180) },
    .select = 237,
    .low = TERMINAL_LOOKS,
};

static const struct theme light = {
    .name = "light",
    .looks = { [ROLE_TEXT] = FG(-1),
               [ROLE_DIM] = FG(243),
               [ROLE_OK] = FG(28),
               [ROLE_WARN] = FG(130),
               [ROLE_BAD] = BOLD(160),
               [ROLE_ACCENT] = BOLD(25),
               [ROLE_HEAD] = BOLD(236),
               [ROLE_MARK] = FG(127),
               [ROLE_GRAPH1] = FG(25),
               [ROLE_GRAPH2] = FG(127),
               [ROLE_GRAPH3] = FG(30),
               [ROLE_GRAPH4] = FG(94) },
    .select = 254,
    .low = TERMINAL_LOOKS,
};

/* Bright and bold, nothing dimmed. */
#define CONTRAST_LOOKS                                                                           \
    {                                                                                            \
        [ROLE_TEXT] = FG(-1), [ROLE_DIM] = FG(-1), [ROLE_OK] = BOLD(10), [ROLE_WARN] = BOLD(11), \
        [ROLE_BAD] = { .foreground = 15, .background = 1, .is_bold = true },                     \
        [ROLE_ACCENT] = BOLD(14), [ROLE_HEAD] = BOLD(-1), [ROLE_MARK] = BOLD(13),                \
        [ROLE_GRAPH1] = BOLD(14), [ROLE_GRAPH2] = BOLD(13), [ROLE_GRAPH3] = BOLD(11),            \
        [ROLE_GRAPH4] = BOLD(10)                                                                 \
    }

static const struct theme high_contrast = {
    .name = "high-contrast",
    .looks = CONTRAST_LOOKS,
    .select = -1,
    .low = CONTRAST_LOOKS,
};

static const struct theme mono = { .name = "mono", .is_mono = true, .select = -1 };

const struct theme *const themes[] = { &terminal, &dark, &light, &high_contrast, &mono, NULL };

const struct theme *
theme_find(const char *name)
{
    for (size_t i = 0; themes[i] != NULL; i++) {
        if (strcmp(themes[i]->name, name) == 0)
            return themes[i];
    }
    return NULL;
}

const struct theme *
theme_next(const struct theme *theme)
{
    for (size_t i = 0; themes[i] != NULL; i++) {
        if (themes[i] == theme && themes[i + 1] != NULL)
            return themes[i + 1];
    }
    return themes[0];
}

const char *
theme_name(const struct theme *theme)
{
    return theme->name;
}

struct look
theme_look(const struct theme *theme, enum depth depth, enum role role, bool is_selected)
{
    const struct look *looks = mono_looks;
    struct look look;

    if (depth == DEPTH_256 && !theme->is_mono)
        looks = theme->looks;
    if (depth == DEPTH_16 && !theme->is_mono)
        looks = theme->low;
    look = looks[role];
    if (!is_selected)
        return look;
    if (depth == DEPTH_256 && theme->select >= 0) {
        look.background = theme->select;
        return look;
    }
    /* Reversed as a whole: a coloured text on a reversed row would become a coloured block. */
    return (struct look){
        .foreground = -1, .background = -1, .is_reverse = true, .is_bold = look.is_bold
    };
}

bool
depth_choose(enum depth *out, const char *wanted, int offered, const char *no_color)
{
    enum depth best = offered >= 256 ? DEPTH_256 : offered >= 8 ? DEPTH_16 : DEPTH_MONO;

    if (wanted == NULL || strcmp(wanted, "auto") == 0)
        *out = no_color != NULL && *no_color != '\0' ? DEPTH_MONO : best;
    else if (strcmp(wanted, "always") == 0)
        *out = best;
    else if (strcmp(wanted, "never") == 0 || strcmp(wanted, "mono") == 0)
        *out = DEPTH_MONO;
    else if (strcmp(wanted, "16") == 0)
        *out = best == DEPTH_256 ? DEPTH_16 : best;
    else if (strcmp(wanted, "256") == 0)
        *out = best;
    else
        return false;
    return true;
}
