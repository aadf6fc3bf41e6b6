/// What a job tries that is out to break out, and what it tells of it.
enum WallProbe {
    /// Does nothing but tell that it is there, with secrets in every place that a job has.
    static let victim = """
        import os, sys, time
        secret = open("/input/secret.txt").read().strip()
        for path in ["/floyd/home/own", "/output/own", "/tmp/own", "/dev/shm/own"]:
            open(path, "w").write(secret)
        os.environ["VICTIM"] = secret
        print("sitting as", os.getuid())
        sys.stdout.flush()
        os.execvpe("sleep", ["sleep", "1000.0123"], dict(os.environ))
        """

    /// Tries everything that `wanted.json` names and writes what came of it to `/output/report.json`.
    static let intruder = """
        import errno, http.client, json, os, subprocess, sys

        wanted = json.load(open("wanted.json"))
        # Reversed there, so that the intruder's own files don't have it.
        secret = wanted["terces"][::-1].encode()
        report = {}

        def succeeds(action):
            try:
                action()
                return True
            except OSError:
                return False

        def read(path):
            if os.path.isdir(path):
                os.listdir(path)
            else:
                open(path, "rb").read(1)

        report["opened"] = [path for path in wanted["closed"] if succeeds(lambda: read(path))]
        report["written"] = [
            path for path in wanted["unwritable"] + [os.environ["VIRTUAL_ENV"]]
            if succeeds(lambda: open(os.path.join(path, "intruder"), "w"))
        ]
        report["appended"] = [path for path in wanted["files"] if succeeds(lambda: open(path, "a"))]
        report["removed"] = [path for path in wanted["files"] if succeeds(lambda: os.remove(path))]
        report["chmodded"] = [path for path in wanted["files"] if succeeds(lambda: os.chmod(path, 0o777))]

        found = []
        for folder, folders, files in os.walk("/"):
            folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys", "/usr")]
            for name in files:
                path = os.path.join(folder, name)
                try:
                    if not os.path.islink(path) and os.path.isfile(path) and secret in open(path, "rb").read(1 << 20):
                        found.append(path)
                except OSError:
                    pass
        report["found"] = found

        processes = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            texts = []
            for name in ("cmdline", "environ"):
                try:
                    texts.append(open("/proc/%s/%s" % (pid, name), "rb").read())
                except OSError:
                    pass
            processes.append(b" ".join(texts).replace(b"\\0", b" ").decode("utf-8", "replace"))
        report["processes"] = processes
        report["secret_processes"] = [text for text in processes if secret.decode() in text or "1000.0123" in text]
        report["signalled"] = [pid for pid in wanted["pids"] if succeeds(lambda: os.kill(pid, 0))]
        report["escaped"] = [
            path for path in ["/proc/1/root" + wanted["data"], "/proc/1/cwd/../../.." + wanted["data"]] if succeeds(lambda: read(path))
        ]

        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        report["capabilities"] = {key: status[key].strip() for key in status if key.startswith("Cap")}
        report["no_new_privileges"] = status["NoNewPrivs"].strip()
        report["uids"] = list(os.getresuid())
        report["gids"] = list(os.getresgid())
        report["groups"] = os.getgroups()
        report["environment"] = dict(os.environ)
        report["descriptors"] = sorted(os.readlink("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd")
                                       if os.path.exists("/proc/self/fd/" + name))

        remount = "mount -o remount,rw,bind /usr && touch /usr/floydlite-intruder"
        report["remounted"] = [
            command for command in (["sh", "-c", remount], ["unshare", "-Urm", "sh", "-c", remount])
            if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        ]
        report["became_root"] = [name for name in ("setuid", "setgid") if succeeds(lambda: getattr(os, name)(0))]

        server = http.client.HTTPConnection("127.0.0.1", wanted["port"], timeout=10)
        server.request("GET", "/api/v1/account")
        report["server"] = server.getresponse().status

        json.dump(report, open("/output/report.json", "w"))
        """
}
