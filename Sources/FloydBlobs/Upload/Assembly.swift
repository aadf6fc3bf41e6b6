import FloydOS
import FloydTree
import Glibc

/// A file that is being put together as its recipe says.
struct Assembly: ~Copyable {
    private let recipe: Recipe
    private let base: FileDescriptor
    private let copier = HashedCopy()
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
        base = try FileDescriptor.open(UploadPaths.base(number, in: folder), O_RDONLY | O_NOFOLLOW)
        self.recipe = recipe
        self.position = position
        sent = recipe.sent(before: position)
        done = position
        while index < recipe.parts.count, done >= recipe.parts[index].length {
            done -= recipe.parts[index].length
            index += 1
        }
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

    /// Copies up to the next part that is sent.
    ///
    /// - Parameter file: the descriptor of the file, at its end.
    /// - Returns: bytes that were copied.
    mutating func copy(to file: Int32, hashing hasher: inout FileHasher) throws(SystemError) -> Int64 {
        var copied: Int64 = 0
        while index < recipe.parts.count, case .copy(let offset, let length) = recipe.parts[index] {
            let count = length - done
            try copier.copy(base, from: offset + done, length: count, to: file, at: position, hashing: &hasher)
            copied += count
            position += count
            advance(count)
        }
        return copied
    }

    private mutating func advance(_ count: Int64) {
        done += count
        if done == recipe.parts[index].length {
            index += 1
            done = 0
        }
    }
}
