"""A writer of MaxMind databases: a search tree of 24-bit records, the data, the metadata.

SPDX-License-Identifier: MIT

As https://maxmind.github.io/MaxMind-DB/ describes the format, version 2.0. IPv4 addresses are those of ::/96.
"""
import ipaddress

MARKER = b"\xab\xcd\xefMaxMind.com"


def head(kind, size):
    """The control bytes of a value: its type, and how large it is."""
    extra = b""
    if size >= 285:
        size, extra = 30, (size - 285).to_bytes(2, "big")
    elif size >= 29:
        size, extra = 29, bytes([size - 29])
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + extra


class Number(int):
    """A number of a type of its own: 5 uint16, 6 uint32, 9 uint64."""

    def __new__(cls, value, kind):
        self = super().__new__(cls, value)
        self.kind = kind
        return self


def pack(value):
    if isinstance(value, str):
        text = value.encode()
        return head(2, len(text)) + text
    if isinstance(value, bytes):  # as a text, whatever it holds
        return head(2, len(value)) + value
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(pack(k) + pack(v) for k, v in value.items())
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(map(pack, value))
    data = int(value).to_bytes(8, "big").lstrip(b"\0")
    return head(value.kind if isinstance(value, Number) else 6, len(data)) + data


def build(networks, kind="GeoLite2-City"):
    """The bytes of a database; `networks`: {"203.0.113.0/24": value}."""
    nodes, data = [[None, None]], b""
    for name, value in networks.items():
        network = ipaddress.ip_network(name)
        bits = network.prefixlen + (96 if network.version == 4 else 0)
        address, node = int(network.network_address), 0
        for at in range(bits):
            side = address >> (127 - at) & 1
            if at == bits - 1:
                nodes[node][side] = ("data", len(data))
            elif nodes[node][side] is None:
                nodes[node][side] = len(nodes)
                nodes.append([None, None])
            node = nodes[node][side] if isinstance(nodes[node][side], int) else node
        data += pack(value)
    count = len(nodes)

    def record(side):
        number = count if side is None else side if isinstance(side, int) else count + 16 + side[1]
        return number.to_bytes(3, "big")

    tree = b"".join(record(side) for node in nodes for side in node)
    about = {"binary_format_major_version": Number(2, 5), "binary_format_minor_version": Number(0, 5),
             "build_epoch": Number(1795132800, 9), "database_type": kind, "description": {"en": "made by a test"},
             "ip_version": Number(6, 5), "languages": ["en"], "node_count": Number(count, 6), "record_size": Number(24, 5)}
    return tree + b"\0" * 16 + data + MARKER + pack(about)
