import FloydAPI
public import FloydModel

extension FloydClient {
    /// Sends the stream of missing contents from where the server stands to its end (tus 1.0), going on after broken connections.
    ///
    /// - Parameters:
    ///   - contents: the stream, `length` bytes in all.
    ///   - start: where the server stands, as far as is known.
    ///   - interrupted: told of each break that is mended.
    /// - Throws: `FloydError`: what `contents` throws, what the server says, `unreachable` when no connection lasts any more.
    public func send(
        _ contents: any ByteSource,
        from start: Int64 = 0,
        length: Int64,
        to upload: ObjectID,
        interrupted: (FloydError) -> Void = { _ in }
    ) throws(FloydError) {
        var backoff = Backoff()
        var offset = start
        var isUncertain = false
        while offset < length {
            do throws(TransportFailure) {
                if isUncertain {
                    let actual = try receivedBytes(of: upload, length: length)
                    if actual > offset { backoff.progressed() }
                    offset = actual
                    isUncertain = false
                    if offset == length { return }
                }
                let reached = try sendRest(of: contents, from: offset, length: length, to: upload)
                guard reached > offset, reached <= length else {
                    throw .local(
                        FloydError(.protocolViolation, "the server took bytes \(offset) to \(length) as \(reached)")
                    )
                }
                offset = reached
            } catch {
                guard error.mayPass || error.isMendedByAsking, let pause = backoff.next(after: error) else {
                    throw self.error(error)
                }
                interrupted(self.error(error))
                self.pause(pause)
                isUncertain = true
            }
        }
    }

    /// Sends everything from `offset` on and gives the offset that the server has then.
    private func sendRest(
        of contents: any ByteSource,
        from offset: Int64,
        length: Int64,
        to upload: ObjectID
    ) throws(TransportFailure) -> Int64 {
        do throws(FloydError) {
            try contents.seek(to: offset)
        } catch {
            throw .local(error)
        }
        let head = try attempt(
            TransportRequest(
                "PATCH",
                APIPath.upload(upload),
                headers: [
                    Self.protocolVersion, ("Content-Type", MediaType.offsetOctetStream), ("Upload-Offset", "\(offset)"),
                ],
                body: .stream(contents, offset: offset, length: length - offset)
            )
        ) { _ in }
        return try Self.offset(in: head)
    }

    /// How far the server is.
    private func receivedBytes(of upload: ObjectID, length: Int64) throws(TransportFailure) -> Int64 {
        let head = try attempt(
            TransportRequest("HEAD", APIPath.upload(upload), headers: [Self.protocolVersion], timeout: Self.patience)
        ) { _ in }
        let offset = try Self.offset(in: head)
        guard offset <= length else {
            throw .local(FloydError(.protocolViolation, "the server has more bytes of the upload than there are"))
        }
        return offset
    }

    private static func offset(in head: TransportHead) throws(TransportFailure) -> Int64 {
        guard let offset = head.fields["upload-offset"].flatMap({ Int64($0) }), offset >= 0 else {
            throw .local(FloydError(.protocolViolation, "the server doesn't say how much of the upload it has"))
        }
        return offset
    }
}

extension TransportFailure {
    /// The server stands elsewhere in the stream than the client thought, or is still at what came over a connection that broke: whoever asks
    /// how far it is learns that, and is kept waiting until it is done.
    fileprivate var isMendedByAsking: Bool {
        if case .local(let error) = self { error.code == .offsetMismatch || error.code == .locked } else { false }
    }
}
