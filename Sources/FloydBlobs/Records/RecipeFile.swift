import FloydOS
import FloydTree
import Glibc

/// The recipe of one file of an upload.
enum RecipeFile {
    /// Parts that a recipe may have: it is held whole while its file is put together.
    static let maximumParts = 1 << 18
    private static let maximumSize = (maximumParts + 1) * 48

    static func write(_ recipe: Recipe, _ number: Int, line: Int, in folder: String) throws(SystemError) {
        var text: [UInt8] = []
        RecipeCoding.append(recipe, line: line, to: &text)
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
        try FileDescriptor.open(UploadPaths.recipe(number, in: folder), flags).write(all: text)
    }

    /// - Throws: `SystemError` with EIO where it isn't what was written.
    static func read(_ number: Int, in folder: String) throws(SystemError) -> Recipe {
        let path = UploadPaths.recipe(number, in: folder)
        let text = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW).readAll(limit: maximumSize)
        var recipe: Recipe?
        var reader = RecipeReader()
        do {
            try reader.feed(text) { line in
                switch line {
                case .file(_, let base): recipe = Recipe(base: base)
                case .part(let part): recipe?.append(part)
                }
            }
            try reader.finish()
        } catch {
            recipe = nil
        }
        guard let recipe else { throw SystemError("read", path: path, code: EIO) }
        return recipe
    }
}
