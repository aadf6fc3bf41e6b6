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
    var label: Label
    /// The version that was made of the folder before, in which most of a changed file may be.
    var base: Reference?

    enum Label: String, CaseIterable {
        case data, code
    }

    /// What stands in the folder, without the markers and what its `.floydignore` files name. Everything unreadable is found here, before
    /// anything is sent.
    func survey() throws(FloydError) -> FolderSurvey {
        let rules = try IgnoreRules(folder: folder)
        let algorithm = try contentHash()
        let survey = try FolderSurvey(algorithm)
        // A folder is asked about for itself and for what is below it.
        var ignored: Set<String> = []
        var known = hashes(algorithm).open().map { HashCache.Reader(owning: $0, algorithm) } ?? HashCache.Reader()
        try FolderWalk.forEachEntry(
            of: folder,
            ignoring: { path, isDirectory in
                if FolderMarkers.contain(path) { return true }
                guard rules.ignores(path: path, isDirectory: isDirectory) else { return false }
                ignored.insert(path)
                return true
            },
            known: { path, stamp in stamp.size == 0 ? .ofNothing(algorithm) : known.hash(of: path, stamp) }
        ) { entry, stamp throws(FloydError) in
            try survey.append(entry, stamp)
        }
        survey.ignored = ignored.sorted()
        return survey
    }

    /// How the server names contents.
    private func contentHash() throws(FloydError) -> HashAlgorithm {
        let name = try client.server().contentHash ?? HashAlgorithm.sha256.rawValue
        guard let algorithm = HashAlgorithm(rawValue: name) else {
            throw FloydError(
                .protocolViolation,
                "the server names contents by their \(name), which this release doesn't know",
                hint: "Update floydlite."
            )
        }
        return algorithm
    }

    /// Finds out what `send` would send. Nothing of it stays on the server.
    func preview(_ survey: FolderSurvey, isFirst: Bool) throws(FloydError) -> UploadPreview {
        _ = try hash(survey, isFirst: isFirst)
        let upload = try create(SurveyManifest(survey, since: kept.open()))
        guard upload.state != .committed else { return try UploadPreview(survey, sending: []) }
        defer { try? client.abort(upload.id) }
        let lines = try missing(from: upload, survey)
        return try UploadPreview(survey, sending: lines, try recipes(for: upload, lines, survey).1)
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
        let began = try hash(survey, isFirst: isFirst)
        let manifest = try SurveyManifest(survey, since: kept.open())
        let unfinished = UnfinishedUpload(
            client: client,
            folder: folder,
            label: label,
            state: manifest.state,
            environment: context.environment
        )
        let upload = try begin(unfinished, manifest)
        if upload.state != .committed, upload.length > 0 {
            do throws(FloydError) {
                try beforeSending()
            } catch {
                try? client.abort(upload.id)
                unfinished.forget()
                throw error
            }
        }
        if upload.state == .committed {
            kept.keep(manifest)
            return upload
        }
        do throws(FloydError) {
            let hashed = try sendContents(of: upload, survey)
            let hashes = HashSource(survey, of: hashed)
            let committed = try client.commit(upload.id, hashes: hashes, length: hashes.length)
            guard committed.state == .committed else {
                throw FloydError(.protocolViolation, "the server didn't commit the upload and doesn't say why")
            }
            if !hashed.isEmpty { save(survey, at: began) }
            kept.keep(hashed.isEmpty ? manifest : try SurveyManifest(survey))
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

    private var kept: KeptTree {
        KeptTree(
            cache: FolderCache("trees/\(label)", of: folder, environment: context.environment),
            server: client.address.description
        )
    }

    /// One for each algorithm: who sends a folder to two servers may need both.
    private func hashes(_ algorithm: HashAlgorithm) -> FolderCache {
        let kind = algorithm == .sha256 ? "hashes" : "hashes-\(algorithm)"
        return FolderCache(kind, of: folder, environment: context.environment)
    }

    /// Fills in the hashes that aren't known, but of a first upload.
    ///
    /// - Returns: when that began, in nanoseconds since 1970.
    private func hash(_ survey: FolderSurvey, isFirst: Bool) throws(FloydError) -> Int64 {
        let began = Int64(context.now().timeIntervalSince1970) * 1_000_000_000
        if isFirst || survey.unhashedLines().left == 0 { return began }
        let progress = TransferProgress(
            console: context.console,
            label: "reading",
            total: survey.size,
            files: survey.files
        )
        defer { progress.end() }
        var hashing = SurveyHashing(survey, in: folder, base: blocks, progressed: progress.reached)
        try hashing.run()
        // Now, so that an upload which breaks off needn't read them again.
        save(survey, at: began)
        return began
    }

    /// Keeps what is known of the files, to be found there the next time.
    private func save(_ survey: FolderSurvey, at began: Int64) {
        hashes(survey.algorithm).replace { descriptor throws(FloydError) in
            var writer = HashCache.Writer(to: descriptor, at: began, survey.algorithm)
            var reader = try survey.reader()
            while let (_, item) = try reader.next() {
                guard item.entry.size > 0, let stamp = item.stamp, let hash = item.entry.hash else { continue }
                writer.append(item.entry.path, stamp, hash)
            }
            return writer.finish()
        }
    }

    /// The upload that was broken off, or a new one.
    private func begin(_ unfinished: UnfinishedUpload, _ manifest: SurveyManifest) throws(FloydError) -> UploadResponse
    {
        if let upload = try unfinished.find() {
            if upload.state != .committed, upload.offset > 0 {
                let (done, all) = (TextStyle.bytes(upload.offset), TextStyle.bytes(upload.length))
                context.console.note("Going on with the upload that was broken off after \(done) of \(all)")
            }
            return upload
        }
        let upload = try create(manifest)
        if upload.state != .committed { unfinished.remember(upload.id) }
        return upload
    }

    /// What a server answers to changes that a whole manifest may get around.
    private static let changesAlone: Set<FloydError.Code> = [
        .baseMismatch, .unsupportedMediaType, .invalidRequest, .invalidPath,
    ]

    /// Tells the server the manifest: what is different from the one before, if the server has that.
    private func create(_ manifest: SurveyManifest) throws(FloydError) -> UploadResponse {
        if let (base, source) = manifest.changes, let digest = manifest.digest {
            do throws(FloydError) {
                return try client.createUpload(changes: source, length: source.length, from: base, to: digest)
            } catch {
                // Deleted, another account's, damaged on either side; or a server that knows whole manifests alone. What is wrong with the tree
                // itself the server says of the whole manifest, too.
                guard Self.changesAlone.contains(error.code) else { throw error }
            }
        }
        return try client.createUpload(manifest: manifest.whole, length: manifest.whole.length)
    }

    /// - Returns: the lines of the manifest that had no hash, which the survey has by then.
    private func sendContents(of upload: UploadResponse, _ survey: FolderSurvey) throws(FloydError) -> [Int] {
        let lines = try missing(from: upload, survey)
        let (upload, recipes) = try recipes(for: upload, lines, survey)
        let unhashed = try Self.unhashed(survey)
        let progress = TransferProgress(
            console: context.console,
            label: label.rawValue,
            total: upload.length,
            files: lines.count,
            present: upload.offset
        )
        let contents = try ContentSource(survey, in: folder, lines: lines, recipes, progressed: progress.reached)
        guard contents.length == upload.length else {
            throw FloydError(.protocolViolation, "the server wants \(upload.length) bytes of \(contents.length)")
        }
        defer { progress.end() }
        try client.send(contents, from: upload.offset, length: upload.length, to: upload.id) { error in
            context.console.note("floydlite: \(error.message); trying again")
        }
        for line in unhashed where try survey.hash(of: line) == nil { try hashSent(line, survey, lines) }
        return unhashed
    }

    private static func unhashed(_ survey: FolderSurvey) throws(FloydError) -> [Int] {
        var lines: [Int] = []
        var unhashed = survey.unhashedLines()
        while let line = try unhashed.next() {
            if try survey.hash(of: line) == nil { lines.append(line) }
        }
        return lines
    }

    /// Hashes a file that the command before this one sent.
    ///
    /// - Parameter lines: those that are sent, in order.
    private func hashSent(_ line: Int, _ survey: FolderSurvey, _ lines: [Int]) throws(FloydError) {
        let file = try survey.item(line)
        let path = file.entry.path
        let place = lines.partitioningIndex { $0 >= line }
        guard place < lines.count, lines[place] == line else {
            throw FloydError(.protocolViolation, "the server didn't ask for \(path), whose hash it can't know")
        }
        let (hash, stamp) = try FileHasher.hash(file: "\(folder)/\(path)", survey.algorithm)
        guard stamp == file.stamp else { throw ContentSource.change(of: path) }
        try survey.setHash(hash, of: line)
    }

    /// The lines to be sent. Where all files are, their number and bytes say so without another question.
    private func missing(from upload: UploadResponse, _ survey: FolderSurvey) throws(FloydError) -> [Int] {
        guard upload.missing > 0 else { return [] }
        guard survey.files == upload.missing, survey.size == upload.length else {
            return try client.missing(in: upload.id, of: survey.count)
        }
        var lines: [Int] = []
        var reader = try survey.reader()
        while let (line, item) = try reader.next() {
            if item.stamp != nil { lines.append(line) }
        }
        return lines
    }
}

extension [Int] {
    /// The first index whose element fulfils `isSecond`, of elements that are sorted by it.
    fileprivate func partitioningIndex(_ isSecond: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
