public import FloydAPI
public import FloydModel

extension FloydClient {
    /// Tells the server what is to be uploaded. If it holds that tree already, the upload is `committed` at once.
    public func createUpload(manifest: any ByteSource, length: Int64) throws(FloydError) -> UploadResponse {
        try createUpload(APIPath.uploads, MediaType.jsonLines, manifest, length)
    }

    /// The same, told from a tree of the account's: `changes` are the lines that are different.
    ///
    /// - Parameters:
    ///   - base: that tree's digest.
    ///   - digest: of the tree that is told.
    /// - Throws: `FloydError` with `baseMismatch` where the server hasn't the base, or comes to another tree; with `unsupportedMediaType` where it wants
    ///   whole manifests.
    public func createUpload(
        changes: any ByteSource,
        length: Int64,
        from base: String,
        to digest: String
    ) throws(FloydError) -> UploadResponse {
        try createUpload(APIPath.uploads(from: base, to: digest), MediaType.manifestChanges, changes, length)
    }

    private func createUpload(
        _ path: String,
        _ type: String,
        _ source: any ByteSource,
        _ length: Int64
    ) throws(FloydError) -> UploadResponse {
        try answer(
            to: TransportRequest(
                "POST",
                path,
                headers: [("Content-Type", type), (TransportRequest.keyField, Self.newKey())],
                body: body(of: source, length)
            )
        )
    }

    /// The account's uploads that aren't committed, the newest first.
    public func uploads() throws(FloydError) -> [UploadResponse] {
        try all(APIPath.uploads)
    }

    /// How an upload stands.
    public func upload(_ id: ObjectID) throws(FloydError) -> UploadResponse {
        try get(APIPath.upload(id))
    }

    /// The manifest lines, counted from 0, whose contents the server lacks, in the order it wants them.
    ///
    /// - Throws: `FloydError` with `protocolViolation` if they are not line numbers below `count` in rising order.
    public func missing(in upload: ObjectID, of count: Int) throws(FloydError) -> [Int] {
        let (_, body) = try exchange(TransportRequest("GET", APIPath.missing(in: upload)))
        var lines: [Int] = []
        for text in body.split(separator: UInt8(ascii: "\n")) {
            guard let line = Int(String(decoding: text, as: UTF8.self)), line < count, line > lines.last ?? -1 else {
                throw FloydError(.protocolViolation, "the server's list of missing files makes no sense")
            }
            lines.append(line)
        }
        return lines
    }

    /// Makes the tree whole and durable.
    ///
    /// - Parameter hashes: those of the files whose manifest lines carried none, in their order, each on a line.
    public func commit(
        _ upload: ObjectID,
        hashes: any ByteSource,
        length: Int64
    ) throws(FloydError) -> UploadResponse {
        try answer(
            to: TransportRequest(
                "POST",
                APIPath.commit(upload),
                headers: [("Content-Type", MediaType.jsonLines)],
                body: body(of: hashes, length)
            )
        )
    }

    /// Small bodies leave together with the head.
    private func body(of source: any ByteSource, _ length: Int64) throws(FloydError) -> TransportRequest.Body {
        try source.seek(to: 0)
        guard length <= Self.smallBody else { return .stream(source, offset: 0, length: length) }
        return try .bytes(Self.bytes(of: source, count: Int(length)))
    }

    /// Gives up an upload; what was received of it goes.
    public func abort(_ upload: ObjectID) throws(FloydError) {
        try exchange(
            TransportRequest("DELETE", APIPath.upload(upload), headers: [Self.protocolVersion], timeout: Self.patience)
        )
    }

    /// Bytes of a small body.
    private static let smallBody: Int64 = 1 << 16

    private static func bytes(of source: any ByteSource, count: Int) throws(FloydError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        var flaw: FloydError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FloydError) {
                while filled < count {
                    let read = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
                    if read == 0 { break }
                    filled += read
                }
            } catch {
                flaw = error
            }
        }
        if let flaw { throw flaw }
        return Array(bytes.prefix(filled))
    }

    static let protocolVersion = (name: "Tus-Resumable", value: "1.0.0")
}
