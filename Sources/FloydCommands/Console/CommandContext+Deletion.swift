import FloydModel

extension CommandContext {
    /// Asks whether `what` is to be deleted.
    ///
    /// - Throws: `FloydError` with `invalidRequest` where nobody is there to be asked.
    func confirmDeletion(of what: String) throws(FloydError) -> Bool {
        guard let answer = confirm("Delete \(what)?") else {
            throw FloydError(
                .invalidRequest,
                "nobody is there to be asked whether \(what) may be deleted",
                hint: "Say so with -y."
            )
        }
        return answer
    }
}
