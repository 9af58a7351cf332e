#!/bin/sh
# embed.sh - prints a C source that holds the files named on the command line.
# SPDX-License-Identifier: MIT
set -eu

printf '/* made by embed.sh */\n#include "config.h"\n\n#include "emulator/assets.h"\n\n'
for file; do
    name=$(basename "$file" | tr -c 'A-Za-z0-9\n' '_')
    printf 'static const unsigned char bytes_%s[] = {\n' "$name"
    od -An -v -tu1 "$file" | sed 's/  *\([0-9][0-9]*\)/\1,/g'
    printf '};\n\n'
done
printf 'const struct asset assets[] = {\n'
for file; do
    base=$(basename "$file")
    name=$(printf '%s\n' "$base" | tr -c 'A-Za-z0-9\n' '_')
    printf '    { "%s", bytes_%s, sizeof bytes_%s },\n' "$base" "$name" "$name"
done
printf '    { 0 },\n};\n'
