"""A file system that shows a folder, and fails what changes it when it is told to.

Usage: passthrough.py MOUNT_POINT FOLDER CONTROL_SOCKET

Over CONTROL_SOCKET (a Unix stream socket) come lines, each answered by one:

    arm NUMBER ERROR once|until-freed    the change NUMBER from now on (from 1), or it and all that follow, fail with ERROR (ENOSPC, EIO)
    free                                 nothing fails any more; answers how many changes failed
    count                                how many changes there were since the last `arm`
    trace                                what failed last: the kind of change and the path

With ENOSPC everything fails that may need a block; removing and changing rights doesn't. With EIO every change fails, and every sync. A write that fails
with ENOSPC has first written the blocks (4 KiB) that it could fill, as file systems do.

What it can't show: syncfs(2) never reaches a FUSE server, and there are no reflinks.
"""

import ctypes
import errno
import os
import resource
import socket
import stat
import sys
import threading

import fuse

BLOCK = 4096
FREEING = {"unlink", "rmdir", "attributes"}


class Faults:
    """When which change fails."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        self.at = None
        self.error = 0
        self.lasting = False
        self.last = "nothing"

    def arm(self, number, error, lasting):
        self.count, self.failed, self.at, self.error, self.lasting = 0, 0, number, error, lasting

    def free(self):
        self.at = None
        return self.failed

    def strike(self, kind, path):
        """Counts a change, and says the error with which it is to fail, or 0."""
        self.count += 1
        if self.at is None or self.count < self.at or (self.count > self.at and not self.lasting):
            return 0
        if self.error == errno.ENOSPC and kind in FREEING:
            # Nothing that a full disk would refuse: the next change is meant.
            if not self.lasting:
                self.at += 1
            return 0
        self.failed += 1
        self.last = f"{kind} {path()}"
        return self.error


class Node:
    """A file of the folder that the kernel knows: its number, an O_PATH descriptor of it, and how often the kernel looked it up."""

    __slots__ = ("number", "descriptor", "key", "lookups")

    def __init__(self, number, descriptor, key):
        self.number, self.descriptor, self.key, self.lookups = number, descriptor, key, 0

    @property
    def path(self):
        return f"/proc/self/fd/{self.descriptor}"


class PassThrough:
    def __init__(self, folder, faults):
        self.faults = faults
        root = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.nodes = {fuse.ROOT: Node(fuse.ROOT, root, self.key(os.fstat(root)))}
        self.numbers = {self.nodes[fuse.ROOT].key: fuse.ROOT}
        self.last_number = fuse.ROOT
        # Open folders: their entries as they were when reading began.
        self.listings = {}
        names = {
            "LOOKUP", "FORGET", "BATCH_FORGET", "GETATTR", "SETATTR", "READLINK", "SYMLINK", "MKNOD", "MKDIR", "UNLINK", "RMDIR",
            "RENAME", "RENAME2", "LINK", "OPEN", "READ", "WRITE", "STATFS", "RELEASE", "FSYNC", "FLUSH", "OPENDIR", "READDIR",
            "RELEASEDIR", "FSYNCDIR", "CREATE", "FALLOCATE", "LSEEK", "GETXATTR", "LISTXATTR",
        }  # fmt: skip
        self.handlers = {getattr(fuse, name): getattr(self, name.lower()) for name in names}

    @staticmethod
    def key(status):
        return (status.st_dev, status.st_ino)

    def node(self, request):
        return self.nodes[request.node]

    def strike(self, kind, node, name=None):
        def path():
            folder = os.readlink(node.path)
            return folder if name is None else f"{folder}/{os.fsdecode(name)}"

        error = self.faults.strike(kind, path)
        if error:
            raise OSError(error, os.strerror(error))

    def enter(self, parent, name):
        """The node of a name, with one more look-up of the kernel's, and its status."""
        descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent.descriptor)
        status = os.fstat(descriptor)
        number = self.numbers.get(self.key(status))
        if number is not None:
            os.close(descriptor)
            node = self.nodes[number]
        else:
            self.last_number += 1
            node = Node(self.last_number, descriptor, self.key(status))
            self.nodes[node.number] = node
            self.numbers[node.key] = node.number
        node.lookups += 1
        return node, status

    def entered(self, parent, name):
        node, status = self.enter(parent, name)
        return fuse.entry_answer(node.number, status)

    def own(self, request, parent, name):
        os.chown(name, request.uid, request.gid, dir_fd=parent.descriptor, follow_symlinks=False)

    def lookup(self, request):
        return self.entered(self.node(request), request.names(0)[0])

    def leave(self, number, count):
        node = self.nodes.get(number)
        if node is None or number == fuse.ROOT:
            return
        node.lookups -= count
        if node.lookups <= 0:
            del self.nodes[number], self.numbers[node.key]
            os.close(node.descriptor)

    def forget(self, request):
        self.leave(request.node, request.unpack("Q")[0])

    def batch_forget(self, request):
        (count,) = request.unpack("I")
        words = request.unpack(f"8x{2 * count}Q")
        for number, lookups in zip(words[::2], words[1::2]):
            self.leave(number, lookups)

    def getattr(self, request):
        return fuse.attribute_answer(os.fstat(self.node(request).descriptor))

    def setattr(self, request):
        valid, handle, size, _, access, change, _, access_ns, change_ns, _, mode, uid, gid = request.unpack(
            "I4xQQQQQQIIII4xII"
        )
        node = self.node(request)
        grows = valid & 8 and size > os.fstat(node.descriptor).st_size
        self.strike("grow" if grows else "attributes", node)
        if valid & 6:
            os.chown(node.path, uid if valid & 2 else -1, gid if valid & 4 else -1)
        if valid & 1:
            os.chmod(node.path, stat.S_IMODE(mode))
        if valid & 8:
            if valid & 64:
                os.ftruncate(handle, size)
            else:
                os.truncate(node.path, size)
        if valid & 48:
            old = os.fstat(node.descriptor)
            os.utime(
                node.path,
                ns=(
                    access * 1_000_000_000 + access_ns if valid & 16 else old.st_atime_ns,
                    change * 1_000_000_000 + change_ns if valid & 32 else old.st_mtime_ns,
                ),
            )
        return fuse.attribute_answer(os.fstat(node.descriptor))

    def readlink(self, request):
        return os.readlink(b"", dir_fd=self.node(request).descriptor)

    def symlink(self, request):
        name, target = request.names(0)
        parent = self.node(request)
        self.strike("symlink", parent, name)
        os.symlink(target, name, dir_fd=parent.descriptor)
        self.own(request, parent, name)
        return self.entered(parent, name)

    def mknod(self, request):
        mode, device = request.unpack("II")
        name = request.names(16)[0]
        parent = self.node(request)
        self.strike("mknod", parent, name)
        os.mknod(name, mode, device, dir_fd=parent.descriptor)
        self.own(request, parent, name)
        return self.entered(parent, name)

    def mkdir(self, request):
        (mode,) = request.unpack("I")
        name = request.names(8)[0]
        parent = self.node(request)
        self.strike("mkdir", parent, name)
        os.mkdir(name, mode, dir_fd=parent.descriptor)
        self.own(request, parent, name)
        return self.entered(parent, name)

    def unlink(self, request):
        name = request.names(0)[0]
        self.strike("unlink", self.node(request), name)
        os.unlink(name, dir_fd=self.node(request).descriptor)

    def rmdir(self, request):
        name = request.names(0)[0]
        self.strike("rmdir", self.node(request), name)
        os.rmdir(name, dir_fd=self.node(request).descriptor)

    def moved(self, request, start, flags):
        (folder,) = request.unpack("Q")
        old, new = request.names(start)
        self.strike("rename", self.node(request), old)
        source, target = self.node(request).descriptor, self.nodes[folder].descriptor
        if fuse.libc.renameat2(source, old, target, new, flags) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def rename(self, request):
        self.moved(request, 8, 0)

    def rename2(self, request):
        self.moved(request, 16, request.unpack("QI")[1])

    def link(self, request):
        (old,) = request.unpack("Q")
        name = request.names(8)[0]
        parent = self.node(request)
        self.strike("link", parent, name)
        os.link(self.nodes[old].path, name, dst_dir_fd=parent.descriptor, follow_symlinks=True)
        return self.entered(parent, name)

    @staticmethod
    def flags(flags):
        # The kernel has done what these ask for, and says the place of each write itself.
        return (flags & ~(os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_APPEND | os.O_DIRECT | os.O_SYNC)) | os.O_CLOEXEC

    def open(self, request):
        (flags,) = request.unpack("I")
        if flags & os.O_TRUNC:
            self.strike("attributes", self.node(request))
        return fuse.open_answer(os.open(self.node(request).path, self.flags(flags)))

    def create(self, request):
        flags, mode = request.unpack("II")
        name = request.names(16)[0]
        parent = self.node(request)
        self.strike("create", parent, name)
        handle = os.open(name, self.flags(flags) | os.O_CREAT | (flags & os.O_EXCL), mode, dir_fd=parent.descriptor)
        os.fchown(handle, request.uid, request.gid)
        return self.entered(parent, name) + fuse.open_answer(handle)

    def read(self, request):
        handle, offset, size = request.unpack("QQI")
        return os.pread(handle, size, offset)

    def write(self, request):
        handle, offset, size = request.unpack("QQI")
        data = request.body[40 : 40 + size]
        try:
            self.strike("write", self.node(request))
        except OSError as error:
            fitting = (offset + size) // BLOCK * BLOCK - offset
            if error.errno != errno.ENOSPC or not 0 < fitting < size:
                raise
            data = data[:fitting]
            # The rest fails when it is tried.
            self.faults.at = self.faults.count + 1 if not self.faults.lasting else self.faults.at
        return fuse.struct.pack("<II", os.pwrite(handle, data, offset), 0)

    def statfs(self, request):
        s = os.statvfs(self.node(request).path)
        return fuse.struct.pack(
            "<QQQQQIIII24x", s.f_blocks, s.f_bfree, s.f_bavail, s.f_files, s.f_ffree, s.f_bsize, s.f_namemax, s.f_frsize, 0
        )

    def release(self, request):
        os.close(request.unpack("Q")[0])

    def fsync(self, request):
        self.strike("fsync", self.node(request))

    def flush(self, request):
        pass

    def opendir(self, request):
        handle = os.open(self.node(request).path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return fuse.open_answer(handle, 0)

    def readdir(self, request):
        handle, offset, size = request.unpack("QQI")
        if offset == 0 or handle not in self.listings:
            kinds = (("is_dir", stat.S_IFDIR), ("is_symlink", stat.S_IFLNK), ("is_file", stat.S_IFREG))
            with os.scandir(handle) as entries:
                self.listings[handle] = [(1, 4, b"."), (1, 4, b"..")] + [
                    (entry.inode(), next((k >> 12 for n, k in kinds if getattr(entry, n)()), 0), os.fsencode(entry.name))
                    for entry in entries
                ]
        return fuse.entries_answer(self.listings[handle], offset, size)

    def releasedir(self, request):
        handle = request.unpack("Q")[0]
        self.listings.pop(handle, None)
        os.close(handle)

    def fsyncdir(self, request):
        self.strike("fsync", self.node(request))

    def fallocate(self, request):
        handle, offset, length, mode = request.unpack("QQQI")
        PUNCH_HOLE = 2
        self.strike("attributes" if mode & PUNCH_HOLE else "allocate", self.node(request))
        if fuse.libc.fallocate(handle, mode, ctypes.c_long(offset), ctypes.c_long(length)) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def lseek(self, request):
        handle, offset, whence = request.unpack("QQI")
        return fuse.struct.pack("<Q", os.lseek(handle, offset, whence))

    def getxattr(self, request):
        raise OSError(errno.ENODATA, "no such attribute")

    def listxattr(self, request):
        raise OSError(errno.EOPNOTSUPP, "no attributes")


def obey(faults, listener):
    """Answers the control socket, one connection at a time."""
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw", encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if words[0] == "arm":
                    faults.arm(int(words[1]), getattr(errno, words[2]), words[3] == "until-freed")
                    answer = "armed"
                elif words[0] == "free":
                    answer = str(faults.free())
                elif words[0] == "count":
                    answer = str(faults.count)
                else:
                    answer = faults.last
                lines.write(f"{answer}\n")
                lines.flush()


def main(folder, source, control):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    os.umask(0)
    faults = Faults()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(control)
    listener.listen()
    device = fuse.mount(folder, "floyd-faults")
    threading.Thread(target=obey, args=(faults, listener), daemon=True).start()
    print("ready", flush=True)
    fuse.serve(device, PassThrough(source, faults))


if __name__ == "__main__":
    main(*sys.argv[1:])
