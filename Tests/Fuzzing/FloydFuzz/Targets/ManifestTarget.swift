import FloydModel
import FloydTree

/// Manifests: the same entries however they arrive; paths that stay in the tree, in rising order; and the same when written anew.
enum ManifestTarget {
    private struct Verdict: Equatable {
        var code: FloydError.Code?
        var entries: [ManifestEntry] = []
    }

    private static let lineLength = 400

    static func check(_ input: [UInt8]) {
        let whole = read([input[...]])
        for pieces in Pieces.cuts(of: input) {
            require(read(pieces) == whole, "a manifest means the same whole and in pieces")
        }
        var previous: [UInt8] = []
        for entry in whole.entries {
            let path = Array(entry.path.utf8)
            require(previous.isEmpty || previous.lexicographicallyPrecedes(path), "paths rise")
            previous = path
            checkPath(path)
            require(entry.size >= 0, "a size isn't negative")
            require(entry.hash.map { $0.bytes.count == 32 } ?? true, "a hash is whole")
            if let target = entry.target { require(!target.utf8.starts(with: "/".utf8), "a link is relative") }
        }
        guard whole.code == nil else { return }
        let written = whole.entries.flatMap { ManifestCoding.line($0) }
        // A control character of two bytes, as `\f` is, has six in the canonical form.
        require(
            read([written[...]], lineLength: 3 * lineLength) == whole,
            "a manifest means the same when written anew"
        )
    }

    private static func checkPath(_ path: [UInt8]) {
        require(!path.isEmpty && path[0] != 0x2f && !path.contains(0), "a path is relative, and one")
        for part in path.split(separator: 0x2f, omittingEmptySubsequences: false) {
            require(!part.isEmpty && part != [0x2e] && part != [0x2e, 0x2e], "a path stays in its tree")
        }
    }

    private static func read(_ pieces: [ArraySlice<UInt8>], lineLength: Int = lineLength) -> Verdict {
        var reader = ManifestReader(limits: ManifestReader.Limits(entries: 16, lineLength: lineLength))
        var verdict = Verdict()
        do throws(FloydError) {
            for piece in pieces {
                try reader.feed(Array(piece)) { entry, number throws(FloydError) in
                    require(number == verdict.entries.count, "lines are counted")
                    verdict.entries.append(entry)
                }
            }
            try reader.finish { entry, _ throws(FloydError) in verdict.entries.append(entry) }
        } catch {
            verdict.code = error.code
        }
        return verdict
    }
}
