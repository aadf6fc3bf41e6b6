import FloydCore
import FloydModel

/// All metrics of a server, in the order in which they are shown.
enum MetricsText {
    static func of(_ sample: MetricsSample, _ requests: RequestMetrics, version: String) -> String {
        var text = Exposition()
        text.begin("floydlite_build_info", .gauge, "The version of this server; the value says nothing.")
        text.sample([("version", version)], 1)
        addRequests(requests, &text)
        addJobs(sample, &text)
        addStorage(sample, &text)
        if let process = sample.process { add(process, &text) }
        return text.text
    }

    private static func addRequests(_ requests: RequestMetrics, _ text: inout Exposition) {
        let figures = requests.figures
        text.begin(
            "floydlite_http_request_duration_seconds",
            .histogram,
            "Time from the end of a request's head to the end of its answer; of a stream, its whole length."
        )
        for (key, histogram) in figures.durations {
            let method = key.method < RequestMetrics.methods.count ? RequestMetrics.methods[key.method] : "other"
            let labels = [
                ("method", method), ("route", requests.template(of: key.route) ?? "none"),
                ("status", "\(RequestMetrics.statuses[key.status])"),
            ]
            text.sample(labels, histogram)
        }
        text.begin(
            "floydlite_http_refused_requests_total",
            .counter,
            "Requests that were refused before any route saw them."
        )
        for (status, count) in figures.refused.sorted(by: { $0.key < $1.key }) {
            text.sample([("status", "\(status)")], Double(count))
        }
        text.add(
            "floydlite_http_failed_accepts_total",
            .counter,
            "Connections that could not be accepted.",
            Double(figures.failedAccepts)
        )
        text.add(
            "floydlite_http_requests_in_flight",
            .gauge,
            "Requests that are being answered, streams among them.",
            Double(requests.inFlight)
        )
        text.begin("floydlite_http_connections", .gauge, "Open connections.")
        for (listener, count) in requests.connections { text.sample([("listener", listener)], Double(count)) }
        text.add(
            "floydlite_log_followers",
            .gauge,
            "Streams that follow a job's log.",
            Double(requests.followers.value)
        )
        text.add(
            "floydlite_upload_bytes_total",
            .counter,
            "Bytes of contents and archives that were received.",
            Double(requests.uploaded.value)
        )
        text.add(
            "floydlite_access_log_dropped_lines_total",
            .counter,
            "Lines of the access log that were lost, because the disk was too slow or refused them.",
            Double(requests.droppedLines)
        )
    }

    private static func addJobs(_ sample: MetricsSample, _ text: inout Exposition) {
        text.begin("floydlite_jobs", .gauge, "Jobs by their state.")
        for state in JobState.allCases { text.sample([("state", state.rawValue)], Double(sample.jobs[state] ?? 0)) }
        text.begin("floydlite_jobs_ended_total", .counter, "Jobs that ended, by their outcome.")
        for outcome in JobOutcome.allCases {
            text.sample([("outcome", outcome.rawValue)], Double(sample.endedJobs[outcome] ?? 0))
        }
        text.begin("floydlite_queue_wait_seconds", .histogram, "Time from a job's submission to its first attempt.")
        text.sample([], sample.queueWaits)
        text.begin(
            "floydlite_job_duration_seconds",
            .histogram,
            "Time that the command of a job ran, in its last attempt."
        )
        for outcome in JobOutcome.allCases {
            text.sample(
                [("outcome", outcome.rawValue)],
                sample.jobDurations[outcome] ?? Histogram(bounds: Histogram.jobSeconds)
            )
        }
        for (name, noun, total, used) in [
            ("cpus", "CPUs", sample.total.cpus, sample.used.cpus),
            ("gpus", "GPUs", sample.total.gpus, sample.used.gpus),
        ] {
            text.add("floydlite_\(name)", .gauge, "\(noun) that jobs may have.", Double(total))
            text.add("floydlite_\(name)_used", .gauge, "\(noun) that jobs have.", Double(used))
        }
        text.add("floydlite_memory_bytes", .gauge, "Memory that jobs may set aside.", Double(sample.total.memory))
        text.add("floydlite_memory_used_bytes", .gauge, "Memory that jobs have set aside.", Double(sample.used.memory))
    }

    private static func addStorage(_ sample: MetricsSample, _ text: inout Exposition) {
        text.add(
            "floydlite_store_bytes",
            .gauge,
            "Bytes of the different contents that are stored, counted some minutes ago at most.",
            sample.storeBytes.map(Double.init)
        )
        text.add(
            "floydlite_disk_size_bytes",
            .gauge,
            "Size of the disk with the data.",
            sample.diskSize.map(Double.init)
        )
        text.add("floydlite_disk_free_bytes", .gauge, "What of it is free.", sample.diskFree.map(Double.init))
        text.add(
            "floydlite_disk_reserve_bytes",
            .gauge,
            "What of it data leave free for jobs and the database.",
            Double(sample.diskReserve)
        )
        text.add(
            "floydlite_database_waiting_writes",
            .gauge,
            "Writes that wait for the database.",
            Double(sample.waitingWrites)
        )
    }

    /// As the client libraries of Prometheus have them.
    private static func add(_ process: MetricsSample.Process, _ text: inout Exposition) {
        text.add(
            "process_cpu_seconds_total",
            .counter,
            "Total user and system CPU time spent in seconds.",
            process.cpuSeconds
        )
        text.add("process_open_fds", .gauge, "Number of open file descriptors.", Double(process.openDescriptors))
        text.add(
            "process_max_fds",
            .gauge,
            "Maximum number of open file descriptors.",
            process.maximumDescriptors.map(Double.init)
        )
        text.add(
            "process_virtual_memory_bytes",
            .gauge,
            "Virtual memory size in bytes.",
            Double(process.virtualMemory)
        )
        text.add(
            "process_resident_memory_bytes",
            .gauge,
            "Resident memory size in bytes.",
            Double(process.residentMemory)
        )
        text.add("process_threads", .gauge, "Number of OS threads in the process.", Double(process.threads))
        text.add(
            "process_start_time_seconds",
            .gauge,
            "Start time of the process since unix epoch in seconds.",
            process.startTime
        )
    }
}
