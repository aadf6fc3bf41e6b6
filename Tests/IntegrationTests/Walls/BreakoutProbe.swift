/// Ways out of a sandbox, each tried by a function that says what it gained. Run outside of a sandbox by root it gains all of them, which
/// shows that it would tell.
enum BreakoutProbe {
    /// Reads `wanted.json` beside it and writes what each probe gained to the path in its first argument.
    static let script = """
        import ctypes, errno, http.client, json, os, resource, socket, stat, struct, subprocess, sys, traceback

        here = os.path.dirname(os.path.abspath(__file__))
        wanted = json.load(open(os.path.join(here, "wanted.json")))
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        scratch = os.environ.get("TMPDIR", "/tmp")

        def gained(items, action):
            found = []
            for item in items:
                try:
                    result = action(item)
                    if result is not False:
                        found.append(str(item) if result is None or result is True else "%s: %s" % (item, result))
                except (OSError, ValueError, subprocess.SubprocessError):
                    pass
            return found

        def opens(path, flags=os.O_RDONLY):
            os.close(os.open(path, flags | os.O_NONBLOCK))

        def abstract_sockets():
            def connect(name):
                with socket.socket(socket.AF_UNIX) as peer:
                    peer.settimeout(5)
                    peer.connect("\\0" + name)
            return gained(wanted["abstract"], connect)

        def local_sockets():
            def connect(path):
                with socket.socket(socket.AF_UNIX) as peer:
                    peer.connect(path)
            return gained(wanted["sockets"], connect)

        def server_files():
            return gained(wanted["closed"], opens)

        def ptrace():
            def attach(pid):
                if libc.ptrace(16, pid, None, None) != 0:
                    return False
                os.waitpid(pid, 0x40000000)
                libc.ptrace(17, pid, None, None)
            return gained(wanted["pids"], attach)

        def memory_of_others():
            return gained(wanted["pids"], lambda pid: opens("/proc/%d/mem" % pid, os.O_RDWR))

        def environment_of_others():
            return gained(wanted["pids"], lambda pid: len(open("/proc/%d/environ" % pid, "rb").read()) > 0)

        def names_of_others():
            return gained(wanted["pids"], lambda pid: os.path.exists("/proc/%d" % pid))

        def signals():
            return gained(wanted["pids"], lambda pid: os.kill(pid, 0))

        def shared_memory():
            def attach(number):
                address = libc.shmat(number, None, 0)
                if address in (None, ctypes.c_void_p(-1).value):
                    return False
                text = ctypes.string_at(address, 6)
                libc.shmdt(ctypes.c_void_p(address))
                return text.decode("latin-1")
            return gained(wanted["segments"], attach)

        def shared_files():
            return gained(wanted["shm"], opens)

        def keys():
            def read(serial):
                text = ctypes.create_string_buffer(64)
                # KEYCTL_READ of that key, whoever's it is: possession of a keyring that has it is enough.
                size = libc.syscall(250, 11, serial, text, 64)
                return text.raw[:size].decode("latin-1") if size > 0 else False
            return gained(wanted["keys"], read)

        def device_nodes():
            def make(kind):
                path = os.path.join(scratch, "node-%d" % kind)
                os.mknod(path, kind | 0o600, os.makedev(1, 1))
                os.remove(path)
            return gained([stat.S_IFCHR, stat.S_IFBLK], make)

        def devices():
            known = {"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "core", "fd", "stdin", "stdout", "stderr"}
            found = []
            for folder, folders, names in os.walk("/dev"):
                if folder.startswith(("/dev/pts", "/dev/shm")):
                    continue
                for name in names:
                    path = os.path.join(folder, name)
                    if name not in known and stat.S_IFMT(os.lstat(path).st_mode) in (stat.S_IFCHR, stat.S_IFBLK):
                        found.append(path)
            return found

        def setuid_programs():
            # Neither counts where the file system or the process says so.
            if "NoNewPrivs:\\t1" in open("/proc/self/status").read():
                return []
            return gained(["/usr/bin/su", "/usr/bin/passwd"], lambda path:
                os.stat(path).st_mode & stat.S_ISUID != 0 and os.statvfs(path).f_flag & os.ST_NOSUID == 0)

        def kernel_settings():
            names = ["kernel/core_pattern", "kernel/hostname", "net/ipv4/ip_forward", "vm/drop_caches", "kernel/modprobe", "fs/suid_dumpable"]
            return gained(["/proc/sys/" + name for name in names] + ["/proc/sysrq-trigger", "/proc/self/oom_score_adj_of_1"],
                          lambda path: opens(path, os.O_WRONLY))

        def control_groups():
            found = []
            for line in open("/proc/self/mountinfo"):
                before, after = line.split(" - ")
                if after.split()[0] in ("cgroup", "cgroup2"):
                    found.append(before.split()[4])
            return gained(found, lambda folder: opens(folder + "/cgroup.procs", os.O_WRONLY))

        def mounts():
            commands = [
                ["mount", "-o", "remount,bind", "/usr"], ["mount", "-t", "tmpfs", "none", wanted["mountpoint"]],
                ["mount", "--bind", "/", wanted["mountpoint"]],
            ]
            commands = [["unshare", "-m"] + words if os.geteuid() == 0 else words for words in commands]
            def run(words):
                return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20).returncode == 0
            return [" ".join(words) for words in commands if run(words)]

        def nested_mounts():
            # A user namespace of one's own makes one its root, and nothing that was read-only writable.
            words = ["unshare", "-Urm", "sh", "-c", "mount --bind /usr /usr && mount -o remount,rw,bind /usr && touch /usr/.floydlite-wall && rm /usr/.floydlite-wall"]
            if os.geteuid() == 0:
                words = ["unshare", "-m"] + words[2:]
            return ["/usr"] if subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20).returncode == 0 else []

        def namespaces():
            def enter(kind):
                descriptor = os.open("/proc/%d/ns/%s" % (wanted["pids"][0], kind), os.O_RDONLY)
                code = libc.setns(descriptor, 0)
                os.close(descriptor)
                return code == 0
            # In a process of its own, which is another's afterwards.
            found = []
            for kind in ["mnt", "pid", "net", "uts"]:
                child = os.fork()
                if child == 0:
                    os._exit(1 if gained([kind], enter) else 0)
                if os.waitpid(child, 0)[1] != 0:
                    found.append(kind)
            return found

        def users():
            child = os.fork()
            if child == 0:
                os._exit(1 if gained([0, 65534, 1700000003], os.setuid) and os.getuid() != wanted["own"] else 0)
            return ["another"] if os.waitpid(child, 0)[1] != 0 else []

        def priorities():
            return gained([0], lambda _: os.setpriority(os.PRIO_PROCESS, 0, -1) if os.getpriority(os.PRIO_PROCESS, 0) >= 0 else False)

        def server():
            def ask(target):
                connection = http.client.HTTPConnection("127.0.0.1", wanted["port"], timeout=10)
                headers = {"Authorization": "Bearer " + wanted["token"]} if wanted["token"] else {}
                connection.request("GET", target, headers=headers)
                return connection.getresponse().status == 200
            return gained(["/api/v1/account", "/api/v1/jobs", "/metrics"], ask)

        probes = [abstract_sockets, local_sockets, server_files, ptrace, memory_of_others, environment_of_others, names_of_others, signals,
                  shared_memory, shared_files, keys, device_nodes, devices, setuid_programs, kernel_settings, control_groups, mounts,
                  nested_mounts, namespaces, users, priorities, server]
        report = {}
        for probe in probes:
            try:
                report[probe.__name__] = probe()
            except Exception:
                report[probe.__name__] = ["the probe itself failed: " + traceback.format_exc()]
        json.dump(report, open(sys.argv[1], "w"))
        """

    /// Holds what others might get at, and says where it is: a line of JSON, and then it waits.
    static let neighbour = """
        import ctypes, json, os, socket, sys, time

        name = sys.argv[1]
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("\\0" + name)
        listener.listen(64)
        # As open as they can be: what keeps others from them is not these modes.
        segment = libc.shmget(0, 4096, 0o1666)
        ctypes.memmove(libc.shmat(segment, None, 0), b"secret", 6)
        # It goes with the last who has it, and until then it can still be had.
        libc.shmctl(segment, 0, None)
        path = "/dev/shm/" + name
        open(path, "w").write("secret")
        os.chmod(path, 0o666)
        # A key in the session's keyring (-3), for all processes of this user.
        key = libc.syscall(248, b"user", name.encode(), b"secret", 6, -3)
        libc.syscall(250, 5, key, 0x3f3f0000)
        print(json.dumps({"pid": os.getpid(), "uid": os.getuid(), "segment": segment, "key": key}))
        sys.stdout.flush()
        time.sleep(1000)
        """
}
