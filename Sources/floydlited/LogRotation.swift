import FloydServer
import ServiceLifecycle
import UnixSignals

/// Opens the access log anew at every SIGHUP, and sees at the end that all of it is written: it starts first, so it stops last.
struct LogRotation: Service {
    let observation: Observation

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            observation.reopenAccessLog()
        }
        await observation.flush()
    }
}
