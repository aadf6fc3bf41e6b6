"""Power loss: what the product writes is recorded, then the disk is made as it could have been at any moment, and a server is started on it.

A disk that loses power has everything that was written before the last flush it completed, and of what came after it anything: all, nothing, some
of the writes, parts of them.
"""

import bisect
import concurrent.futures
import contextlib
import os
import random
import shutil
import subprocess
import sys
import time

import disk
from expectation import Expectation, Inspection
from product import Failure, Refused, Server, Tree, new_boot_id
from workload import Workload, save

sys.path.insert(0, disk.LAYERS)
from recorder import FLUSH, HEAD, WRITE  # noqa: E402

MODES = ("all", "none", "some", "torn")
SECTOR = 512
# Violations of one point that are told.
SHOWN = 8
# The superblock fits into one block, which ext4 takes to be written whole or not at all.
SUPERBLOCK_END = 4096


class Recording:
    """The index of a recording: for each record its kind, place, length and where its bytes lie."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.records, self.starts, self.flushes = [], [], []
        offset, size = 0, os.path.getsize(path)
        while offset + HEAD.size <= size:
            kind, place, length = HEAD.unpack(os.pread(self.file.fileno(), HEAD.size, offset))
            if kind == FLUSH:
                self.flushes.append(len(self.records))
            self.records.append((kind, place, length, offset + HEAD.size))
            self.starts.append(offset)
            offset += HEAD.size + length
        self.end = offset

    def position(self, number):
        """The clock just before the record `number`."""
        return self.starts[number] if number < len(self.starts) else self.end

    def number(self, position):
        """The first record that isn't whole at the clock's `position`."""
        return bisect.bisect_left(self.starts, position)

    def last_flush(self, number):
        """How many records the last flush before the record `number` made durable."""
        found = bisect.bisect_left(self.flushes, number)
        return self.flushes[found - 1] if found else 0

    def bytes(self, number):
        _, _, length, start = self.records[number]
        return os.pread(self.file.fileno(), length, start)

    def apply(self, image, first, end):
        """Writes the records from `first` up to `end`, without it, into the image."""
        for number in range(first, end):
            kind, place, _, _ = self.records[number]
            if kind == WRITE:
                os.pwrite(image, self.bytes(number), place)

    def apply_remains(self, image, first, end, mode, generator):
        """What a disk may have kept of the records that no flush covers."""
        for number in range(first, end):
            kind, place, length, _ = self.records[number]
            if kind != WRITE or mode == "none" or (mode == "some" and generator.random() < 0.5):
                continue
            data = self.bytes(number)
            if mode != "torn" or place < SUPERBLOCK_END:
                os.pwrite(image, data, place)
                continue
            size = generator.choice([SECTOR, 4096])
            for start in range(0, length, size):
                if generator.random() < 0.5:
                    os.pwrite(image, data[start : start + size], place + start)


class Campaign:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.generator = random.Random(options.seed)
        self.token = None
        self.entries, self.recording = [], None

    def run(self):
        began = time.monotonic()
        self.prepare()
        self.record()
        flushes, writes = len(self.recording.flushes), len(self.recording.records)
        print(
            f"recorded {writes} writes and flushes ({flushes} flushes, {self.recording.end >> 20} MiB), "
            f"{len(self.entries)} acknowledgements, in {time.monotonic() - began:.0f} s"
        )
        return self.replay()

    def prepare(self):
        """An image with a server's folder on it: an account, and the environment that jobs use."""
        image = f"{self.scratch}/base.img"
        disk.make_image(image, self.options.size)
        with disk.loop_device(image) as device, disk.mounted(device, f"{self.scratch}/base") as folder:
            server = Server(self.options.bin, f"{self.scratch}/server", f"{folder}/data", self.options.uv)
            try:
                server.start()
                self.token = server.add_user("campaign")
                client = server.client(self.token)
                code = client.send(Tree({"main.py": b"\n"}))["id"]
                end = client.wait(client.submit("warm-up", code, "true")["id"], 120)
                if end["outcome"] != "success":
                    raise Failure(f"the first job fails: {end['reason']}")
                server.stop()
            finally:
                server.end_all()

    def record(self):
        image, path = f"{self.scratch}/disk.img", f"{self.scratch}/recording"
        copy(f"{self.scratch}/base.img", image)
        with contextlib.ExitStack() as stack:
            stack.enter_context(disk.layer("recorder.py", f"{self.scratch}/recorder", image, path))
            device = stack.enter_context(disk.loop_device(f"{self.scratch}/recorder/disk"))
            folder = stack.enter_context(disk.mounted(device, f"{self.scratch}/recorded"))
            server = Server(self.options.bin, f"{self.scratch}/server", f"{folder}/data", self.options.uv)
            stack.callback(server.end_all)
            server.start()
            workload = Workload(server, self.token, self.options.seed, lambda: os.path.getsize(path))
            workload.begin()
            # The server is killed once in between, with jobs that run and jobs that wait.
            for part in range(2):
                workload.run(self.options.seconds / 2, part)
                if part == 0:
                    server.kill()
                    server.start()
            self.entries = workload.journal.entries
            end = os.path.getsize(path)
        os.truncate(path, end)
        save(self.entries, f"{self.scratch}/journal.json")
        self.recording = Recording(path)

    def points(self):
        """Where to lose power: (record, how), in the order of records. Half of them just after something was acknowledged."""
        count = self.options.count
        acknowledged = [entry["at"] for entry in self.entries]
        first = self.recording.number(acknowledged[0])
        chosen = []
        for number in range(count):
            if number % 2:
                record = self.generator.randrange(first, len(self.recording.records) + 1)
            else:
                record = self.recording.number(self.generator.choice(acknowledged))
            chosen.append((record, MODES[self.generator.randrange(len(MODES))], self.generator.randrange(2**32)))
        return sorted(chosen)

    def replay(self):
        base, present = f"{self.scratch}/base.img", 0
        total, found, notes = 0, [], {}
        points = self.points()
        began = time.monotonic()
        jobs = self.options.jobs
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool, open(base, "r+b") as file:
            running = set()
            for number, (record, mode, seed) in enumerate(points, 1):
                durable = self.recording.last_flush(record)
                self.recording.apply(file.fileno(), present, durable)
                present = max(present, durable)
                image = f"{self.scratch}/point-{number}.img"
                copy(base, image)
                with open(image, "r+b") as copied:
                    self.recording.apply_remains(copied.fileno(), durable, record, mode, random.Random(seed))
                if len(running) >= jobs:
                    done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                    self.take(done, found, notes)
                running.add(pool.submit(self.check, number, record, mode, image))
                total += 1
                if number % 25 == 0:
                    print(f"{number} points, {len(found)} violations, {time.monotonic() - began:.0f} s", flush=True)
            self.take(concurrent.futures.wait(running)[0], found, notes)
        print(f"{total} points in {time.monotonic() - began:.0f} s, seed {self.options.seed}: {len(found)} violations")
        print(f"how jobs ended whose end was not acknowledged: {notes}")
        return not found

    def take(self, done, found, notes):
        for future in done:
            violations, ends = future.result()
            for violation in violations[:SHOWN]:
                print(f"VIOLATION {violation}", flush=True)
            if len(violations) > SHOWN:
                print(f"and {len(violations) - SHOWN} more at this point")
            found += violations
            for outcome, count in ends.items():
                notes[outcome] = notes.get(outcome, 0) + count

    def check(self, number, record, mode, image):
        """Starts a server on the image, and says what is wrong with it."""
        position = self.recording.position(record)
        expectation = Expectation([entry for entry in self.entries if entry["at"] <= position])
        expectation.accounts.setdefault("campaign", self.token)
        folder = f"{self.scratch}/point-{number}"
        where = f"at point {number} (record {record}, {mode}): "
        inspection = None
        try:
            with disk.loop_device(image) as device, disk.mounted(device, folder):
                server = Server(
                    self.options.bin, f"{self.scratch}/server-{number}", f"{folder}/data", self.options.uv, new_boot_id()
                )
                inspection = Inspection(server, expectation)
                self.inspect(inspection, number)
            if flaws := disk.flaws(image):
                inspection.violated(f"ext4 is damaged: {flaws}")
            violations = inspection.violations
        except (Failure, Refused, OSError) as error:
            violations = (inspection.violations if inspection else []) + [f"{type(error).__name__}: {error}"]
        if violations and self.options.keep:
            # As it was before the server was started on it.
            print(f"{where}the image is made again by the same seed; the changed one is {image}")
        else:
            os.remove(image)
        with contextlib.suppress(OSError):
            os.rmdir(folder)
        shutil.rmtree(f"{self.scratch}/server-{number}", ignore_errors=True)
        return [where + violation for violation in violations], inspection.ends if inspection else {}

    def inspect(self, inspection, number):
        server = inspection.server
        try:
            inspection.check_store()
            server.start()
            inspection.check_acknowledged()
            inspection.check_jobs()
            inspection.check_new_work(f"point{number}")
            server.stop()
            inspection.check_store()
            inspection.check_database()
        finally:
            server.end_all()


def copy(source, target):
    subprocess.run(["cp", "--sparse=always", source, target], check=True)
