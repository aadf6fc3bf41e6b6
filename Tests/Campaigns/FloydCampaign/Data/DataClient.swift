import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Somebody who makes versions and deletes them: by uploads in pieces, of a job's output, of folders of the server's machine.
struct DataClient {
    let setting: DataSetting
    let number: Int
    var random: SplitMix64
    let isOver: @Sendable () -> Bool
    /// Of the last tree that was made, from which the next may be told.
    var last: [DataFile]?

    /// Does one thing. What a server that isn't there leaves undone stays so.
    mutating func act(_ client: FloydClient) {
        do throws(FloydError) {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45: try upload(client)
            case 45..<60: try goOn(client)
            case 60..<78: try delete(client)
            case 78..<86: try add(client)
            case 86..<93: importFolder()
            default: collect()
            }
        } catch {
            if !isOver() { setting.tell(error) }
            Clock.sleep(milliseconds: 5)
        }
    }

    // MARK: - Uploads

    private mutating func upload(_ client: FloydClient) throws(FloydError) {
        let base = random.isAmong(60) ? last : nil
        let files = base?.changed(&random) ?? DataFile.draw(&random)
        let upload = try begin(files, from: base, client)
        let known = DataLedger.Upload(owner: number, files: files, offset: 0, length: upload.length)
        if upload.state == .committed {
            // All of it is there, and stays so for a short while.
            return try createVersion(from: upload.id, files, client)
        }
        if random.isAmong(7) { return try client.abort(upload.id) }
        setting.ledger.change(upload.id, to: known)
        // Some are left for another time.
        if random.isAmong(85) { try finish(upload.id, known, client) }
    }

    private mutating func begin(
        _ files: [DataFile],
        from base: [DataFile]?,
        _ client: FloydClient
    ) throws(FloydError) -> UploadResponse {
        if let base {
            let changes = files.changes(since: base)
            do throws(FloydError) {
                return try client.createUpload(
                    changes: ByteArraySource(changes),
                    length: Int64(changes.count),
                    from: base.digest,
                    to: files.digest
                )
            } catch {
                // It may be collected.
                guard error.code == .baseMismatch else { throw error }
            }
        }
        let manifest = files.manifest(isHashed: random.isAmong(60))
        return try client.createUpload(manifest: ByteArraySource(manifest), length: Int64(manifest.count))
    }

    /// Goes on with an upload that was left.
    private mutating func goOn(_ client: FloydClient) throws(FloydError) {
        guard let (id, upload) = setting.ledger.upload(of: number) else { return }
        let now = try client.upload(id)
        guard now.offset >= upload.offset || now.state == .committed else {
            setting.findings.add("upload \(id) stands at \(now.offset), and \(upload.offset) were acknowledged")
            return setting.ledger.change(id, to: nil)
        }
        var known = upload
        known.offset = now.offset
        known.isCommitted = now.state == .committed
        try finish(id, known, client)
    }

    private mutating func finish(
        _ id: ObjectID,
        _ upload: DataLedger.Upload,
        _ client: FloydClient
    ) throws(FloydError) {
        var upload = upload
        if !upload.isCommitted {
            try send(id, &upload, client)
            let hashes = try hashes(id, upload, client)
            _ = try client.commit(id, hashes: ByteArraySource(hashes), length: Int64(hashes.count))
            upload.isCommitted = true
            last = upload.files
            setting.ledger.change(id, to: upload)
        }
        if random.isAmong(10) { return }
        // Whatever the answer is: once it is a version nobody keeps it for long.
        setting.ledger.change(id, to: nil)
        try createVersion(from: id, upload.files, client)
    }

    private func createVersion(from id: ObjectID, _ files: [DataFile], _ client: FloydClient) throws(FloydError) {
        let message = setting.ledger.ask(for: files)
        let version = try client.createVersion(of: setting.dataset, from: id, message: message)
        setting.ledger.change(message, to: .made(version.id))
    }

    private mutating func send(
        _ id: ObjectID,
        _ upload: inout DataLedger.Upload,
        _ client: FloydClient
    ) throws(FloydError) {
        guard upload.offset < upload.length else { return }
        let missing = try client.missing(in: id, of: upload.files.count)
        let stream = missing.flatMap { upload.files[$0].bytes }
        guard Int64(stream.count) == upload.length else {
            throw FloydError(.protocolViolation, "what is missing has \(stream.count) bytes, not \(upload.length)")
        }
        // In pieces, so that there are offsets to acknowledge; `send` itself goes to the end at once.
        while upload.offset < upload.length {
            let end =
                random.isAmong(50) ? upload.length : Int64.random(in: upload.offset + 1...upload.length, using: &random)
            try client.send(ByteArraySource(Array(stream[..<Int(end)])), from: upload.offset, length: end, to: id)
            upload.offset = end
            setting.ledger.change(id, to: upload)
            if random.isAmong(5) { throw FloydError(.unreachable, "left for another time") }
        }
    }

    /// Those that the manifest lacked, if it did: the server says so by refusing none.
    private func hashes(_ id: ObjectID, _ upload: DataLedger.Upload, _ client: FloydClient) throws(FloydError)
        -> [UInt8]
    {
        do throws(FloydError) {
            _ = try client.commit(id, hashes: ByteArraySource([]), length: 0)
            return []
        } catch {
            guard error.code == .invalidRequest else { throw error }
        }
        return upload.files.flatMap { Array("\(Hex.string(FileHasher.hash($0.bytes, .blake3).bytes))\n".utf8) }
    }

    // MARK: - The rest

    private mutating func delete(_ client: FloydClient) throws(FloydError) {
        guard let taken = setting.ledger.takeForDeletion({ Int.random(in: 0..<$0, using: &random) }) else { return }
        try client.deleteVersion(Reference(.id(taken.id)))
        setting.ledger.change(taken.message, to: .deleted)
    }

    private func add(_ client: FloydClient) throws(FloydError) {
        let message = setting.ledger.ask(for: setting.output)
        let version = try client.createVersion(of: setting.dataset, fromOutputOf: setting.job, message: message)
        setting.ledger.change(message, to: .made(version.id))
    }

    /// With a command of its own, which may be killed, too.
    private mutating func importFolder() {
        let files = DataFile.draw(&random)
        let message = setting.ledger.ask(for: files)
        do {
            let folder = try setting.scratch.folder("import-\(message.split(separator: " ").last ?? "")")
            defer { try? Folder.removeTree(folder) }
            for file in files {
                try file.write(to: "\(folder)/\(file.path)")
            }
            let link = random.isAmong(40) ? ["--link"] : []
            let points = ["intakeStaged", "intakeSynced", "contentPlaced", "treeSynced", "treeNamed", "treeRecorded"]
            let point = points[Int.random(in: 0..<points.count, using: &random)]
            let environment = random.isAmong(40) ? ["FLOYDLITE_FAILPOINT=data.\(point)"] : []
            let words = ["data", "import", folder, "bench/datasets/set", "-m", message] + link
            let finished = try setting.administration(words, environment).run()
            // What was killed before its row has made nothing; a version is the last thing it makes.
            if finished.status != 0, environment.isEmpty, !isOver() {
                setting.findings.add("an import ended with status \(finished.status): \(finished.errors)")
            }
        } catch {
            setting.findings.add("an import could not be tried: \(error)")
        }
    }

    private mutating func collect() {
        let points = ["collectForgotten", "collectManifest", "collectFolder", "collectContent"]
        let point = points[Int.random(in: 0..<points.count, using: &random)]
        let environment = random.isAmong(50) ? ["FLOYDLITE_FAILPOINT=data.\(point)"] : []
        do {
            let finished = try setting.administration(["data", "gc"], environment).run()
            let isExpected = finished.status == 0 || !environment.isEmpty || finished.errors.contains("under way")
            if !isExpected, !finished.errors.contains("without a pause") {
                setting.findings.add("a collection ended with status \(finished.status): \(finished.errors)")
            }
        } catch {
            setting.findings.add("a collection could not be tried: \(error)")
        }
    }
}
