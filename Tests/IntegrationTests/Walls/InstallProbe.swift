/// What a package tries while it is installed, besides the ways out that every job may try.
enum InstallProbe {
    /// Reads `install-wanted.json` beside it and writes what it gained to the path in its first argument.
    static let script = """
        import json, os, shutil, stat, subprocess, sys

        here = os.path.dirname(os.path.abspath(__file__))
        wanted = json.load(open(os.path.join(here, "install-wanted.json")))
        secret = wanted["terces"][::-1].encode()

        def gained(items, action):
            found = []
            for item in items:
                try:
                    if action(item) is not False:
                        found.append(str(item))
                except (OSError, shutil.Error):
                    pass
            return found

        def read(path):
            os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)

        def write(folder):
            path = os.path.join(folder, "intruder-%d" % os.getpid())
            open(path, "w").close()
            os.remove(path)

        def replace(path):
            os.rename(path, path + ".old")
            os.rename(path + ".old", path)

        def has_secret(top):
            for folder, folders, files in os.walk(top):
                folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys", "/usr")]
                for name in files:
                    path = os.path.join(folder, name)
                    try:
                        if not os.path.islink(path) and os.path.isfile(path) and secret in open(path, "rb").read():
                            return True
                    except OSError:
                        pass
            return False

        def is_root(_):
            if 0 not in os.getresuid() + os.getresgid() + tuple(os.getgroups()):
                os.setuid(0)

        def setuid_of_another(folder):
            path = os.path.join(folder, "id-%d" % os.getpid())
            shutil.copyfile("/usr/bin/id", path)
            os.chmod(path, 0o6755)
            try:
                # As if somebody else had made it: only root may say so.
                os.chown(path, wanted["another"], -1)
                os.chmod(path, 0o6755)
            finally:
                if "keep" not in wanted:
                    os.remove(path)

        def capabilities(_):
            status = open("/proc/self/status").read()
            lines = dict(line.split(":\\t") for line in status.splitlines() if ":\\t" in line)
            return lines["NoNewPrivs"] != "1" or any(int(lines[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapBnd", "CapAmb"))

        def variables(names):
            return any(name in os.environ for name in [names])

        # Survives whoever started it, where it can.
        subprocess.Popen(["setsid", "sleep", wanted["mark"]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        report = {
            "opened": gained(wanted["closed"], read),
            "written": gained(wanted["unwritable"], write),
            "appended": gained(wanted["files"], lambda path: open(path, "a").close()),
            "replaced": gained(wanted["files"], replace),
            "chmodded": gained(wanted["files"], lambda path: os.chmod(path, stat.S_IMODE(os.stat(path).st_mode))),
            "found": gained(wanted["walked"], has_secret),
            "root": gained(["uid"], is_root),
            "setuid": gained(wanted["folders"], setuid_of_another),
            "capabilities": gained(["some"], capabilities),
            "variables": gained(["DAEMON_ONLY"], variables),
        }
        json.dump(report, open(sys.argv[1], "w"))
        """

    /// Run by a package's build: both probes, whose reports become part of the package. It leaves setuid programs everywhere that it can.
    static let hook = """
        import os, shutil, subprocess, sys

        for name in ["breakout", "install"]:
            subprocess.run([sys.executable, name + ".py", os.path.abspath("extra/%s-report.json" % name)], check=True)
        for folder in [os.environ.get("UV_CACHE_DIR", ""), "/floyd/env", "/floyd/home", "/tmp"]:
            try:
                shutil.copyfile("/usr/bin/id", folder + "/left-behind")
                os.chmod(folder + "/left-behind", 0o6777)
            except OSError:
                pass
        """
}
