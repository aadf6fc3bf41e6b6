"""Writes an archive: make-archive.py KIND PATH. The kinds are the functions below, with - for _."""

import bz2, gzip, io, lzma, os, struct, subprocess, sys, tarfile, zipfile, zlib


def entry(name, data=b"", **values):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in values.items():
        setattr(info, key, value)
    return info, io.BytesIO(data)


def tar(*entries, format=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, errors="surrogateescape") as archive:
        for info, data in entries:
            archive.addfile(info, data)
    return out.getvalue()


def folder(name):
    return entry(name, type=tarfile.DIRTYPE, mode=0o755)


def link(name, target):
    return entry(name, type=tarfile.SYMTYPE, linkname=target)


def hard(name, target):
    return entry(name, type=tarfile.LNKTYPE, linkname=target)


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def zip_link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info, target


# What is as it should be.

def ordinary():
    return tar(
        folder("./"), folder("./data"), entry("./data/a.txt", b"alpha"), entry("data/run", b"#!/bin/sh\n", mode=0o755),
        folder("./empty/"), link("data/link", "a.txt"), hard("data/again", "./data/a.txt"), entry("data/\u00fcber", b""),
        entry("z", b"beta" * 50_000), hard("b", "z"), folder("data"), entry("._junk", b"x"), entry("data/nested.tar.gz", ordinary_nested()),
    )


def ordinary_nested():
    return gzip.compress(tar(entry("../inside", b"x")), mtime=0)


def gz():
    return gzip.compress(ordinary(), mtime=0)


def bzip2():
    return bz2.compress(ordinary())


def xz():
    return lzma.compress(ordinary())


def pax():
    return tar(entry("d/" + "long" * 60, b"x"), entry("d/" + "\u65e5\u672c" * 40, b"y"), format=tarfile.PAX_FORMAT)


def ustar():
    return tar(entry("plain", b"x"), format=tarfile.USTAR_FORMAT)


def zip():
    return zipped(("data/a.txt", b"alpha"), ("empty/", b""), zip_link("data/link", "a.txt"), ("z", b"beta" * 50_000))


# Escapes.

def parent():
    return tar(entry("../../../escaped", b"x"))


def inner_parent():
    return tar(entry("a/../../escaped", b"x"))


def absolute():
    return tar(entry("/tmp/escaped", b"x"))


def zip_parent():
    return zipped(("../../escaped", b"x"))


def zip_absolute():
    return zipped(("/tmp/escaped", b"x"))


def zip_backslash():
    return zipped(("..\\..\\escaped", b"x"))


def link_out():
    return tar(link("out", "../../etc"))


def link_absolute():
    return tar(link("out", "/etc/shadow"))


def zip_link_out():
    return zipped(zip_link("out", "../../../etc/shadow"))


def links_together():
    return tar(link("a", "."), link("b", "a/.."), entry("b/escaped", b"x"))


def through_link():
    return tar(folder("d"), link("l", "d"), entry("l/escaped", b"x"))


def through_link_later():
    return tar(entry("l/escaped", b"x"), link("l", "d"))


def below_file():
    return tar(entry("f", b"x"), entry("f/g", b"x"))


def hard_out():
    return tar(hard("shadow", "../../../etc/shadow"))


def hard_absolute():
    return tar(hard("shadow", "/etc/shadow"))


def hard_missing():
    return tar(hard("a", "nothing"))


def hard_later():
    return tar(hard("a", "b"), entry("b", b"x"))


def hard_to_link():
    return tar(link("l", "x"), hard("a", "l"))


def hard_to_folder():
    return tar(folder("d"), hard("a", "d"))


# What no tree has.

def device():
    return tar(entry("sda", type=tarfile.BLKTYPE, devmajor=8, devminor=0))


def character_device():
    return tar(entry("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3))


def fifo():
    return tar(entry("pipe", type=tarfile.FIFOTYPE))


def duplicate():
    return tar(entry("a", b"one"), entry("b", b""), entry("./a", b"two"))


def zip_duplicate():
    return zipped(("a", b"one"), ("a", b"two"))


def file_and_folder():
    return tar(entry("a", b"one"), folder("a"))


def not_unicode():
    return tar(entry("caf\udce9", b"x"))


def not_unicode_pax():
    return tar(entry("caf\udce9", b"x"), format=tarfile.PAX_FORMAT)


def not_unicode_zip():
    data = zipped(("cafXx", b"x"))
    return data.replace(b"cafXx", b"caf\xe9x")


def nul():
    return tar(entry("a\0b/../../escaped", b"x"), entry("a", b""))


def long_name():
    return tar(entry("n" * 300, b"x"))


def deep():
    return tar(entry("d/" * 300 + "f", b"x"))


# Bombs.

def headers(count, name, size=0, data=b""):
    """Many entries, made fast."""
    head, _ = entry(name % 0, b"")
    for number in range(count):
        head.name = name % number
        head.size = size
        yield head.tobuf(tarfile.USTAR_FORMAT)
        if size:
            yield data + b"\0" * (-len(data) % 512)
    yield b"\0" * 1024


def million():
    return b"".join(headers(1_000_000, "%d"))


def million_gz():
    packed = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([packed.compress(piece) for piece in headers(1_000_000, "%d")] + [packed.flush()])


def million_folders():
    head, _ = folder("d")
    pieces = []
    for number in range(1_000_000):
        head.name = "%d/" % number
        pieces.append(head.tobuf(tarfile.USTAR_FORMAT))
    return b"".join(pieces + [b"\0" * 1024])


def million_files():
    return b"".join(headers(1_000_000, "%d", 1, b"x"))


def million_zip():
    out = io.BytesIO()
    directory = []
    for number in range(1_000_000):
        name = b"%d" % number
        directory.append(struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, out.tell()) + name)
        out.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name)
    start = out.tell()
    whole = b"".join(directory)
    out.write(whole)
    # A ZIP64 end, as more than 65,535 entries want it.
    out.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(whole), start))
    out.write(struct.pack("<IIQI", 0x07064B50, 0, start + len(whole), 1))
    out.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 65535, 65535, len(whole), start, 0))
    return out.getvalue()


def zeros(size):
    info, _ = entry("zeros")
    info.size = size
    yield info.tobuf(tarfile.GNU_FORMAT)
    piece = b"\0" * (1 << 20)
    for _ in range(size >> 20):
        yield piece
    yield b"\0" * 1024


def bomb_gz():
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packed.compress(piece) for piece in zeros(1 << 30)] + [packed.flush()])


def bomb_bz2():
    packed = bz2.BZ2Compressor(9)
    return b"".join([packed.compress(piece) for piece in zeros(256 << 20)] + [packed.flush()])


def bomb_xz():
    packed = lzma.LZMACompressor(preset=0)
    return b"".join([packed.compress(piece) for piece in zeros(1 << 30)] + [packed.flush()])


def bomb_zst():
    # A frame without a content size whose blocks are one byte, repeated (RFC 8878, RLE_Block), around a tar's header and end.
    def raw(data, last=0):
        return struct.pack("<I", last | 0 << 1 | len(data) << 3)[:3] + data
    def repeated(count):
        return struct.pack("<I", 1 << 1 | count << 3)[:3] + b"\0"
    info, _ = entry("zeros")
    info.size = 1 << 30
    header = info.tobuf(tarfile.GNU_FORMAT)
    return b"\x28\xb5\x2f\xfd\x00\x58" + raw(header) + repeated(1 << 17) * (1 << 13) + raw(b"\0" * 1024, 1)


def bomb_zip():
    return zipped(("zeros", b"\0" * (256 << 20)))


def bomb_sparse():
    """GNU's old sparse format: a file of 1 TiB that has no byte."""
    info, _ = entry("sparse")
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = b"S"
    header[386:398] = b"%011o\0" % 0
    header[398:410] = b"%011o\0" % 0
    # 1 TiB in base 256.
    header[483:495] = b"\x80" + (1 << 40).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"\0" * 1024


def long_names():
    pieces = []
    for number in range(60_000):
        name = ("n" * 250 + "/") * 10 + "%d" % number
        info, _ = entry(name)
        pieces.append(info.tobuf(tarfile.GNU_FORMAT))
    return b"".join(pieces + [b"\0" * 1024])


def hard_link_bomb():
    entries = [entry("f", os.urandom(1 << 20))]
    return tar(*entries, *[hard("h%d" % number, "f") for number in range(2_000)])


def header_bomb():
    """A name of 1 GiB, or so it says."""
    info, _ = entry("././@LongLink", type=tarfile.GNUTYPE_LONGNAME)
    info.size = 1 << 30
    return info.tobuf(tarfile.GNU_FORMAT) + b"n" * (1 << 20)


def quine():
    """As a gzip of a gzip of a tar: compressed twice."""
    return gzip.compress(gz(), mtime=0)


# What is broken, or something else.

def truncated():
    return ordinary()[:-20_480 - 700]


def truncated_at_entry():
    whole = ordinary()
    return whole[:whole.rstrip(b"\0").__len__() // 512 * 512 + 512]


def truncated_gz():
    return gz()[:-100]


def truncated_zip():
    return zip()[:-50]


def wrong_crc():
    data = bytearray(zip())
    at = data.index(b"data/a.txt") + len(b"data/a.txt")
    data[at] ^= 0xFF
    return bytes(data)


def lying_zip():
    """The directory says that a file is far smaller than it is."""
    data = bytearray(zipped(("zeros", b"\0" * (16 << 20))))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24:at + 28] = struct.pack("<I", 10)
    return bytes(data)


def encrypted_zip():
    data = bytearray(zip())
    at = 0
    while True:
        at = data.find(b"PK\x01\x02", at)
        if at < 0:
            break
        data[at + 8] |= 1
        at += 4
    at = 0
    while True:
        at = data.find(b"PK\x03\x04", at)
        if at < 0:
            break
        data[at + 6] |= 1
        at += 4
    return bytes(data)


def garbage():
    return os.urandom(100_000)


def text():
    return b"hello\n" * 1_000


def nothing_in_it():
    return b"\0" * 10_240


if __name__ == "__main__":
    kind, path = sys.argv[1:]
    with open(path, "wb") as out:
        out.write(globals()[kind.replace("-", "_")]())
