import FloydConformance
import Foundation
import Glibc

/// Some tiny packages, and an index of them on a port of the machine's own.
struct PackageIndex: Sendable {
    /// Where the wheels are.
    let folder: String
    let port: Int
    /// SHA-256 by the wheel's file name.
    let hashes: [String: String]

    /// Serves it until the end of the running test.
    static func start() async throws -> PackageIndex {
        let folder = try Scene.current.makeFolder("index")
        var command = Command(program: "/usr/bin/python3", arguments: ["-c", program, folder])
        command.environment = Command.basicEnvironment
        let child = try await command.start()
        try Scene.current.atEnd { child.signal(SIGKILL) }
        let facts = try JSON(Array(try await child.outputLine(with: "port").utf8))
        return PackageIndex(
            folder: folder,
            port: facts["port"]?.integer ?? 0,
            hashes: (facts["hashes"]?.members ?? [:]).compactMapValues(\.string)
        )
    }

    var address: String { "http://127.0.0.1:\(port)/simple" }

    /// An environment with `tinybase` 1.0 and `tinyother`, whose tool says which `tinybase` it sees.
    var environments: String {
        let files = "http://127.0.0.1:\(port)/wheels"
        return """
            python:
              python: "3.11"
              packages:
                - tinybase @ \(files)/tinybase-1.0-py3-none-any.whl
                - tinyother @ \(files)/tinyother-1.0-py3-none-any.whl
            """
    }

    /// A line of a requirements file that names the wheel by its hash.
    func locked(_ name: String, _ version: String) -> String {
        "\(name)==\(version) --hash=sha256:\(hashes["\(name)-\(version)-py3-none-any.whl"] ?? "")"
    }

    func copy(_ wheel: String, to path: String) throws {
        let parent = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(folder)/wheels/\(wheel)-py3-none-any.whl", toPath: path)
    }

    private static let program = """
        import base64, functools, hashlib, http.server, json, os, sys, zipfile

        folder = sys.argv[1]
        hashes = {}

        def wheel(name, version, code, requires=(), script=None):
            info = "%s-%s.dist-info" % (name, version)
            metadata = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (name, version)
            files = {
                name + ".py": code,
                info + "/METADATA": metadata + "".join("Requires-Dist: %s\\n" % item for item in requires),
                info + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
            }
            if script:
                files[info + "/entry_points.txt"] = "[console_scripts]\\n%s = %s:main\\n" % (script, name)
            record = ""
            for path, text in files.items():
                digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
                record += "%s,sha256=%s,%d\\n" % (path, digest, len(text.encode()))
            files[info + "/RECORD"] = record + info + "/RECORD,,\\n"
            os.makedirs(folder + "/wheels", exist_ok=True)
            path = "%s/wheels/%s-%s-py3-none-any.whl" % (folder, name, version)
            with zipfile.ZipFile(path, "w") as archive:
                for part, text in files.items():
                    archive.writestr(zipfile.ZipInfo(part, (2020, 1, 1, 0, 0, 0)), text)
            hashes[os.path.basename(path)] = hashlib.sha256(open(path, "rb").read()).hexdigest()
            os.makedirs(folder + "/simple/" + name, exist_ok=True)
            with open(folder + "/simple/" + name + "/index.html", "a") as page:
                page.write('<a href="/wheels/%s">%s</a>\\n' % ((os.path.basename(path),) * 2))

        wheel("tinybase", "1.0", "VERSION = '1.0'\\n")
        wheel("tinybase", "2.0", "VERSION = '2.0'\\n")
        wheel("tinyother", "1.0", "import tinybase\\nVERSION = '1.0'\\ndef main():\\n    print('othertool sees tinybase', tinybase.VERSION)\\n",
              ["tinybase>=1"], "othertool")

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        print(json.dumps({"port": server.server_address[1], "hashes": hashes}))
        sys.stdout.flush()
        server.serve_forever()
        """
}

/// A package in source, whose build needs nothing that isn't in it.
enum SourcePackage {
    static let project = """
        [project]
        name = "tinypkg"
        version = "0.1"
        [build-system]
        requires = []
        build-backend = "backend"
        backend-path = ["."]
        """

    /// Runs `hook.py` if it is there, which may leave files in `extra`, and packs the module with them.
    static let backend = """
        import os, subprocess, sys, zipfile

        def pack(folder, module):
            if os.path.exists("hook.py"):
                os.makedirs("extra", exist_ok=True)
                subprocess.run([sys.executable, "hook.py"], check=True)
            name, info = "tinypkg-0.1-py3-none-any.whl", "tinypkg-0.1.dist-info"
            files = dict(module)
            for extra in os.listdir("extra") if os.path.isdir("extra") else []:
                files[extra] = open("extra/" + extra, "rb").read()
            files[info + "/METADATA"] = "Metadata-Version: 2.1\\nName: tinypkg\\nVersion: 0.1\\nRequires-Dist: tinyother\\n"
            files[info + "/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
            files[info + "/entry_points.txt"] = "[console_scripts]\\npkgtool = tinypkg:main\\n"
            files[info + "/RECORD"] = "".join(path + ",,\\n" for path in list(files) + [info + "/RECORD"])
            with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
                for path, text in files.items():
                    archive.writestr(path, text)
            return name

        def build_wheel(folder, settings=None, metadata=None):
            return pack(folder, {"tinypkg.py": open("tinypkg.py").read()})

        def build_editable(folder, settings=None, metadata=None):
            return pack(folder, {"tinypkg.pth": os.getcwd() + "\\n"})
        """

    static let module = """
        import tinybase
        def main():
            print("pkgtool sees tinybase", tinybase.VERSION)
        """

    static func files(in folder: String = "pkg", hook: String? = nil) -> [String: String] {
        var files = [
            "\(folder)/pyproject.toml": project, "\(folder)/backend.py": backend, "\(folder)/tinypkg.py": module,
        ]
        files["\(folder)/hook.py"] = hook
        return files
    }
}
