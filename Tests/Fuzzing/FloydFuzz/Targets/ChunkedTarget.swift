@testable import FloydHTTP

/// The chunked transfer coding: one content and one end however it arrives and whatever room there is for it.
enum ChunkedTarget {
    private static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestLine = 60
        limits.headerBytes = 100
        limits.headerCount = 4
        return limits
    }()

    private struct Verdict: Equatable {
        var status = 0
        var content: [UInt8] = []
        var consumed = 0
        var isDone = false
    }

    static func check(_ input: [UInt8]) {
        let whole = decode([input[...]], room: max(1, input.count))
        for (room, pieces) in zip([1, 3, 16], Pieces.cuts(of: input)) {
            var found = decode(pieces, room: room)
            // What a piece brought before the flaw in it was handed out already.
            if whole.status != 0 { found.content = whole.content }
            require(found == whole, "chunks mean the same whole and in pieces")
        }
        guard whole.isDone else { return }
        let size = String(whole.content.count, radix: 16)
        let chunk = whole.content.isEmpty ? [] : Array("\(size)\r\n".utf8) + whole.content + Array("\r\n".utf8)
        let written = chunk + Array("0\r\n\r\n".utf8)
        let again = decode([written[...]], room: max(1, written.count))
        require(again.isDone && again.content == whole.content, "content is the same when written anew")
        require(again.consumed == written.count, "a body ends with its last line end")
    }

    private static func decode(_ pieces: [ArraySlice<UInt8>], room: Int) -> Verdict {
        var decoder = ChunkedDecoder(limits: limits)
        var verdict = Verdict()
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
        defer { output.deallocate() }
        for piece in pieces {
            var rest = Array(piece)
            while !rest.isEmpty, !decoder.isDone {
                let outcome = rest.withUnsafeBytes { bytes in
                    Result { () throws(ProtocolError) in try decoder.decode(bytes, into: output) }
                }
                switch outcome {
                case .success(let (consumed, produced)):
                    require(consumed > 0, "a decoder gets on")
                    require(consumed <= rest.count && produced <= room, "a decoder keeps to its buffers")
                    verdict.content += output[..<produced]
                    verdict.consumed += consumed
                    rest.removeFirst(consumed)
                case .failure(let error):
                    require([400, 413, 431].contains(error.status), "a refusal has a status of its own")
                    return Verdict(status: error.status)
                }
            }
        }
        verdict.isDone = decoder.isDone
        return verdict
    }
}
