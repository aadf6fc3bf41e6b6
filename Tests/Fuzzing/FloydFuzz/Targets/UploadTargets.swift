import FloydFrames
import FloydModel
import FoundationEssentials

@testable import FloydServer
@testable import FloydTree

/// Recipes of files: the same lines however they arrive, and the same recipes when written anew.
enum RecipeTarget {
    private struct Verdict: Equatable {
        var isWrong = false
        var lines: [RecipeCoding.Line] = []
    }

    static func check(_ input: [UInt8]) {
        let whole = read([input[...]])
        for pieces in Pieces.cuts(of: input) { require(read(pieces) == whole, "recipes are the same in pieces") }
        guard let recipes = try? RecipeCoding.recipes(input) else { return }
        require(!whole.isWrong, "recipes that make sense have lines that do")
        var written: [UInt8] = []
        for (line, recipe) in recipes {
            require(recipe.sent <= recipe.length, "no more is sent than there is")
            RecipeCoding.append(recipe, line: line, to: &written)
        }
        require((try? RecipeCoding.recipes(written)) == recipes, "recipes are the same when written anew")
    }

    private static func read(_ pieces: [ArraySlice<UInt8>]) -> Verdict {
        var reader = RecipeReader()
        var verdict = Verdict()
        do throws(FloydError) {
            for piece in pieces {
                try reader.feed(Array(piece)) { line throws(FloydError) in verdict.lines.append(line) }
            }
            try reader.finish()
        } catch {
            verdict.isWrong = true
        }
        return verdict
    }
}

/// Lists of blocks, as the client has them from a server that it need not trust.
enum BlockListTarget {
    static func check(_ input: [UInt8]) {
        let base = [UInt8](repeating: 1, count: FileHasher.length)
        guard let index = try? BlockIndex(input, of: base) else { return }
        let count = input.withUnsafeBytes { BlockList.count(head: $0) } ?? -1
        require(input.count == BlockList.headSize + count * BlockList.recordSize, "a list is as long as it says")
        require(Chunker.averages.contains(index.chunker.average), "a list is cut as can be")
        input.withUnsafeBytes { bytes in
            guard let place = index.find(bytes, after: nil) else { return }
            require(place.number < count && place.offset >= 0, "a block that is found is one of the list")
        }
    }
}

/// What the unpacker says, who may have been taken over by an archive.
enum FrameTarget {
    private enum Seen: Equatable {
        case entry(UnpackedEntry)
        case data([UInt8])
        case end(Int64)
        case problem(UnpackProblem)
        case flaw(FrameFlaw)
    }

    static func check(_ input: [UInt8]) {
        let whole = read([input[...]])
        for pieces in Pieces.cuts(of: input) { require(read(pieces) == whole, "frames are the same in pieces") }
        guard !whole.contains(where: { if case .flaw = $0 { true } else { false } }) else { return }
        var written: [UInt8] = []
        for frame in whole {
            switch frame {
            case .entry(let entry): FrameCoding.append(entry, to: &written)
            case .data(let bytes):
                FrameCoding.appendDataHeader(length: bytes.count, to: &written)
                written += bytes
            case .end(let entries): FrameCoding.appendEnd(entries: entries, to: &written)
            case .problem(let problem): FrameCoding.append(problem, to: &written)
            case .flaw: break
            }
        }
        require(read([written[...]]) == whole, "frames are the same when written anew")
    }

    private static func read(_ pieces: [ArraySlice<UInt8>]) -> [Seen] {
        var parser = FrameParser()
        var seen: [Seen] = []
        do {
            for piece in pieces {
                try piece.withUnsafeBytes { bytes in
                    try parser.feed(bytes) { frame in
                        switch frame {
                        case .entry(let entry): seen.append(.entry(entry))
                        case .data(let bytes):
                            if case .data(let before) = seen.last {
                                seen[seen.count - 1] = .data(before + bytes)
                            } else {
                                seen.append(.data(Array(bytes)))
                            }
                        case .end(let entries): seen.append(.end(entries))
                        case .problem(let problem): seen.append(.problem(problem))
                        }
                    }
                }
            }
        } catch let flaw as FrameFlaw {
            seen.append(.flaw(flaw))
        } catch {
            require(false, "nothing else is thrown")
        }
        return seen
    }
}

/// Upload-Metadata of tus 1.0.
enum TusTarget {
    static func check(_ input: [UInt8]) {
        guard let values = try? TusCreation.parse(String(decoding: input, as: UTF8.self)) else { return }
        let written = values.map { "\($0) \(Data($1.utf8).base64EncodedString())" }.joined(separator: ",")
        // Base64 may be longer than what it was read from was.
        guard written.utf8.count <= 8192, !values.isEmpty else { return }
        require((try? TusCreation.parse(written)) == values, "metadata is the same when written anew")
    }
}
