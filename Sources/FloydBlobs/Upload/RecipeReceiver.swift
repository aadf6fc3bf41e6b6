public import FloydModel
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Takes the recipes of an upload to which nothing was sent yet, and makes its stream the shorter one that is left then.
///
/// Nothing counts before `finish`; a crash leaves a draft that the next receiver, or the end of the upload, removes. It holds the upload's lock.
public final class RecipeReceiver: Sendable {
    private struct State: ~Copyable {
        let lock: FileLock
        var reader = RecipeReader()
        var plan: FixedReader
        /// Number of the plan's next record.
        var next = 0
        var current: Pending?
        /// What was taken: numbers in the plan, rising, and how many bytes of each are sent.
        var taken: [(number: Int, sent: Int64)] = []
        var text: BufferedWriter
    }

    /// The file whose parts are coming.
    private struct Pending {
        var number: Int
        var record: FileRecord
        var recipe: Recipe
        var baseSize: Int64
    }

    private let folder: UploadFolder
    /// One caller at a time; nil after `finish`.
    private let state: Mutex<State?>

    init(folder: UploadFolder, lock: consuming FileLock) throws(FloydError) {
        guard try folder.committed() == nil, try UploadProgress(folder: folder).current().isStart else {
            throw FloydError(.conflict, "bytes of the upload were sent already", hint: "Send the rest of them.")
        }
        guard !folder.paths.hasRecipes else {
            throw FloydError(.conflict, "the upload has recipes already", hint: "Ask for them, or begin a new upload.")
        }
        self.folder = folder
        let paths = folder.paths
        do throws(SystemError) {
            for old in [paths.recipeDraft, paths.recipes] { try Folder.removeTree(old) }
            try Folder.create(paths.recipeDraft)
            let state = State(
                lock: lock,
                plan: try FixedReader(path: paths.plan, size: FileRecord.size),
                text: try BufferedWriter(path: UploadPaths.recipeText(in: paths.recipeDraft))
            )
            self.state = Mutex(state)
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// Takes the next bytes.
    ///
    /// - Parameter isReachable: whether this user may read a content, as with `UploadFolder.planMissing`.
    /// - Throws: `FloydError`: `invalidRequest`, which names the line or the file, `notFound` where a base isn't there for this user, or what
    ///   `isReachable` throws. Nothing is changed then.
    public func append(_ bytes: [UInt8], isReachable: (ContentID) throws -> Bool) throws {
        try state.withLock { state in
            guard var open = state.take() else { throw FloydError(.conflict, "the recipes are taken") }
            let result = Result { try take(bytes, &open, isReachable) }
            state = consume open
            try result.get()
        }
    }

    private func take(_ bytes: [UInt8], _ state: inout State, _ isReachable: (ContentID) throws -> Bool) throws {
        var lines: [RecipeCoding.Line] = []
        try state.reader.feed(bytes) { lines.append($0) }
        for line in lines {
            switch line {
            case .file(let line, let base):
                try complete(&state)
                try begin(line, base, &state, isReachable)
            case .part(let part):
                try add(part, to: &state)
            }
        }
    }

    private func begin(
        _ line: Int,
        _ base: [UInt8],
        _ state: inout State,
        _ isReachable: (ContentID) throws -> Bool
    ) throws {
        while true {
            let number = state.next
            let read: FileRecord?
            do throws(SystemError) {
                read = try state.plan.read(FileRecord.init)
            } catch {
                throw FloydError(storage: error)
            }
            guard let record = read, record.line <= line else {
                throw FloydError(
                    .invalidRequest,
                    "line \(line) of the manifest is not to be sent, or the recipes are not in its order"
                )
            }
            state.next += 1
            guard record.line == line else { continue }
            guard record.content != nil else {
                throw FloydError(.invalidRequest, "line \(line) of the manifest has no hash, so it can have no recipe")
            }
            let size = try link(base, number, isReachable)
            state.current = Pending(number: number, record: record, recipe: Recipe(base: base), baseSize: size)
            return
        }
    }

    /// Links the base into the draft.
    ///
    /// - Returns: its size.
    private func link(_ base: [UInt8], _ number: Int, _ isReachable: (ContentID) throws -> Bool) throws -> Int64 {
        let path = UploadPaths.base(number, in: folder.paths.recipeDraft)
        for isExecutable in [false, true] {
            guard let id = ContentID(hash: base, executable: isExecutable), try isReachable(id) else { continue }
            if Glibc.link(folder.store.layout.content(id), path) == 0 {
                return try storing { () throws(SystemError) in try FileStatus.of(path)?.size ?? 0 }
            }
            // Collected since, or linked as often as the file system allows.
            guard [ENOENT, EMLINK].contains(errno) else { throw FloydError(storage: SystemError("link", path: path)) }
        }
        throw FloydError(
            .notFound,
            "the content \(Hex.string(base)) is not stored",
            hint: "Send the file whole, or ask for the blocks again."
        )
    }

    private func add(_ part: Recipe.Part, to state: inout State) throws(FloydError) {
        guard var current = state.current else {
            throw FloydError(.invalidRequest, "the recipe says no file before its first part")
        }
        if case .copy(let offset, let length) = part, offset + length > current.baseSize {
            throw FloydError(.invalidRequest, "the recipe copies what is behind the end of its base")
        }
        guard part.length <= current.record.length - current.recipe.length else {
            throw FloydError(.invalidRequest, "the recipe of line \(current.record.line) makes more than its file")
        }
        state.current = nil
        current.recipe.append(part)
        guard current.recipe.parts.count <= RecipeFile.maximumParts else {
            throw FloydError(
                .invalidRequest,
                "the recipe of line \(current.record.line) has more than \(RecipeFile.maximumParts) parts",
                hint: "Send the file whole."
            )
        }
        state.current = current
    }

    private func complete(_ state: inout State) throws(FloydError) {
        guard let current = state.current.take() else { return }
        guard current.recipe.length == current.record.length else {
            throw FloydError(
                .invalidRequest,
                "the recipe of line \(current.record.line) makes \(current.recipe.length) bytes of \(current.record.length)"
            )
        }
        let line = Int(current.record.line)
        do throws(SystemError) {
            try RecipeFile.write(current.recipe, current.number, line: line, in: folder.paths.recipeDraft)
            try state.text.append { RecipeCoding.append(current.recipe, line: line, to: &$0) }
        } catch {
            throw FloydError(storage: error)
        }
        state.taken.append((current.number, current.recipe.sent))
    }

    /// Makes the recipes count and lets the upload go.
    ///
    /// - Returns: the upload, with the length that its stream has now.
    public func finish() throws(FloydError) -> UploadFolder {
        try state.withLock { state throws(FloydError) in
            guard var open = state.take() else { throw FloydError(.conflict, "the recipes are taken") }
            try open.reader.finish()
            try complete(&open)
            var totals = folder.totals
            totals.length = try writePlan(open.taken)
            totals.hasRecipes = true
            do throws(SystemError) {
                try open.text.finish()
                try Folder.rename(folder.paths.recipeDraft, to: folder.paths.recipes)
            } catch {
                throw FloydError(storage: error)
            }
            // Now they count.
            try UploadValue.write(totals, to: folder.paths.totals)
            return UploadFolder(store: folder.store, id: folder.id, paths: folder.paths, totals: totals)
        }
    }

    /// Writes the plan anew, with the recipes' files as long as what is sent of them.
    ///
    /// - Returns: bytes of the stream.
    private func writePlan(_ taken: [(number: Int, sent: Int64)]) throws(FloydError) -> Int64 {
        try storing { () throws(SystemError) in
            var plan = try FixedReader(path: folder.paths.plan, size: FileRecord.size)
            var writer = try BufferedWriter(path: "\(folder.paths.recipeDraft)/plan")
            var rest = taken[...]
            var number = 0
            var length: Int64 = 0
            while var record = try plan.read(FileRecord.init) {
                record.start = length
                if let first = rest.first, first.number == number {
                    record.hasRecipe = true
                    length += first.sent
                    rest = rest.dropFirst()
                } else {
                    length += record.length
                }
                try writer.append { record.append(to: &$0) }
                number += 1
            }
            try writer.finish()
            return length
        }
    }

    /// Removes what came, unless `finish` was called.
    public func abandon() {
        state.withLock { state in
            guard state != nil else { return }
            state = nil
            // What can't be removed now goes with the upload.
            try? Folder.removeTree(folder.paths.recipeDraft)
        }
    }
}
