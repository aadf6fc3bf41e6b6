import FloydAPI
import FloydClient
import FloydModel

/// The codes that the tool exits with. Its own are those of `sysexits.h` where one fits; `run -f`, `logs -t` and `watch JOB` end
/// with the job's.
enum ExitStatus {
    static let success: Int32 = 0

    // The tool's own errors.

    /// The command line, or a value on it, has the wrong form.
    static let usage: Int32 = 64
    /// Data is not what it should be: a file changed while it was sent, a hash doesn't match.
    static let data: Int32 = 65
    /// A local file, or standard output, can't be read or written, or the folder is not initialised.
    static let localFile: Int32 = 66
    /// There is no such job, dataset, environment or instance type.
    static let notFound: Int32 = 68
    /// The server doesn't answer, or can't do this now.
    static let unavailable: Int32 = 69
    /// A fault of the program.
    static let fault: Int32 = 70
    /// It is not in a state that allows this, or there is no room.
    static let conflict: Int32 = 75
    /// The server's answer makes no sense to this client.
    static let protocolViolation: Int32 = 76
    /// No login, or no right to do this.
    static let denied: Int32 = 77

    // Of a job without a code of its own to give.

    /// The job failed although its command may not have: a limit ended it.
    static let jobFailed: Int32 = 1
    /// The job ran into its time limit.
    static let jobTimeout: Int32 = 124
    /// The job was lost.
    static let jobLost: Int32 = 125
    /// The job could not be started.
    static let jobNotStarted: Int32 = 126
    /// The job was stopped.
    static let jobStopped: Int32 = 143

    /// Ctrl-C.
    static let interrupted: Int32 = 130
    /// The reader of standard output is gone (128 + SIGPIPE).
    static let readerLeft: Int32 = 141

    static let help = """
        EXIT CODES:
          0 done. `run -f`, `logs -t` and `watch JOB` exit as the job did: with its
          own code (128 + n for signal n), or 124 it ran into its time limit,
          125 lost, 126 could not start, 143 stopped.
          1 the job failed without a code of its own, or `data verify` found damage.
          64 wrong usage, 65 data changed or damaged, 66 local file or folder,
          68 no such thing, 69 no server or not ready, 70 fault of the program,
          75 not possible at the moment, 76 server not understood,
          77 login or rights, 130 interrupted.
        """

    /// How the tool ends after `error`.
    static func of(_ error: FloydError) -> Int32 {
        switch error.code {
        case .invalidRequest, .invalidName, .invalidPath, .methodNotAllowed, .unsupportedMediaType, .tooLarge,
            .targetTooLong, .headTooLarge:
            usage
        case .contentMismatch, .offsetMismatch: data
        case .localFile, .notInitialised: localFile
        case .notFound, .datasetNotFound, .jobNotFound, .environmentNotFound, .instanceTypeNotFound, .gone: notFound
        case .unreachable, .unavailable, .shuttingDown, .tooSlow, .isolationUnavailable, .environmentUnavailable,
            .instanceTypeUnavailable:
            unavailable
        case .alreadyExists, .alreadyDone, .conflict, .locked, .outOfSpace: conflict
        case .protocolViolation, .unsupportedVersion: protocolViolation
        case .unauthenticated, .forbidden, .tooManyAttempts: denied
        case .cancelled: interrupted
        default: fault
        }
    }

    /// How following `job` to its end ends.
    static func of(_ job: JobResponse) -> Int32 {
        of(job.outcome, job.exitCode, hasStarted: job.started != nil)
    }

    /// How following `attempt` alone to its end ends.
    static func of(_ attempt: AttemptResponse) -> Int32 {
        of(attempt.outcome, attempt.exitCode, hasStarted: attempt.started != nil)
    }

    private static func of(_ outcome: JobOutcome?, _ exitCode: Int?, hasStarted: Bool) -> Int32 {
        let code = exitCode.map { Int32(truncatingIfNeeded: $0) }
        // That it went well is not what is to be said of a job that didn't.
        let own = code == 0 ? nil : code
        switch outcome {
        case .success: return success
        case .failed: return own ?? (hasStarted || code != nil ? jobFailed : jobNotStarted)
        case .timeout: return jobTimeout
        case .shutdown: return own ?? jobStopped
        case .lost: return jobLost
        // The log was shown as it stands and the job goes on.
        case nil: return success
        }
    }
}
