import FloydModel
import FloydOS
import FloydTree

/// The algorithm that names a store's contents, once and for all: it stands in a file of the store, in one line.
///
/// A store that was made when there was SHA-256 alone has no such file.
enum StoreHash {
    /// Finds it out; for a new store it is chosen, and on the disk when this returns.
    ///
    /// Before the folders are made: a crash in between leaves a store that is still new.
    static func settle(_ layout: StoreLayout) throws(FloydError) -> HashAlgorithm {
        if let found = try read(layout) { return found }
        try storing { () throws(SystemError) in
            try DurableFile.write(Array("\(HashAlgorithm.blake3.rawValue)\n".utf8), to: layout.hash)
        }
        return .blake3
    }

    /// - Returns: nil where there is no store yet.
    static func read(_ layout: StoreLayout) throws(FloydError) -> HashAlgorithm? {
        let bytes = try storing { () throws(SystemError) in try DurableFile.read(layout.hash) }
        guard let bytes else {
            let isThere = try storing { () throws(SystemError) in try FileStatus.of(layout.contents) != nil }
            return isThere ? .sha256 : nil
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let algorithm = HashAlgorithm.allCases.first(where: { text == "\($0.rawValue)\n" }) else {
            throw FloydError(
                .internalError,
                "\(layout.hash) names no hash that this release knows",
                hint: "The store was made by a newer release: install that one."
            )
        }
        return algorithm
    }
}
