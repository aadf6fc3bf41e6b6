import FloydAPI
import FloydClient
import FloydModel
import FloydTree
import FoundationEssentials

/// The upload of a folder that was begun and not committed: the next command of the same folder goes on with it.
struct UnfinishedUpload {
    private struct Record: Codable {
        var server: String
        var upload: ObjectID
        /// Of the folder when it was begun.
        var state: String
        /// The folder's path; nil in what older releases noted.
        var folder: String?
    }

    private static let kind = "uploads"

    var client: FloydClient
    var folder: String
    private var cache: FolderCache
    /// Of the folder as it is now.
    let state: String

    init(client: FloydClient, folder: String, label: FolderUpload.Label, state: String, environment: [String: String]) {
        self.client = client
        self.folder = folder
        self.state = state
        cache = FolderCache("\(Self.kind)/\(label)", of: folder, environment: environment)
    }

    /// The folders whose uploads were begun on this machine and not finished, as far as it is known.
    static func folders(environment: [String: String]) -> [ObjectID: String] {
        var folders: [ObjectID: String] = [:]
        for label in FolderUpload.Label.allCases {
            for bytes in FolderCache.all("\(kind)/\(label)", environment: environment) {
                guard let record = try? MessageCoding.decode(Record.self, from: Data(bytes)) else { continue }
                folders[record.upload] = record.folder
            }
        }
        return folders
    }

    /// The upload that was begun of the folder as it is now. One of another state is given up.
    ///
    /// - Throws: `FloydError` where the server can't be asked.
    func find() throws(FloydError) -> UploadResponse? {
        guard let bytes = cache.load(), let record = try? MessageCoding.decode(Record.self, from: Data(bytes)),
            record.server == client.address.description
        else { return nil }
        if record.state == state {
            do throws(FloydError) {
                let upload = try client.upload(record.upload)
                if upload.offset >= 0, upload.offset <= upload.length { return upload }
            } catch {
                guard Self.ends.contains(error.code) else { throw error }
            }
        }
        // Expired, of another account, damaged on the way, or of a folder that has changed since.
        try? client.abort(record.upload)
        cache.remove()
        return nil
    }

    /// The errors after which there is nothing to go on with: the server has given the upload up, or what was sent of it is wrong. After all
    /// others (no network, a full disk, a server that stops, Ctrl-C) the next command goes on.
    static let ends: Set<FloydError.Code> = [
        .notFound, .gone, .forbidden, .conflict, .contentMismatch, .tooLarge, .invalidRequest, .invalidPath, .localFile,
        .protocolViolation,
    ]

    /// Notes that the upload is under way, before anything is sent.
    func remember(_ upload: ObjectID) {
        let record = Record(server: client.address.description, upload: upload, state: state, folder: folder)
        if let bytes = try? MessageCoding.encode(record) { cache.save([UInt8](bytes)) }
    }

    /// Notes that nothing is under way any more.
    func forget() {
        cache.remove()
    }
}
