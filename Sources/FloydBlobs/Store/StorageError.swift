import FloydModel
import FloydOS
import Glibc

/// Runs file calls and turns what fails into an error that names the reason.
///
/// - Throws: `FloydError` with `outOfSpace` where the disk or a quota on it is full, else with `internalError`.
func storing<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(FloydError) -> Result {
    do {
        return try body()
    } catch {
        throw FloydError(storage: error)
    }
}

extension FloydError {
    init(storage error: SystemError) {
        switch error.code {
        case ENOSPC, EDQUOT:
            self.init(
                .outOfSpace,
                "the server's disk is full",
                hint: "Remove what is no longer needed on the server, then try again."
            )
        default:
            self.init(.internalError, "the data store failed: \(error)")
        }
    }
}
