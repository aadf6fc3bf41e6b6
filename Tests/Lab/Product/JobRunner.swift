import FloydAPI
package import FloydClient
package import FloydModel
import FoundationEssentials

/// Submits jobs to a server over one connection that is kept, and sees how they end.
package struct JobRunner {
    package let client: FloydClient
    /// What every request to submit a job says.
    package let code: ObjectID
    package let project: Name

    /// Runs one job to its end: it sends the code and builds the environment that all others use.
    package init(_ server: Server) throws {
        try self.init(server, as: server.access, in: server.project)
    }

    /// The same for another account than the server's first.
    package init(_ server: Server, as access: ServerAccess, in folder: String) throws {
        client = try access.client()
        project = try Name("bench")
        let first = try server.command(["run", "--json", "true"], in: folder, as: access).succeed()
        let manifest = Server.manifest
        let upload = try client.createUpload(manifest: ByteArraySource(manifest), length: Int64(manifest.count))
        guard upload.state == .committed else { throw LabError("the server lacks code that was sent to it") }
        code = upload.id
        _ = try end(of: ObjectID(printed: first.output))
    }

    package func submit(_ command: String, on instanceType: String? = nil) throws -> ObjectID {
        try client.submit(
            SubmitJobRequest(project: project, code: code, command: command, instanceType: instanceType)
        ).id
    }

    /// Waits until the job has ended, and gives what it printed.
    ///
    /// - Throws: `LabError` unless it ended well.
    package func end(of id: ObjectID) throws -> String {
        var text = ""
        var everything = ""
        let job = try client.log(of: Reference(.id(id)), following: true) { event throws(FloydError) in
            guard case .records(let records) = event else { return }
            for record in records {
                let piece = String(decoding: record.bytes, as: UTF8.self) + (record.partial ? "" : "\n")
                everything += piece
                if record.stream == "stdout" { text += piece }
            }
        }
        guard job.outcome == .success else {
            throw LabError(
                "\(job.name) ended with \(job.outcome?.rawValue ?? "nothing"): \(job.reason ?? "")\n\(everything)"
            )
        }
        return text
    }

    /// Ends a job that would go on.
    package func stop(_ id: ObjectID) throws {
        _ = try client.stop(Reference(.id(id)))
        _ = try client.log(of: Reference(.id(id)), following: true) { _ in }
    }
}

extension ObjectID {
    /// The id of the job that `run --json` tells of.
    package init(printed output: String) throws {
        struct Submitted: Decodable {
            let id: ObjectID
        }
        self = try MessageCoding.decode(Submitted.self, from: Data(output.utf8)).id
    }
}
