"""Disks of a campaign: images with ext4 on them, loop devices, mounts, and the file systems of `layers`. Whatever is set up here is taken down again."""

import contextlib
import os
import socket
import subprocess
import sys
import time

from product import Failure

LAYERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers")


def run(*command, check=True):
    result = subprocess.run(command, capture_output=True, text=True)
    if check and result.returncode != 0:
        raise Failure(f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
    return result


def make_image(path, mebibytes):
    """A new image with ext4 on it, of the block size that disks have; nothing of the file system is left to be made later."""
    with open(path, "wb") as file:
        file.truncate(mebibytes << 20)
    run("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-J", "size=8", "-E", "lazy_itable_init=0,lazy_journal_init=0", path)


@contextlib.contextmanager
def loop_device(path, block=512):
    device = run("losetup", "--find", "--show", "--sector-size", str(block), path).stdout.strip()
    try:
        yield device
    finally:
        run("losetup", "--detach", device, check=False)


@contextlib.contextmanager
def mounted(device, folder, options="noatime"):
    os.makedirs(folder, exist_ok=True)
    run("mount", "-t", "ext4", "-o", options, device, folder)
    try:
        yield folder
    finally:
        unmount(folder)


def unmount(folder):
    for _ in range(100):
        if run("umount", folder, check=False).returncode == 0:
            return
        # What was killed lets go of its files a little later.
        time.sleep(0.05)
    run("umount", "--lazy", folder, check=False)
    raise Failure(f"{folder} is still in use")


def flaws(image):
    """What e2fsck has to say of an image that was unmounted, or nothing."""
    for _ in range(50):
        result = run("e2fsck", "-fn", image, check=False)
        if result.returncode == 0:
            return ""
        # A sandbox that is just ending holds the mount in a namespace of its own for a moment.
        time.sleep(0.1)
    return result.stdout[-600:]


@contextlib.contextmanager
def layer(script, folder, *arguments):
    """One of the file systems in `layers`, mounted on `folder`."""
    os.makedirs(folder, exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, f"{LAYERS}/{script}", folder, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        if child.stdout.readline().strip() != "ready":
            raise Failure(f"{script} can't be mounted")
        yield child
    finally:
        for _ in range(100):
            if run("umount", folder, check=False).returncode == 0 or child.poll() is not None:
                break
            time.sleep(0.05)
        else:
            run("umount", "--lazy", folder, check=False)
        # It would end by itself, were there nobody with a mount namespace that was copied meanwhile.
        child.kill()
        child.wait()
        child.stdout.close()


class FaultControl:
    """Tells `passthrough.py` what is to fail."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rw", encoding="utf-8")

    def say(self, line):
        self.lines.write(f"{line}\n")
        self.lines.flush()
        return self.lines.readline().strip()

    def arm(self, number, error, lasting):
        self.say(f"arm {number} {error} {'until-freed' if lasting else 'once'}")

    def free(self):
        return int(self.say("free"))

    @property
    def count(self):
        return int(self.say("count"))

    @property
    def last(self):
        return self.say("trace")

    def close(self):
        self.lines.close()
        self.socket.close()
