/// The ninth step: contents are named by a hash that need not be SHA-256.
///
/// Which one it is, the data directory says: it is the same for all of them.
enum NinthSchema {
    static let statements = ["ALTER TABLE tree_contents RENAME COLUMN sha256 TO hash"]
}
