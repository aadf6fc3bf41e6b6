"""A full disk: a small ext4 fills up at a random moment, for everybody, and has space again some time later.

The work and what must hold of it are those of `errors`; here the file system itself refuses, with all that it does besides.
"""

import os
import threading
import time

import disk
import errors
from errors import NEVER


class Ballast:
    """Takes all space of a file system, and gives it back."""

    def __init__(self, folder):
        self.path = f"{folder}/ballast"
        self.last = "full"
        self.armed = time.monotonic()
        self.filler, self.freed, self.has_filled = None, threading.Event(), False

    def arm(self, change, error, lasting):
        """Fills the disk so many milliseconds from now: what `errors` counts is time here."""
        self.freed.clear()
        self.has_filled = False
        self.armed = time.monotonic()
        if change < NEVER:
            self.filler = threading.Thread(target=self.fill, args=(change / 1000,))
            self.filler.start()

    @property
    def count(self):
        return int((time.monotonic() - self.armed) * 1000)

    def fill(self, delay):
        if self.freed.wait(delay):
            return
        self.has_filled = True
        ballast = os.open(self.path, os.O_WRONLY | os.O_CREAT)
        try:
            # To the last block, and what others give back meanwhile too.
            while not self.freed.wait(0.005):
                size, step = os.fstat(ballast).st_size, 1 << 26
                while step >= 4096:
                    try:
                        os.posix_fallocate(ballast, size, step)
                        size += step
                    except OSError:
                        step //= 2
        finally:
            os.close(ballast)

    def free(self):
        self.freed.set()
        if self.filler:
            self.filler.join()
            self.filler = None
        if os.path.exists(self.path):
            os.remove(self.path)
        return int(self.has_filled)


class Campaign(errors.Campaign):
    unit = "milliseconds"

    @property
    def is_over(self):
        return self.rounds >= self.options.count

    def ground(self, stack, place):
        image = f"{place}/image"
        disk.make_image(image, self.options.size)
        device = stack.enter_context(disk.loop_device(image))
        folder = stack.enter_context(disk.mounted(device, f"{place}/shown"))
        ballast = Ballast(folder)
        stack.callback(ballast.free)
        return ballast

    def fault(self):
        restart = self.generator.choices(["none", "freed", "failing"], [6, 2, 2])[0]
        return (self.generator.randrange(1, self.changes + 1), "ENOSPC", True, restart)
