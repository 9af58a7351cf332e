#!/usr/bin/env python3
"""Which tables of a store hold which texts, packed or not. Only indexes are told, never a text.

    tables.py DATABASE <texts.json >tables.json

texts.json is an array of texts; tables.json an object of arrays of their indexes, one for each table.
SPDX-License-Identifier: MIT
"""
import ctypes
import ctypes.util
import json
import sqlite3
import sys

MAGIC = b"\x28\xb5\x2f\xfd"
ROOM = 64 << 20

zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")  # the program's own
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_isError.restype = ctypes.c_uint
room = ctypes.create_string_buffer(ROOM)


def unpacked(blob):
    """A blob, and what it holds when it is zstd; chunks of log lines have a byte before it."""
    for at in (0, 1):
        if blob[at:at + 4] == MAGIC:
            packed = blob[at:]
            length = zstd.ZSTD_decompress(room, ctypes.c_size_t(ROOM), packed, ctypes.c_size_t(len(packed)))
            if zstd.ZSTD_isError(ctypes.c_size_t(length)):
                raise SystemExit("a blob cannot be unpacked")
            return blob + ctypes.string_at(room, length)
    return blob


def content(db, table):
    for row in db.execute('SELECT * FROM "%s"' % table):
        for value in row:
            if isinstance(value, bytes):
                yield unpacked(value)
            elif value is not None:
                yield str(value).encode()


def main():
    texts = [text.encode() for text in json.load(sys.stdin)]
    db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True, timeout=30)
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    found = {}
    for table, in db.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall():
        whole = b"\0".join(content(db, table))
        found[table] = [i for i, text in enumerate(texts) if text in whole]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
