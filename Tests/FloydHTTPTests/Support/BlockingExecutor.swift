import Dispatch

/// Runs tests that block: on threads of their own, so that they don't take those away that the servers' tasks need.
final class BlockingExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "blocking-tests")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
