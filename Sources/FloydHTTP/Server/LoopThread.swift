import CFloydSockets
import Glibc

/// The thread of an event loop.
enum LoopThread {
    private final class Start {
        let name: String
        let loop: EventLoop
        let socket: ListeningSocket?

        init(name: String, loop: EventLoop, socket: ListeningSocket?) {
            self.name = name
            self.loop = loop
            self.socket = socket
        }
    }

    private static let stackSize = 1024 * 1024

    /// Starts a detached thread that runs the loop, and accepts on `socket` where there is one.
    static func start(name: String, loop: EventLoop, socket: ListeningSocket?) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackSize)
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(name: name, loop: loop, socket: socket))
        let status = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                LoopThread.run(Unmanaged<Start>.fromOpaque(argument).takeRetainedValue())
                return nil
            },
            start.toOpaque()
        )
        if status != 0 {
            start.release()
            loop.shared.drain.leave()
            loop.shared.loopEnded()
        }
    }

    private static func run(_ start: Start) {
        blockSignals()
        floyd_name_loop_thread(start.name)
        let acceptor = start.socket.map { Acceptor(socket: $0, shared: start.loop.shared) }
        start.loop.run(acceptor: acceptor)
    }

    /// Signals from outside are for the program's own threads, and SIGPIPE is for nobody: `sendfile` has no MSG_NOSIGNAL.
    /// Those that a fault raises stay, so that a crash is reported as one.
    private static func blockSignals() {
        var signals = sigset_t()
        sigfillset(&signals)
        for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&signals, fault) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
