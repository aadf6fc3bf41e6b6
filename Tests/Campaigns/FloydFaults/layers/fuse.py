"""The kernel's side of FUSE (linux/fuse.h), spoken over /dev/fuse without any library: a mount, and a loop that answers requests.

One request at a time, in the order in which the kernel sends them; so what a file system keeps needs no lock of its own.
"""

import ctypes
import errno
import os
import struct

LOOKUP, FORGET, GETATTR, SETATTR, READLINK, SYMLINK = 1, 2, 3, 4, 5, 6
MKNOD, MKDIR, UNLINK, RMDIR, RENAME, LINK, OPEN, READ, WRITE, STATFS, RELEASE = 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
FSYNC, SETXATTR, GETXATTR, LISTXATTR, REMOVEXATTR, FLUSH, INIT, OPENDIR, READDIR = 20, 21, 22, 23, 24, 25, 26, 27, 28
RELEASEDIR, FSYNCDIR, ACCESS, CREATE, INTERRUPT, DESTROY = 29, 30, 34, 35, 36, 38
BATCH_FORGET, FALLOCATE, RENAME2, LSEEK = 42, 43, 45, 46

ROOT = 1
MINOR = 38
# ASYNC_READ, ATOMIC_O_TRUNC, BIG_WRITES, DONT_MASK is not taken (the kernel applies the umask), MAX_PAGES.
FLAGS = 1 | 1 << 3 | 1 << 5 | 1 << 22
MAXIMUM_WRITE = 1 << 20
KEEP_CACHE = 2

libc = ctypes.CDLL(None, use_errno=True)


class Request:
    """A request's header and body."""

    __slots__ = ("opcode", "unique", "node", "uid", "gid", "body")

    def __init__(self, buffer):
        _, self.opcode, self.unique, self.node, self.uid, self.gid = struct.unpack_from("<IIQQII", buffer)
        self.body = buffer[40:]

    def unpack(self, form):
        return struct.unpack_from("<" + form, self.body)

    def names(self, start):
        """The file names from `start` on, each with a NUL at its end."""
        return bytes(self.body[start:]).split(b"\0")[:-1]


def attributes(status, inode=None):
    """struct fuse_attr."""
    times = [divmod(t, 1_000_000_000) for t in (status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns)]
    return struct.pack(
        "<QQQQQQIIIIIIIIII",
        status.st_ino if inode is None else inode,
        status.st_size,
        status.st_blocks,
        *[max(0, t[0]) for t in times],
        *[t[1] for t in times],
        status.st_mode,
        status.st_nlink,
        status.st_uid,
        status.st_gid,
        status.st_rdev,
        4096,
        0,
    )


def attribute_answer(status, valid=60):
    return struct.pack("<QII", valid, 0, 0) + attributes(status)


def entry_answer(node, status, valid=60):
    return struct.pack("<QQQQII", node, 0, valid, valid, 0, 0) + attributes(status)


def open_answer(handle, flags=KEEP_CACHE):
    return struct.pack("<QII", handle, flags, 0)


def entries_answer(entries, start, size):
    """What READDIR wants: those of `entries` (inode, type, name) from number `start` on that fit into `size` bytes."""
    answer = b""
    for number, (inode, kind, name) in enumerate(entries[start:], start + 1):
        item = struct.pack("<QQII", inode, number, len(name), kind) + name
        item += b"\0" * (-len(item) % 8)
        if len(answer) + len(item) > size:
            break
        answer += item
    return answer


def mount(folder, name):
    """Mounts a file system that doesn't answer yet, for all users of the machine, and returns its descriptor."""
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read={MAXIMUM_WRITE}"
    MS_NODEV, MS_NOATIME = 4, 1024
    if libc.mount(name.encode(), folder.encode(), b"fuse", MS_NODEV | MS_NOATIME, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {folder}: {os.strerror(ctypes.get_errno())}")
    return device


def unmount(folder):
    """Takes a mount away, also one whose server is gone or that is still used."""
    MNT_DETACH = 2
    if libc.umount2(folder.encode(), 0) != 0:
        libc.umount2(folder.encode(), MNT_DETACH)


def serve(device, file_system):
    """Answers requests until the mount is gone. `file_system.handlers` has a method for each opcode; it returns the answer's bytes."""
    buffer = bytearray(MAXIMUM_WRITE + 8192)
    handlers = file_system.handlers
    while True:
        try:
            count = os.readv(device, [buffer])
        except OSError as error:
            if error.errno == errno.ENODEV:
                return
            if error.errno in (errno.EINTR, errno.EAGAIN, errno.ENOENT):
                continue
            raise
        request = Request(memoryview(buffer)[:count])
        if request.opcode in (FORGET, BATCH_FORGET, INTERRUPT):
            if request.opcode != INTERRUPT:
                handlers[request.opcode](request)
            continue
        status, answer = 0, b""
        try:
            if request.opcode == INIT:
                answer = initial_answer(request)
            elif request.opcode in handlers:
                answer = handlers[request.opcode](request) or b""
            elif request.opcode != DESTROY:
                status = errno.ENOSYS
        except OSError as error:
            status = error.errno or errno.EIO
        if status:
            answer = b""
        try:
            os.writev(device, [struct.pack("<IiQ", 16 + len(answer), -status, request.unique), answer])
        except OSError as error:
            # ENOENT: whoever asked was interrupted meanwhile.
            if error.errno not in (errno.ENOENT, errno.ENODEV):
                raise


def initial_answer(request):
    major, minor, read_ahead, flags = request.unpack("IIII")
    return struct.pack(
        "<IIIIHHIIHHII24x", 7, min(minor, MINOR), read_ahead, flags & FLAGS, 64, 48, MAXIMUM_WRITE, 1, 256, 0, 0, 0
    )
