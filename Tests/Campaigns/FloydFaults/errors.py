"""Failing writes: the Nth change that anybody makes in the data folder fails, or all from the Nth on until space is there again.

A round of work is done over and over: an upload, a version, jobs of all kinds, a stop. In each round another change fails. What was acknowledged must be true
for all that, a refusal must say what is wrong, and everything must go on by itself when nothing fails any more.
"""

import collections
import contextlib
import os
import random
import shutil
import time

import disk
from expectation import Expectation, Inspection
from product import Failure, Refused, Server, Tree
from workload import DATASET, PROJECT, JobPlan, Journal

# What a refusal may be. A full disk has a word of its own.
CLEAR = {"ENOSPC": {507, 503}, "EIO": {500, 503, 507}}
# With what reason a job may end that the disk kept from running.
EXCUSES = ("could not be started", "No space left", "Input/output error", "disk", "worker never started", "could not be built")
ROUNDS_PER_FOLDER = 40
# More changes than any round makes.
NEVER = 10**9


class Round:
    """The work of one round, and what was acknowledged of it."""

    def __init__(self, server, token, code, seed, tag):
        self.client = server.client(token)
        self.token, self.code, self.tag = token, code, tag
        self.generator = random.Random(seed)
        self.journal = Journal(lambda: 0)
        self.journal.note("account", name="campaign", token=token)
        self.refusals = []

    def run(self):
        for part in (self.upload, self.submit):
            with self.refusable():
                part()

    @contextlib.contextmanager
    def refusable(self):
        try:
            yield
        except Refused as error:
            self.refusals.append(error)

    def upload(self):
        tree = Tree(
            {
                f"{self.tag}/a": self.generator.randbytes(self.generator.choice([10, 5_000, 1_200_000])),
                f"{self.tag}/b": self.generator.randbytes(300),
                "empty": b"",
                "same": b"in every round\n",
            }
        )
        note = self.journal.note
        upload = self.client.begin_upload(tree)
        identifier = upload["id"]
        stream = tree.stream(self.client.missing(identifier))
        facts = {"id": identifier, "contents": tree.contents}
        note("begun", stream=stream.hex(), **facts)
        offset, middle = 0, len(stream) // 2
        while offset < len(stream):
            offset = self.client.patch(identifier, offset, stream[offset : middle if offset < middle else None])
            note("offset", id=identifier, offset=offset)
        self.client.commit(identifier)
        note("committed", **facts)
        version = self.client.expect(
            201, "POST", f"/api/v1/datasets/{DATASET}/versions", {"upload": identifier, "message": self.tag}
        ).json
        note("version", id=version["id"], files=len(tree.files), size=tree.size, contents=tree.contents)

    def submit(self):
        plans = [("code", 30, 5, 0), ("success", 2000, 0, 0), ("long", 3, 0, 0.02), ("signal", 4, 137, 0)]
        jobs = []
        for number, (kind, lines, code, pause) in enumerate(plans):
            facts = {"kind": kind, "tag": f"{self.tag}.{number}", "lines": lines, "pause": pause, "code": code, "source": None}
            with self.refusable():
                plan = JobPlan(facts)
                job = self.client.submit(PROJECT, self.code, plan.command)
                jobs.append((job["id"], plan))
                self.journal.note("submitted", id=job["id"], plan=facts)
        deadline = time.monotonic() + 1.5
        waiting = dict(jobs)
        while waiting and time.monotonic() < deadline:
            for identifier, plan in list(waiting.items()):
                with self.refusable():
                    self.look(identifier, plan, waiting)
            time.sleep(0.02)

    def look(self, identifier, plan, waiting):
        job = self.client.job(identifier)
        if job["state"] == "finished":
            facts = {"outcome": job["outcome"], "code": job["exit_code"], "attempt": job["attempt"]}
            self.journal.note("finished", id=identifier, **facts)
            del waiting[identifier]
        elif plan.facts["kind"] == "long" and job["state"] == "running":
            self.client.stop(identifier)
            self.journal.note("stopped", id=identifier)
            plan.facts["kind"] = "stopped"


class RoundInspection(Inspection):
    """A disk that failed excuses some ends, of jobs that it kept from running or from writing."""

    def __init__(self, server, expectation, client, excused):
        super().__init__(server, expectation)
        self.client, self.excused = client, collections.Counter()
        self.has_failed = excused

    def jobs(self):
        return self.client.get("/api/v1/jobs?limit=12")["items"]

    def check_job(self, job, plan):
        reason = job["reason"] or ""
        if self.has_failed and job["outcome"] == "failed" and job["exit_code"] is None and any(e in reason for e in EXCUSES):
            self.excused[reason.split(":")[0]] += 1
            return
        super().check_job(job, plan)

    def check_result(self, name, job, plan, run):
        # The job's own write may have failed, which is its own affair.
        if not self.has_failed:
            super().check_result(name, job, plan, run)


class Campaign:
    unit = "changes"

    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.generator = random.Random(options.seed)
        self.violations, self.excused, self.struck = [], collections.Counter(), collections.Counter()
        self.refusals = collections.Counter()
        self.number, self.rounds, self.changes = 0, 0, 0

    def run(self):
        began = time.monotonic()
        while not self.is_over:
            self.run_on_new_folder()
            print(f"{self.rounds} rounds, {len(self.violations)} violations, {time.monotonic() - began:.0f} s", flush=True)
        print(
            f"{self.rounds} rounds in {time.monotonic() - began:.0f} s, seed {self.options.seed}: "
            f"{len(self.violations)} violations"
        )
        print(f"a round makes up to {self.changes} {self.unit}; what failed last in each: {dict(self.struck)}")
        print(f"refusals: {dict(self.refusals)}; jobs that the disk ended: {dict(self.excused)}")
        return not self.violations

    def ground(self, stack, place):
        """Mounts what the data folder is to lie on at `place`/shown, and returns what makes it fail."""
        os.makedirs(f"{place}/real")
        stack.enter_context(disk.layer("passthrough.py", f"{place}/shown", f"{place}/real", f"{place}/control"))
        control = disk.FaultControl(f"{place}/control")
        stack.callback(control.close)
        return control

    def fault(self):
        """The change that fails, how, whether all after it fail, and when the server is started again."""
        change, error, lasts = self.chosen_change()
        return change, error, lasts, self.generator.choices(["none", "freed", "failing"], [6, 2, 2])[0]

    def chosen_change(self):
        if not self.options.each:
            return self.generator.randrange(1, self.changes + 1), self.generator.choice(["ENOSPC", "EIO"]), self.generator.random() < 0.5
        # Each change in turn: an error of its own alone, then a disk that is full from there on.
        part, parts = self.options.each
        turn, kind = divmod(self.rounds - 1, 2)
        return turn * parts + part, *[("EIO", False), ("ENOSPC", True)][kind]

    @property
    def is_over(self):
        if not self.options.each:
            return self.rounds >= self.options.count
        part, parts = self.options.each
        # A round makes some more changes or some fewer each time, by what comes together in one write.
        return self.changes > 0 and (self.rounds // 2) * parts + part > self.changes * 1.1

    def run_on_new_folder(self):
        self.number += 1
        place = f"{self.scratch}/{self.number}"
        os.makedirs(f"{place}/shown")
        with contextlib.ExitStack() as stack:
            control = self.ground(stack, place)
            server = Server(self.options.bin, f"{place}/server", f"{place}/shown/data", self.options.uv)
            stack.callback(server.end_all)
            server.start()
            token = server.add_user("campaign")
            client = server.client(token)
            code = client.send(Tree({"main.py": b"\n"}))["id"]
            client.wait(client.submit(PROJECT, code, "true")["id"], 120)
            client.expect(200, "POST", "/api/v1/datasets", {"name": DATASET})
            # How many changes a round has when nothing fails.
            control.arm(NEVER, "EIO", False)
            self.round(server, control, token, code, "measured", None)
            for _ in range(ROUNDS_PER_FOLDER):
                if self.is_over:
                    break
                self.rounds += 1
                if not self.guarded_round(server, control, token, code, self.fault()):
                    # Another round on what is broken would say the same again.
                    break
        if not self.options.keep:
            shutil.rmtree(place, ignore_errors=True)

    def guarded_round(self, server, control, token, code, fault):
        change, error, lasts, restart = fault
        before = len(self.violations)
        try:
            self.round(server, control, token, code, f"round{self.rounds}", fault)
        except (Failure, Refused, OSError) as problem:
            self.violated(f"{type(problem).__name__}: {problem}")
        if len(self.violations) == before:
            return True
        where = f"in round {self.rounds} (change {change}, {error}, {'lasting' if lasts else 'once'}, restart {restart}, last: {control.last})"
        for number in range(before, len(self.violations)):
            self.violations[number] = f"{where}: {self.violations[number]}"
            print(f"VIOLATION {self.violations[number]}", flush=True)
        if self.options.keep:
            with open(f"{server.folder}/round-{self.rounds}.log", "w") as file:
                file.write(server.log)
        return False

    def violated(self, text):
        self.violations.append(text)

    def round(self, server, control, token, code, tag, fault):
        work = Round(server, token, code, f"{self.options.seed} {tag}", tag)
        if fault:
            change, error, lasts, restart = fault
            control.arm(change, error, lasts)
        work.run()
        if not fault:
            self.changes = max(self.changes, control.count)
        failed = 0
        if fault:
            if restart == "failing":
                self.restart_failing(server)
            failed = control.free()
            self.struck[control.last.split()[0] if failed else "nothing"] += 1
            self.judge(server, work.refusals, error, failed)
            if restart != "none":
                server.kill()
                server.start()
        elif work.refusals:
            raise work.refusals[0]
        if not server.is_alive:
            self.violated(f"the server has ended: {server.log[-1000:]}")
            return
        inspection = RoundInspection(server, Expectation(work.journal.entries), work.client, failed > 0)
        if failed:
            self.hear_late_errors(work)
        inspection.check_acknowledged()
        inspection.check_jobs()
        inspection.check_new_work(tag)
        inspection.check_store()
        inspection.check_database()
        self.violations += inspection.violations
        self.excused += inspection.excused

    def restart_failing(self, server):
        """A server may refuse to start on such a disk, if it says so and ends."""
        server.kill()
        try:
            server.start()
        except Failure as failure:
            if not any(word in str(failure) for word in ("No space left", "Input/output error", "full", "SQLite error")):
                self.violated(f"a start on the failing disk doesn't say what is wrong: {failure}")

    def hear_late_errors(self, work):
        """That something could not be written back (the pages of SQLite's mapped index, most often) the kernel tells whoever calls syncfs(2) next, once: the
        first upload after a failure may be refused, but no second one."""
        full_until = time.monotonic() + 15
        others = 0
        while others < 2:
            try:
                work.client.send(Tree({"late": f"{work.tag} {self.refusals['late']}".encode()}))
                return
            except Refused as refusal:
                self.refusals["late"] += 1
                # The server looks every five seconds whether its ballast has room again.
                if refusal.answer.status == 507 and time.monotonic() < full_until:
                    time.sleep(0.2)
                else:
                    others += 1

    def judge(self, server, refusals, error, failed):
        for refusal in refusals:
            self.refusals[refusal.answer.status] += 1
            if not failed or refusal.answer.status not in CLEAR[error] or not refusal.answer.is_clear:
                self.violated(f"a refusal isn't clear: {refusal} {server.reason(refusal.answer)}")
