import FloydModel
import HTTPTypes

@testable import FloydHTTP
@testable import FloydServer

/// Ranges: whatever is asked, what is answered lies within the file. The first eight bytes are the file's length.
enum RangeTarget {
    static func check(_ input: [UInt8]) {
        guard input.count >= 8 else { return }
        let length = Int64(input[..<8].reduce(0) { $0 << 8 | UInt64($1) } >> 1)
        let header = String(decoding: input[8...], as: UTF8.self)
        switch ByteRange.parse(header, length: length) {
        case .whole, .unsatisfiable:
            break
        case .part(let range):
            require(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length, "a part lies in the file")
            let written = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
            require(
                ByteRange.parse(written, length: length) == .part(range),
                "a part is the same when asked for by itself"
            )
        }
    }
}

/// Cookie, Authorization, If-None-Match and If-Range, a line each: a token that is found is one, and the same when sent by itself.
enum CookieTarget {
    static func check(_ input: [UInt8]) {
        var fields = HTTPFields()
        let names: [HTTPField.Name] = [.cookie, .authorization, .ifNoneMatch, .ifRange]
        for line in input.split(separator: 0x0a).prefix(8) {
            let name = names[Int(line[line.startIndex]) % names.count]
            fields.append(HTTPField(name: name, value: String(decoding: line.dropFirst(), as: UTF8.self)))
        }
        if let credentials = Credentials(fields) {
            require(Credentials.isToken(credentials.token), "a token has no byte but a token's")
            require(credentials.token.utf8.count <= Credentials.maximumLength, "a token is bounded")
            if credentials.source == .cookie {
                let alone: HTTPFields = [.cookie: "\(SessionCookie.name)=\(credentials.token)"]
                require(Credentials(alone) == credentials, "a cookie is the same when sent by itself")
            }
        }
        let tag = EntityTag("a1")
        _ = tag.isKnown(by: fields)
        if fields[.ifRange] == nil { require(EntityTag.allowsRange(tag, fields), "without a condition a range counts") }
    }
}

/// Path, query and form: nothing that is decoded leads anywhere, and all is the same when encoded anew.
enum PathTarget {
    static func check(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        if let segments = try? PathSegments.parse(parts[0]) {
            for segment in segments {
                require(segment != "." && segment != ".." && !segment.utf8.contains(0), "a segment leads nowhere")
            }
            let written = segments.map { "/" + encoded($0) }.joined()
            let again = (try? PathSegments.parse(written)) ?? []
            require(again.elementsEqual(segments, by: isSame), "a path is the same when encoded anew")
        }
        guard parts.count == 2 else { return }
        let query = try? QueryParameters(parts[1], known: ["a", "tail", "position"])
        _ = try? query?.integer("tail", Int64.self)
        if let value = query?["a"] {
            let again = try? QueryParameters("a=" + encoded(value), known: ["a"])
            require(isSame(again?["a"] ?? "", value), "a parameter is the same when encoded anew")
        }
        if let value = (try? FormBody(parsing: String(parts[1])))?["a"] {
            let again = try? FormBody(parsing: "a=" + encoded(value))
            require(isSame(again?["a"] ?? "", value), "a form's field is the same when encoded anew")
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    /// Byte by byte: Swift's strings are equal where their spellings differ.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8)
    }
}
