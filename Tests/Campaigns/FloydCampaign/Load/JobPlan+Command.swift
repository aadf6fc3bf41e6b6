import FloydLab

extension JobPlan {
    /// The number of the job whose command this is; nil if it is no job of a campaign.
    static func number(inCommand command: String, marker: String) -> Int? {
        guard let start = command.firstRange(of: "\(marker)."), start.lowerBound != command.endIndex else { return nil }
        return Int(command[start.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    /// A script for bash. Its first act is to tell of this run in three places that have nothing to do with each other: by a datagram to
    /// `witness`, in a file of its output, and in its log. What ends by itself tells the witness that it is about to.
    func command(marker: String, witness: UInt16) -> String {
        var lines = [
            ": \(marker).\(number)",
            "export FLOYDCAMPAIGN=\(marker).\(number)",
            "ulimit -c 0",
            "nonce=$EPOCHREALTIME.$RANDOM.$$",
        ]
        switch ending {
        case .never(.polite): lines.append("trap 'echo last words \(number); exit \(Self.politeCode)' TERM")
        case .never(.deaf): lines.append("trap '' TERM")
        default: break
        }
        lines += [
            "tell() { echo \"$1 \(number) $FLOYD_ATTEMPT $nonce\" > /dev/udp/127.0.0.1/\(witness); }",
            "tell begin",
            "echo \"$FLOYD_ATTEMPT $nonce\" >> \"$FLOYD_OUTPUT/runs\"",
            // The output of the attempt before is there again.
            "mapfile -t runs < \"$FLOYD_OUTPUT/runs\"",
            "echo \"run \(number) $FLOYD_ATTEMPT $nonce\"",
        ]
        lines += script
        if failures > 0 { lines.append("[ ${#runs[@]} -le \(failures) ] && { tell end; exit \(Self.failureCode); }") }
        switch ending {
        case .code(let code): lines += ["tell end", "exit \(code)"]
        case .signal(let signal): lines += ["tell end", "kill -\(signal) $$", "sleep 5"]
        case .never: lines.append("while :; do sleep 0.2; done")
        }
        return lines.joined(separator: "\n")
    }

    private var script: [String] {
        var next: [Stream: Int] = [:]
        var lines: [String] = []
        for step in steps {
            switch step {
            case .lines(let count, let streams):
                // Each has its own count: one may have said more before.
                let starts = streams.map { "\($0.letter)=\(next[$0, default: 0])" }.joined(separator: " ")
                let echoes = streams.map { stream in
                    "echo \"\(stream.letter) \(number) $((\(stream.letter)++))\"\(stream.redirection)"
                }
                lines += [starts, "for ((i = 0; i < \(count); i++)); do \(echoes.joined(separator: "; ")); done"]
                for stream in streams { next[stream, default: 0] += count }
            case .flood(let count, let stream):
                let first = next[stream, default: 0]
                lines.append(
                    "seq -f '\(stream.letter) \(number) %.0f' \(first) \(first + count - 1)\(stream.redirection)"
                )
                next[stream, default: 0] += count
            case .pieces(let stream, let pause):
                let first = next[stream, default: 0]
                lines += [
                    "printf '\(stream.letter) \(number) \(first) in two'\(stream.redirection)",
                    // Of a `sleep` that a stop ends bash would tell in the middle of the line.
                    "read -rt \(Self.seconds(pause)) <> <(:) || :",
                    "echo ' pieces'\(stream.redirection)",
                ]
                next[stream, default: 0] += 1
            case .pause(let milliseconds): lines.append(Self.sleep(milliseconds))
            case .tail(let stream): lines.append("printf '\(stream.letter) \(number) last'\(stream.redirection)")
            }
        }
        return lines
    }

    private static func sleep(_ milliseconds: Int) -> String {
        "sleep \(seconds(milliseconds))"
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let fraction = "\(milliseconds % 1000)"
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}

extension JobPlan.Stream {
    fileprivate var redirection: String { self == .output ? "" : " >&2" }
}
