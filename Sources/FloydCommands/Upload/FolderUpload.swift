import FloydAPI
import FloydClient
import FloydModel
import FloydProject
import FloydTree
import FoundationEssentials

/// Brings a folder to the server as a committed upload: manifest, missing contents, commit.
struct FolderUpload {
    var client: FloydClient
    var context: CommandContext
    var folder: String
    /// What is sent, in a word, for the progress line.
    var label: String
    /// The version that was made of the folder before, in which most of a changed file may be.
    var base: Reference?

    /// What stands in the folder, without the markers and what its `.floydignore` files name. Everything unreadable is found here, before
    /// anything is sent.
    func survey() throws(FloydError) -> FolderSurvey {
        let rules = try IgnoreRules(folder: folder)
        var survey = FolderSurvey()
        // A folder is asked about for itself and for what is below it.
        var ignored: Set<String> = []
        try FolderWalk.forEachEntry(
            of: folder,
            ignoring: { path, isDirectory in
                if FolderMarker.isMarker(path: path) { return true }
                guard rules.ignores(path: path, isDirectory: isDirectory) else { return false }
                ignored.insert(path)
                return true
            }
        ) { entry, stamp throws(FloydError) in
            survey.entries.append(entry)
            survey.stamps.append(stamp)
        }
        survey.ignored = ignored.sorted()
        return survey
    }

    /// Finds out what `send` would send. Nothing of it stays on the server.
    func preview(_ survey: FolderSurvey, isFirst: Bool) throws(FloydError) -> UploadPreview {
        var survey = survey
        _ = try hash(&survey, isFirst: isFirst)
        let manifest = ManifestSource(survey.entries)
        let upload = try client.createUpload(manifest: manifest, length: manifest.length)
        guard upload.state != .committed else { return UploadPreview(survey, sending: []) }
        defer { try? client.abort(upload.id) }
        let lines = try missing(from: upload, survey.entries)
        return UploadPreview(survey, sending: lines, try recipes(for: upload, lines, survey).1)
    }

    /// Sends what the server lacks of what was found in the folder.
    ///
    /// - Parameters:
    ///   - isFirst: nothing of this can be on the server yet, so that contents are hashed while they are sent.
    ///   - beforeSending: called when contents are about to be sent; if it throws, the upload is given up.
    /// - Throws: `FloydError`; the upload is given up on the server unless the next command can go on with it.
    func send(
        _ survey: FolderSurvey,
        isFirst: Bool,
        beforeSending: () throws(FloydError) -> Void = {}
    ) throws(FloydError) -> UploadResponse {
        var survey = survey
        let began = try hash(&survey, isFirst: isFirst)
        let unfinished = UnfinishedUpload(
            client: client,
            cache: FolderCache("uploads/\(label)", of: folder, environment: context.environment),
            survey: survey
        )
        let upload = try begin(unfinished)
        if upload.state != .committed, upload.length > 0 {
            do throws(FloydError) {
                try beforeSending()
            } catch {
                try? client.abort(upload.id)
                unfinished.forget()
                throw error
            }
        }
        if upload.state == .committed { return upload }
        do throws(FloydError) {
            let found = try sendContents(of: upload, survey)
            let committed = try client.commit(upload.id, hashes: Self.lines(found))
            guard committed.state == .committed else {
                throw FloydError(.protocolViolation, "the server didn't commit the upload and doesn't say why")
            }
            if !found.isEmpty {
                for (line, sha256) in found { survey.entries[line].sha256 = sha256 }
                hashes.save(survey.cache(at: began))
            }
            unfinished.forget()
            return committed
        } catch {
            // Another command of the same folder has finished it.
            if error.code == .conflict, let upload = try? client.upload(upload.id), upload.state == .committed {
                return upload
            }
            if UnfinishedUpload.ends.contains(error.code) {
                try? client.abort(upload.id)
                unfinished.forget()
            }
            // Two blocks may have one hash, and what the server has may be damaged.
            if error.code == .contentMismatch, base != nil {
                context.console.note("floydlite: \(error.message); sending whole files")
                var whole = self
                whole.base = nil
                return try whole.send(survey, isFirst: isFirst)
            }
            // The first error is the one to tell.
            throw error
        }
    }

    private var hashes: FolderCache { FolderCache("hashes", of: folder, environment: context.environment) }

    /// Fills in the hashes, of a first upload those alone that are known.
    ///
    /// - Returns: when that began, in nanoseconds since 1970.
    private func hash(_ survey: inout FolderSurvey, isFirst: Bool) throws(FloydError) -> Int64 {
        let began = Int64(context.now().timeIntervalSince1970) * 1_000_000_000
        let known = HashCache.Reader(hashes.load() ?? [])
        let areAllKnown = try survey.hash(in: folder, known: known, onlyKnown: isFirst, base: blocks)
        // Now, so that an upload which breaks off needn't read them again.
        if !areAllKnown, !isFirst { hashes.save(survey.cache(at: began)) }
        return began
    }

    /// The upload that was broken off, or a new one.
    private func begin(_ unfinished: UnfinishedUpload) throws(FloydError) -> UploadResponse {
        if let upload = try unfinished.find() {
            if upload.state != .committed, upload.offset > 0 {
                let (done, all) = (TextStyle.bytes(upload.offset), TextStyle.bytes(upload.length))
                context.console.note("Going on with the upload that was broken off after \(done) of \(all)")
            }
            return upload
        }
        let upload = try client.createUpload(manifest: unfinished.manifest, length: unfinished.manifest.length)
        if upload.state != .committed { unfinished.remember(upload.id) }
        return upload
    }

    /// - Returns: the hashes that the manifest lacked, with their lines in it.
    private func sendContents(
        of upload: UploadResponse,
        _ survey: FolderSurvey
    ) throws(FloydError) -> [(line: Int, sha256: [UInt8])] {
        let entries = survey.entries
        let lines = try missing(from: upload, entries)
        let (upload, recipes) = try recipes(for: upload, lines, survey)
        let pieces = try pieces(lines, recipes, survey)
        let progress = UploadProgress(console: context.console, label: label, total: upload.length)
        let contents = ContentSource(folder: folder, pieces: pieces, progressed: progress.reached)
        guard contents.length == upload.length else {
            throw FloydError(.protocolViolation, "the server wants \(upload.length) bytes of \(contents.length)")
        }
        defer { progress.end() }
        try client.send(contents, from: upload.offset, length: upload.length, to: upload.id) { error in
            context.console.note("floydlite: \(error.message); trying again")
        }
        let sent = Set(pieces.map(\.line))
        var found: [(line: Int, sha256: [UInt8])] = []
        for (line, entry) in entries.enumerated() where entry.kind == .file && entry.sha256 == nil {
            if let hash = contents.hashes[line] {
                found.append((line, hash))
            } else if sent.contains(line) {
                // Sent by the command before this one.
                let (hash, stamp) = try FileHasher.hash(file: "\(folder)/\(entry.path)")
                guard stamp == survey.stamps[line] else { throw ContentSource.change(of: entry.path) }
                found.append((line, hash))
            } else {
                throw FloydError(
                    .protocolViolation,
                    "the server didn't ask for \(entry.path), whose hash it can't know"
                )
            }
        }
        return found
    }

    /// What of the files is sent.
    private func pieces(
        _ lines: [Int],
        _ recipes: [Int: Recipe],
        _ survey: FolderSurvey
    ) throws(FloydError) -> [ContentSource.Piece] {
        var pieces: [ContentSource.Piece] = []
        for line in lines {
            let entry = survey.entries[line]
            guard let stamp = survey.stamps[line] else {
                throw FloydError(
                    .protocolViolation,
                    "the server wants the contents of \(entry.path), which is no file"
                )
            }
            for range in recipes[line]?.sentRanges ?? [0..<stamp.size] {
                let needsHash = entry.sha256 == nil
                pieces.append(.init(line: line, path: entry.path, stamp: stamp, needsHash: needsHash, range: range))
            }
        }
        return pieces
    }

    /// As the commit takes them, a line each.
    private static func lines(_ found: [(line: Int, sha256: [UInt8])]) -> [UInt8] {
        var lines: [UInt8] = []
        for (_, sha256) in found {
            lines += Hex.string(sha256).utf8
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    /// The lines to be sent. Where all files are, their number and bytes say so without another question.
    private func missing(from upload: UploadResponse, _ entries: [ManifestEntry]) throws(FloydError) -> [Int] {
        guard upload.missing > 0 else { return [] }
        let files = entries.indices.filter { entries[$0].kind == .file }
        var total: Int64 = 0
        for line in files { total += entries[line].size }
        if files.count == upload.missing, total == upload.length { return files }
        return try client.missing(in: upload.id, of: entries.count)
    }
}
