public import FloydAPI
public import FloydModel

extension FloydClient {
    /// The blocks of the version's file at `path`, else of one of that name.
    ///
    /// - Parameters:
    ///   - size: bytes of the client's file.
    ///   - average: bytes of a block on average.
    /// - Returns: the list, and the hash of the content in hexadecimal digits; nil where there is no such file.
    public func blocks(
        of version: Reference,
        path: String,
        size: Int64,
        average: Int
    ) throws(FloydError) -> (list: [UInt8], base: String)? {
        do throws(FloydError) {
            // The server may have to read the file for it.
            let request = TransportRequest("GET", APIPath.blocks(of: version, path: path, size: size, average: average))
            let (head, body) = try exchange(request)
            guard let base = head.fields["floydlite-block-base"] else {
                throw FloydError(.protocolViolation, "the server doesn't say whose blocks it lists")
            }
            return (body, base)
        } catch {
            guard error.code == .notFound || error.code == .datasetNotFound else { throw error }
            return nil
        }
    }

    /// Says how files of an upload are put together; nothing of it may have been sent yet.
    ///
    /// - Returns: the upload, with the shorter stream that it has then.
    public func takeRecipes(_ text: [UInt8], for upload: ObjectID) throws(FloydError) -> UploadResponse {
        try answer(
            to: TransportRequest(
                "PUT",
                APIPath.recipe(of: upload),
                headers: [("Content-Type", "text/plain; charset=utf-8")],
                body: .bytes(text)
            )
        )
    }

    /// The recipes that the server took for an upload.
    public func recipes(of upload: ObjectID) throws(FloydError) -> [UInt8] {
        try exchange(TransportRequest("GET", APIPath.recipe(of: upload))).1
    }
}
