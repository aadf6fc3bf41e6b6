import FloydAPI
import FloydClient
import FloydModel
import FloydTree

/// Big files of which the server has another state are sent as what is new in them.
extension FolderUpload {
    /// The blocks of what the server has under the path or the name of the file.
    func blocks(like entry: ManifestEntry) throws(FloydError) -> BlockIndex? {
        guard let base, entry.size >= BlockList.smallestFile else { return nil }
        let average = Chunker.average(forFileOf: entry.size)
        guard let found = try client.blocks(of: base, path: entry.path, size: entry.size, average: average) else {
            return nil
        }
        return try BlockIndex(found.list, of: Hex.bytes(Array(found.base.utf8)) ?? [])
    }

    /// Tells the server how files can be put together, or asks what the command before told it.
    ///
    /// - Parameter lines: those whose contents the server lacks.
    /// - Returns: the upload with the length that its stream has then.
    func recipes(
        for upload: UploadResponse,
        _ lines: [Int],
        _ survey: FolderSurvey
    ) throws(FloydError) -> (UploadResponse, [Int: Recipe]) {
        var whole: Int64 = 0
        for line in lines { whole += try survey.item(line).entry.size }
        if upload.length != whole { return (upload, try RecipeCoding.recipes(client.recipes(of: upload.id))) }
        guard upload.offset == 0, base != nil else { return (upload, [:]) }
        let recipes = try recipes(of: lines, survey)
        guard !recipes.isEmpty else { return (upload, [:]) }
        var text: [UInt8] = []
        for line in lines {
            if let recipe = recipes[line] { RecipeCoding.append(recipe, line: line, to: &text) }
        }
        do throws(FloydError) {
            return (try client.takeRecipes(text, for: upload.id), recipes)
        } catch {
            // What a recipe copies from is gone since, or the answer was lost and the server has taken them.
            guard [.notFound, .conflict].contains(error.code) else { throw error }
            let now = try client.upload(upload.id)
            guard now.length != whole else { return (now, [:]) }
            return (now, try RecipeCoding.recipes(client.recipes(of: upload.id)))
        }
    }

    /// The recipes that were found while the files were hashed, and of those files whose hashes were known already.
    private func recipes(of lines: [Int], _ survey: FolderSurvey) throws(FloydError) -> [Int: Recipe] {
        var recipes: [Int: Recipe] = [:]
        for line in lines {
            if let compared = survey.compared[line] {
                recipes[line] = compared
                continue
            }
            let file = try survey.item(line)
            let entry = file.entry
            guard entry.hash != nil, let blocks = try blocks(like: entry) else { continue }
            let difference = try FileDifference(of: "\(folder)/\(entry.path)", against: blocks, survey.algorithm)
            guard difference.stamp == file.stamp, difference.hash == entry.hash else {
                throw ContentSource.change(of: entry.path)
            }
            recipes[line] = difference.recipe
        }
        return recipes.filter(\.value.isWorthwhile)
    }
}
