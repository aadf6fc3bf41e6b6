/// A job whose results are never the same thing for long.
struct SwapJob {
    /// The folder with the secret, which lies beside the server's data: five folders above that of the results.
    let outside: String
    let seed: UInt64

    /// What every regular file in the results says.
    static let content = Array(String(repeating: "plain ", count: 1_000).utf8)

    /// `file` is in turn a regular file, a link to the secret, a FIFO or a socket, always there; `folder` is a folder or a link to the
    /// folder of the secret, whose name is the same; `brief` comes and goes.
    var command: String {
        """
        exec python3 - <<'END'
        import ctypes, os, random, socket
        draw = random.Random(\(seed))
        outside = "\(outside)"
        os.chdir(os.environ["FLOYD_OUTPUT"])
        with open("plain", "w") as file:
            file.write("plain " * 1000)
        os.mkdir("folder")
        os.link("plain", "folder/file")
        os.symlink(outside, "away")
        library = ctypes.CDLL(None)

        def exchange(one, other):
            # AT_FDCWD, RENAME_EXCHANGE
            if library.renameat2(-100, one, -100, other, 2) != 0:
                os.rename(one, b"aside")
                os.rename(other, one)
                os.rename(b"aside", other)

        def bind():
            with socket.socket(socket.AF_UNIX) as end:
                end.bind("next")

        makers = [
            lambda: os.link("plain", "next"), lambda: os.link("plain", "next"),
            lambda: os.symlink(outside + "/file", "next"),
            lambda: os.symlink("../../../../../" + os.path.basename(outside) + "/file", "next"),
            lambda: os.symlink("away/file", "next"), lambda: os.mkfifo("next"), bind,
        ]
        while True:
            draw.choice(makers)()
            os.rename("next", "file")
            # Of two names of one file none is gone after that.
            if os.path.lexists("next"):
                os.unlink("next")
            exchange(b"folder", b"away")
            os.mkdir("brief")
            os.symlink(outside, "brief/link")
            os.unlink("brief/link")
            os.rmdir("brief")
        END
        """
    }
}
