import Foundation

/// Archives as Python makes them.
enum ArchiveMaker {
    static let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/make-archive.py"

    /// The archive of that kind, in the running test's scene.
    ///
    /// - Returns: its path.
    static func make(_ kind: String) async throws -> String {
        let path = try Scene.current.makeFolder("archives") + "/\(kind)"
        let outcome = try await Command(program: "/usr/bin/python3", arguments: [script, kind, path]).run()
        guard outcome.status == 0 else { throw FixtureFailure(description: outcome.testDescription) }
        return path
    }

    static func bytes(_ kind: String) async throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: try await make(kind))))
    }
}

extension Server {
    /// Puts an archive as curl does: `curl -T`.
    func put(_ archive: [UInt8], to dataset: String, token: String) async throws -> Answer {
        try await request("PUT", "/api/v1/datasets/\(dataset)/archives/archive", token: token, body: archive)
    }

    /// Begins an upload as tus has it.
    func create(_ length: Int, dataset: String, token: String, _ fields: [String: String] = [:]) async throws -> Answer
    {
        let name = Data(dataset.utf8).base64EncodedString()
        let base = ["Tus-Resumable": "1.0.0", "Upload-Length": "\(length)", "Upload-Metadata": "dataset \(name)"]
        return try await request("POST", "/api/v1/uploads", token: token, base.merging(fields) { $1 })
    }

    /// What lies in the store's folder of uploads: names, sorted.
    var uploadFolders: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(dataFolder)/blobs/uploads")) ?? []).sorted()
    }

    /// The files of the newest version of a dataset as they are mounted: bytes, or the target of a link, by path; folders end in a slash.
    func mounted(_ version: String, token: String) async throws -> [String: String] {
        let digests = try FileManager.default.contentsOfDirectory(atPath: "\(dataFolder)/blobs/materialised")
            .filter { !$0.hasPrefix(".") }
        guard let digest = digests.first, digests.count == 1 else {
            throw FixtureFailure(description: "\(digests.count) trees")
        }
        let root = "\(dataFolder)/blobs/materialised/\(digest)"
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
            let status = try FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")
            switch status[.type] as? FileAttributeType {
            case .typeDirectory?: files[path + "/"] = ""
            case .typeSymbolicLink?:
                files[path] = "-> " + (try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(path)"))
            default:
                let mode = (status[.posixPermissions] as? Int ?? 0) & 0o111 == 0 ? "" : "x:"
                let data = try Data(contentsOf: URL(filePath: "\(root)/\(path)"))
                files[path] = mode + (data.count > 100 ? "\(data.count) bytes" : String(decoding: data, as: UTF8.self))
            }
        }
        return files
    }
}
