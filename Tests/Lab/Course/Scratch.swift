package import FloydOS
import Glibc

/// A folder of this run's own.
package struct Scratch: Sendable {
    package let path: String

    package init(in parent: String) throws(SystemError) {
        var template = Array("\(parent)/\(Report.program.lowercased())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", path: parent) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? parent }
        // The users of jobs pass through it to what is theirs.
        chmod(path, 0o755)
    }

    /// A new, empty folder in it.
    package func folder(_ name: String) throws(SystemError) -> String {
        let folder = "\(path)/\(name)"
        try Folder.removeTree(folder)
        try Folder.create(folder, mode: 0o755)
        return folder
    }

    package func remove() {
        do {
            try Folder.removeTree(path)
        } catch {
            Report.say("\(path) could not be removed: \(error)")
        }
    }
}
