import FloydOS
import FloydTree
import Glibc

/// A file that is being put together as its recipe says.
struct Assembly: ~Copyable {
    private let recipe: Recipe
    /// What parts are copied from.
    let base: SharedFile
    /// The part that comes next, and how much of it is there.
    private var index = 0
    private var done: Int64 = 0
    /// How much of the file is there.
    private var position: Int64
    /// Bytes of the stream that came for it.
    private(set) var sent: Int64 = 0

    /// - Parameters:
    ///   - number: of the file in the plan.
    ///   - position: how much of the file is there already.
    init(_ number: Int, in folder: String, at position: Int64) throws(SystemError) {
        let recipe = try RecipeFile.read(number, in: folder)
        base = SharedFile(try FileDescriptor.open(UploadPaths.base(number, in: folder), O_RDONLY | O_NOFOLLOW))
        self.recipe = recipe
        self.position = position
        sent = recipe.sent(before: position)
        done = position
        while index < recipe.parts.count, done >= recipe.parts[index].length {
            done -= recipe.parts[index].length
            index += 1
        }
    }

    /// Bytes of the blocks that the file can share with its base; nil where it can't, or not for the most part: then its space is better got at once.
    func sharedBlockSize(in folder: String) -> Int64? {
        FileSystem.sharedBlockSize(in: folder).flatMap { 2 * recipe.copiedInPlace($0) > recipe.length ? $0 : nil }
    }

    /// Bytes that the stream is to bring next, before anything can be copied; 0 where the next part is copied, or there is none.
    var wanted: Int64 {
        guard index < recipe.parts.count, case .send(let length) = recipe.parts[index] else { return 0 }
        return length - done
    }

    /// Notes that `count` of the wanted bytes are written.
    mutating func received(_ count: Int64) {
        sent += count
        position += count
        advance(count)
    }

    /// What is to be copied next: a part of the base. nil where bytes of the stream come first, or nothing is left.
    var nextCopy: (offset: Int64, length: Int64)? {
        guard index < recipe.parts.count, case .copy(let offset, let length) = recipe.parts[index] else { return nil }
        return (offset + done, length - done)
    }

    /// Copies that to the end of `file`.
    mutating func copy(_ part: (offset: Int64, length: Int64), to file: inout StagedFileWriter) throws(SystemError) {
        try file.append(base, from: part.offset, length: part.length)
        position += part.length
        advance(part.length)
    }

    private mutating func advance(_ count: Int64) {
        done += count
        if done == recipe.parts[index].length {
            index += 1
            done = 0
        }
    }
}

extension Recipe {
    /// Bytes that are copied to where they stand alike in blocks of that size.
    func copiedInPlace(_ blockSize: Int64) -> Int64 {
        var (position, copied): (Int64, Int64) = (0, 0)
        for part in parts {
            if case .copy(let offset, let length) = part, (position - offset) % blockSize == 0 { copied += length }
            position += part.length
        }
        return copied
    }
}
