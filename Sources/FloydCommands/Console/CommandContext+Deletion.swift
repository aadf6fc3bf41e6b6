import FloydModel

extension CommandContext {
    /// Asks whether `what` is to be deleted.
    ///
    /// - Throws: `FloydError` with `invalidRequest` where nobody is there to be asked.
    func confirmDeletion(of what: String) throws(FloydError) -> Bool {
        try answer(to: "Delete \(what)?", about: "\(what) may be deleted")
    }

    /// Asks whether `what` is to be given up.
    ///
    /// - Throws: as `confirmDeletion`.
    func confirmGivingUp(_ what: String) throws(FloydError) -> Bool {
        try answer(to: "Give up \(what)?", about: "\(what) may be given up")
    }

    private func answer(to question: String, about what: String) throws(FloydError) -> Bool {
        guard let answer = confirm(question) else {
            throw FloydError(
                .invalidRequest,
                "nobody is there to be asked whether \(what)",
                hint: "Say so with -y."
            )
        }
        return answer
    }
}
