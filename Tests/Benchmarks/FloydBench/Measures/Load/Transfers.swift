import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import FloydTree
import FoundationEssentials
import Glibc

/// One large body each way, by a client that costs next to nothing.
struct Transfers: Measure {
    let name = "transfers"
    let about =
        "GET of 1 GiB and PUT of a large body, in memory: the daemon, the server alone (HTTPBench), nginx with one worker"

    private static let downloadSize: Int64 = 1 << 30

    /// How fast, and what it took of the processors.
    private struct Course {
        var rates = Samples()
        var costs = Samples()

        mutating func add(_ bytes: Int64, _ time: Nanoseconds, _ processor: Double) {
            rates.add(Double(bytes) / time.seconds)
            costs.add(processor / (Double(bytes) / Double(1 << 30)))
        }
    }

    private struct Courses {
        var (get, peerGet) = (Course(), Course())
        var (discarded, stored, hashed, peerPut) = (Course(), Course(), Course(), Course())
    }

    func run(_ bench: Bench) throws -> [Row] {
        let file = try LargeFile(Self.downloadSize, in: bench.tmpfs)
        let server = try Server(bench, in: bench.tmpfs)
        defer { server.end() }
        _ = try server.command(["data", "init", "large"], in: file.folder).succeed()
        _ = try server.command(["data", "upload"], in: file.folder).succeed()
        let alone = try SinkServer(bench)
        let nginx = try Nginx(in: bench.tmpfs)
        if let nginx { try Folder.rename(file.path, to: "\(nginx.files)/data.bin") }
        try Folder.removeTree(file.folder)

        var courses = Courses()
        for _ in 0..<(bench.rounds ?? 3) {
            try Interruption.check()
            try get(APIPath.file("data.bin", of: Self.version), server, &courses.get)
            if let nginx { try get(nginx, &courses.peerGet) }
            if let alone { try put("/sink", alone.endpoint, [alone.pid], bench.uploadSize, &courses.discarded) }
            if let nginx { try put(nginx, bench.uploadSize, &courses.peerPut) }
            try patch(try createArchive(server, bench.uploadSize), server, bench.uploadSize, &courses.stored)
            try patch(try createFile(server, bench.uploadSize), server, bench.uploadSize, &courses.hashed)
        }
        return rows(courses, bench)
    }

    private func rows(_ courses: Courses, _ bench: Bench) -> [Row] {
        let size = "\(bench.uploadSize >> 20) MiB"
        let pairs = [
            ("GET 1 GiB, the daemon", courses.get, courses.peerGet),
            ("PUT \(size), discarded, HTTPBench", courses.discarded, courses.peerPut),
            ("PATCH \(size) of an archive, stored, the daemon", courses.stored, courses.peerPut),
            ("PATCH \(size) of a file, hashed and stored, the daemon", courses.hashed, courses.peerPut),
        ]
        return pairs.flatMap { name, ours, peer in
            [
                Row(
                    measure: name,
                    unit: .bytesPerSecond,
                    ours: ours.rates,
                    peer: .measured(Nginx.name, peer.rates)
                ),
                Row(measure: "  processor time a GiB", ours: ours.costs, peer: .measured(Nginx.name, peer.costs)),
            ]
        }
    }

    private static var version: String { APIPath.datasetVersions + "/" + APIPath.encoded("bench/large/1") }

    private func get(_ path: String, _ server: Server, _ course: inout Course) throws {
        let request = WireConnection.request("GET \(path)", server.access)
        try get(request, server.endpoint, [server.pid], &course)
    }

    private func get(_ nginx: Nginx, _ course: inout Course) throws {
        let request = WireConnection.request("GET /data.bin")
        try get(request, .port(nginx.port), try nginx.processes(), &course)
    }

    private func get(_ request: String, _ endpoint: Endpoint, _ pids: [pid_t], _ course: inout Course) throws {
        let connection = try WireConnection(endpoint)
        let (begin, before) = (Clock.now, ProcessorTime(of: pids).seconds)
        try connection.send(request)
        let head = try connection.receiveHead()
        try connection.finish(head)
        guard head.length == Self.downloadSize else { throw LabError("\(head.length) bytes came") }
        course.add(head.length, Clock.now - begin, ProcessorTime(of: pids).seconds - before)
    }

    private func put(_ nginx: Nginx, _ size: Int64, _ course: inout Course) throws {
        try put("/upload.bin", .port(nginx.port), try nginx.processes(), size, &course)
        try Folder.removeTree("\(nginx.files)/upload.bin")
    }

    private func put(_ path: String, _ endpoint: Endpoint, _ pids: [pid_t], _ size: Int64, _ course: inout Course)
        throws
    {
        let request = WireConnection.request("PUT \(path)", nil, ["Content-Length: \(size)"])
        try send(request, size, endpoint, pids, &course)
    }

    /// An upload of one file, whose hash the server has to find out.
    private func createFile(_ server: Server, _ size: Int64) throws -> String {
        let manifest = ManifestCoding.line(ManifestEntry(path: "data.bin", kind: .file, size: size))
        return APIPath.upload(
            try server.client().createUpload(manifest: ByteArraySource(manifest), length: Int64(manifest.count)).id
        )
    }

    /// An upload of an archive, which isn't hashed as a whole. It is said to be a byte longer than `size`: one that is whole is unpacked.
    private func createArchive(_ server: Server, _ size: Int64) throws -> String {
        let dataset = Data("large".utf8).base64EncodedString()
        let request = WireConnection.request(
            "POST \(APIPath.uploads)",
            server.access,
            [
                "Content-Length: 0", "Upload-Length: \(size + 1)", "Upload-Metadata: dataset \(dataset)",
                "Tus-Resumable: 1.0.0",
            ]
        )
        let connection = try WireConnection(server.endpoint)
        try connection.send(request)
        let head = try connection.receiveHead()
        try connection.finish(head)
        guard let location = head.location else { throw LabError("the upload has no place") }
        return location
    }

    private func patch(_ path: String, _ server: Server, _ size: Int64, _ course: inout Course) throws {
        let fields = ["Content-Type: \(MediaType.offsetOctetStream)", "Upload-Offset: 0", "Tus-Resumable: 1.0.0"]
        let request = WireConnection.request("PATCH \(path)", server.access, ["Content-Length: \(size)"] + fields)
        try send(request, size, server.endpoint, [server.pid], &course)
        let connection = try WireConnection(server.endpoint)
        try connection.send(WireConnection.request("DELETE \(path)", server.access, ["Tus-Resumable: 1.0.0"]))
        try connection.finish(try connection.receiveHead())
    }

    private func send(
        _ request: String,
        _ size: Int64,
        _ endpoint: Endpoint,
        _ pids: [pid_t],
        _ course: inout Course
    ) throws {
        var noise = Noise(seed: 3)
        let bytes = noise.bytes(1 << 20)
        let connection = try WireConnection(endpoint)
        let (begin, before) = (Clock.now, ProcessorTime(of: pids).seconds)
        try connection.send(request)
        try connection.send(size, of: bytes)
        try connection.finish(try connection.receiveHead())
        course.add(size, Clock.now - begin, ProcessorTime(of: pids).seconds - before)
    }
}
