internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydStore

extension UploadResponse {
    /// - Parameters:
    ///   - length: of the stream, where the upload's folder says another one than the row: recipes make it shorter.
    ///   - offset: how far the folder says it is.
    init(_ upload: UploadRecord, length: Int64? = nil, offset: Int64) {
        let length = length ?? upload.length
        let state: State =
            switch upload.state {
            case .committed: .committed
            case .receiving, .complete:
                if upload.archive?.failure != nil { .failed } else { offset == length ? .complete : .receiving }
            }
        self.init(
            id: upload.id,
            state: state,
            length: length,
            offset: offset,
            missing: upload.missing,
            files: upload.files,
            size: upload.bytes,
            created: upload.created,
            expires: upload.state == .committed ? nil : upload.expires,
            archive: upload.archive.map(ArchiveResponse.init)
        )
    }

    /// An upload of which nothing is to be done: its tree is there.
    init(_ tree: TreeRecord) {
        self.init(
            id: tree.id,
            state: .committed,
            length: 0,
            offset: 0,
            missing: 0,
            files: tree.files,
            size: tree.bytes,
            created: tree.created,
            expires: nil
        )
    }

    /// - Parameter glance: nil: nothing of it is there any more.
    init(_ upload: UploadRecord, _ glance: UploadGlance?) {
        self.init(upload, length: glance?.length, offset: glance?.offset ?? 0)
        if glance?.hasFailed ?? true { state = .failed }
    }
}

extension ArchiveResponse {
    init(_ archive: ArchiveUpload) {
        self.init(
            dataset: archive.dataset,
            message: archive.message,
            metadata: archive.metadata,
            version: archive.version?.description,
            problem: archive.failure.map { Problem($0) }
        )
    }
}
