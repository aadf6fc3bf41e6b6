"""A file system of one file, `disk`, that writes down every write and every flush of it before it answers.

Usage: recorder.py MOUNT_POINT IMAGE RECORDING

IMAGE is the file's content and is changed like a disk. RECORDING is a sequence of records, each 24 bytes of head (kind, offset, length) and,
of a write, the bytes. A record is whole in RECORDING before the write or flush that it tells of is acknowledged, so its length is a clock for
everything that waits for the disk: what was acknowledged at length L rests on records before L.
"""

import os
import stat
import struct
import sys

import fuse

HEAD = struct.Struct("<QQQ")
WRITE, FLUSH = 1, 2
DISK = 2


class Recorder:
    def __init__(self, image, recording):
        self.image = os.open(image, os.O_RDWR | os.O_CLOEXEC)
        self.recording = os.open(recording, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self.handlers = {
            fuse.LOOKUP: self.lookup,
            fuse.FORGET: lambda request: None,
            fuse.BATCH_FORGET: lambda request: None,
            fuse.GETATTR: lambda request: fuse.attribute_answer(self.status(request.node)),
            # Times alone: the size is fixed.
            fuse.SETATTR: lambda request: fuse.attribute_answer(self.status(request.node)),
            fuse.OPEN: lambda request: fuse.open_answer(0),
            fuse.OPENDIR: lambda request: fuse.open_answer(0),
            fuse.RELEASE: lambda request: b"",
            fuse.RELEASEDIR: lambda request: b"",
            fuse.FLUSH: lambda request: b"",
            fuse.READ: self.read,
            fuse.WRITE: self.write,
            fuse.FSYNC: self.flush,
        }

    def status(self, node):
        status = os.fstat(self.image)
        if node == DISK:
            return status
        return os.stat_result((stat.S_IFDIR | 0o755, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0, 0, 0, 4096, 0, 0))

    def lookup(self, request):
        if request.names(0)[0] != b"disk":
            raise FileNotFoundError(2, "no such file")
        return fuse.entry_answer(DISK, self.status(DISK))

    def read(self, request):
        _, offset, size = request.unpack("QQI")
        return os.pread(self.image, size, offset)

    def write(self, request):
        _, offset, size = request.unpack("QQI")
        data = request.body[40 : 40 + size]
        os.writev(self.recording, [HEAD.pack(WRITE, offset, size), data])
        os.pwrite(self.image, data, offset)
        return struct.pack("<II", size, 0)

    def flush(self, request):
        os.write(self.recording, HEAD.pack(FLUSH, 0, 0))
        return b""


def main(folder, image, recording):
    device = fuse.mount(folder, "floyd-recorder")
    file_system = Recorder(image, recording)
    print("ready", flush=True)
    fuse.serve(device, file_system)


if __name__ == "__main__":
    main(*sys.argv[1:])
