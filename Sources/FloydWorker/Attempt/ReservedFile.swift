internal import FloydOS
internal import Glibc

/// A record's place on the disk, taken before the job starts, so that what fills the disk meanwhile can't keep it from being written.
///
/// A crash leaves `PATH.tmp`, which nobody reads and the folder's removal takes along; `PATH` is there whole or not at all.
final class ReservedFile {
    let path: String
    private var place: Place?

    /// How long a record is at most, and how much is taken for it: a block.
    static let size = 4096

    private final class Place {
        let file: FileDescriptor

        init(path: String) throws(SystemError) {
            file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_NOFOLLOW)
        }
    }

    init(_ path: String) {
        self.path = path
    }

    private var temporary: String { path + ".tmp" }

    /// Takes the place. Nothing of it need be on the disk before the record is.
    func reserve() throws(SystemError) {
        _ = try reserved()
    }

    private func reserved() throws(SystemError) -> Place {
        if let place { return place }
        let place = try Place(path: temporary)
        try place.file.allocate(Int64(Self.size))
        self.place = place
        return place
    }

    /// Gives the place up: it was taken away, or has served.
    func forget() {
        place = nil
    }

    /// Writes the record, of at most `size` bytes, to its place, where no reader looks yet.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        let place = try reserved()
        try place.file.write(all: bytes, at: 0)
        try place.file.truncate(to: Int64(bytes.count))
    }

    /// Has the disk begin with what was written.
    func startWriting() {
        place?.file.startWriting(0..<Int64(Self.size))
    }

    /// fsync(2) of what was written.
    func synchronize() throws(SystemError) {
        try reserved().file.synchronize()
    }

    /// Gives it its name: whoever looks sees all of it from now on. Not durably.
    func publish() throws(SystemError) {
        try Folder.rename(temporary, to: path)
    }
}
